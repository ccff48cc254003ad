//! The map: a dot a row, in the colour of its cluster, with the names of the largest.

use super::{
    groups::Groups,
    text::{self, count},
};

const WIDTH: f32 = 1072.0;
const HEIGHT: f32 = 760.0;
const MARGIN: f32 = 26.0;
/// Names that are tried, largest clusters first.
const NAMES: usize = 32;
/// Characters of a name on the map.
const CHARACTERS: usize = 30;
/// The width of a character, about.
const CHARACTER: f32 = 6.6;

/// What the map shows, and what it does not.
pub(super) fn note(shown: usize, rows: usize) -> String {
    let who = if shown == rows {
        format!("All {}.", text::rows(rows))
    } else {
        format!(
            "{} of {} rows, of each cluster its share.",
            count(shown),
            count(rows)
        )
    };
    format!(
        "{who} Rows lie near their neighbours; the distances between far groups mean little. Rows of no cluster are grey."
    )
}

/// The map as SVG.
pub(super) fn draw(shown: &[usize], places: &[[f32; 2]], groups: &Groups) -> String {
    let spots = fitted(places);
    let mut of_group: Vec<Vec<[f32; 2]>> = vec![Vec::new(); groups.len()];
    let mut rest = Vec::new();
    for (&row, &spot) in shown.iter().zip(&spots) {
        match groups.of_row()[row] {
            Some(group) => of_group[group].push(spot),
            None => rest.push(spot),
        }
    }
    let mut out = format!(
        "<svg class=\"fit\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"Map of the rows\">\n\
         <rect class=\"frame\" x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"6\"/>\n",
        WIDTH - 1.0,
        HEIGHT - 1.0
    );
    if !rest.is_empty() {
        out.push_str(&format!(
            "<path class=\"dots none kn\" d=\"{}\"/>\n",
            dots(&rest)
        ));
    }
    for (at, spots) in of_group.iter().enumerate() {
        if !spots.is_empty() {
            let group = groups.get(at);
            out.push_str(&format!(
                "<path class=\"dots k{at}\" d=\"{}\"><title>{} ({})</title></path>\n",
                dots(spots),
                group.name,
                text::rows(group.rows.len()),
            ));
        }
    }
    out.push_str(&names(&of_group, groups));
    out.push_str("</svg>");
    out
}

/// A dot a spot: lines of no length with round ends.
fn dots(spots: &[[f32; 2]]) -> String {
    let dot = |[x, y]: &[f32; 2]| format!("M{x:.1} {y:.1}h0");
    spots.iter().map(dot).collect()
}

/// The places brought into the frame: half by where they lie, half by how many lie before them, so that a far
/// group leaves room for the others.
fn fitted(places: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let mut out = vec![[0.0; 2]; places.len()];
    for (axis, size) in [WIDTH, HEIGHT].into_iter().enumerate() {
        let mut order: Vec<usize> = (0..places.len()).collect();
        order.sort_by(|&a, &b| places[a][axis].total_cmp(&places[b][axis]));
        let at = |rank: usize| order.get(rank).map_or(0.0, |&spot| places[spot][axis]);
        let (low, high) = (at(0), at(places.len().saturating_sub(1)));
        let last = places.len().saturating_sub(1).max(1) as f32;
        for (rank, &spot) in order.iter().enumerate() {
            let share = if high > low {
                let straight = (places[spot][axis] - low) / (high - low);
                (straight + rank as f32 / last) / 2.0
            } else {
                0.5
            };
            out[spot][axis] = MARGIN + share * (size - 2.0 * MARGIN);
        }
    }
    out
}

/// Names at the middle of their clusters, where there is room.
fn names(of_group: &[Vec<[f32; 2]>], groups: &Groups) -> String {
    let mut out = String::new();
    let mut taken: Vec<[f32; 4]> = Vec::new();
    for (at, spots) in of_group.iter().enumerate().take(NAMES) {
        let (Some(x), Some(y)) = (middle(spots, 0), middle(spots, 1)) else {
            continue;
        };
        let name = groups.get(at).short_name(CHARACTERS);
        let half = name.1 as f32 * CHARACTER / 2.0;
        let x = x.clamp(half + 4.0, (WIDTH - half - 4.0).max(half + 4.0));
        let y = y.clamp(18.0, HEIGHT - 8.0);
        let shape = [x - half, y - 12.0, x + half, y + 4.0];
        let hits = |other: &[f32; 4]| {
            shape[0] < other[2] && other[0] < shape[2] && shape[1] < other[3] && other[1] < shape[3]
        };
        if taken.iter().any(hits) {
            continue;
        }
        taken.push(shape);
        out.push_str(&format!(
            "<text class=\"name k{at}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{}</text>\n",
            name.0
        ));
    }
    out
}

fn middle(spots: &[[f32; 2]], axis: usize) -> Option<f32> {
    let mut along: Vec<f32> = spots.iter().map(|spot| spot[axis]).collect();
    along.sort_unstable_by(f32::total_cmp);
    along.get(along.len() / 2).copied()
}
