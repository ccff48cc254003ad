//! The condensed tree, drawn as icicles: λ downwards, width in rows.

use super::{
    groups::Groups,
    text::{self, count, figure, per_cent},
    tree::{Branch, Role, Tree},
};

const LEFT: f64 = 58.0;
const WIDTH: f64 = 1006.0;
const TOP: f64 = 12.0;
const HEIGHT: f64 = 520.0;
/// Below the tree, for names.
const FOOT: f64 = 176.0;
/// The height of a branch that all rows leave at once.
const STUB: f64 = 6.0;
/// Characters of a name.
const CHARACTERS: usize = 22;
/// Names that are told, largest clusters first.
const NAMES: usize = 28;
/// Bars narrower than this are outlined thinly.
const THIN: f64 = 14.0;
/// The height of a line of text, and the width of a character, about.
const LINE: f64 = 20.0;
const CHARACTER: f64 = 7.0;

/// What the drawing shows.
pub(super) fn note(tree: &Tree) -> String {
    let mut text = String::from(
        "Downwards λ, one by distance: the denser, the lower. A bar is as wide as its rows; where they leave one by \
         one it narrows, where it falls apart others begin. Outlined bars are the clusters; the larger the area of one, the longer it persists.",
    );
    if tree.noise_width < 1.0 {
        text.push_str(&format!(
            " Rows that end in no cluster are drawn at {} of their width.",
            per_cent((tree.noise_width * 1000.0) as usize, 1000)
        ));
    }
    text
}

/// The tree as SVG.
pub(super) fn draw(tree: &Tree, groups: &Groups) -> String {
    let scale = Scale::new(tree);
    let mut out = format!(
        "<svg class=\"fit\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"Condensed tree\">\n",
        LEFT + WIDTH + 8.0,
        TOP + HEIGHT + FOOT
    );
    out.push_str(&scale.axis());
    let centres = centres(tree, scale.unit);
    let mut names = Names::default();
    for (at, (branch, &centre)) in tree.branches.iter().zip(&centres).enumerate() {
        let path = outline(branch, centre, &scale);
        let class = match (branch.role, branch.group) {
            (Role::Chosen, Some(group)) if branch.width * scale.unit < THIN => {
                format!("pick thin k{group}")
            }
            (Role::Chosen, Some(group)) => format!("pick k{group}"),
            (Role::Inner, Some(group)) => format!("inner k{group}"),
            (Role::Chosen, None) => "pick kn".to_owned(),
            _ => "trunk".to_owned(),
        };
        let title = title(branch, groups);
        out.push_str(&format!(
            "<path class=\"{class}\" d=\"{path}\"><title>{title}</title></path>\n"
        ));
        if branch.role == Role::Chosen
            && let Some(group) = branch.group
        {
            names.0.push(Name {
                group,
                centre,
                bottom: scale.down(deepest(tree, at)) + 6.0,
                room: branch.width * scale.unit,
                size: branch.size,
            });
        }
    }
    out.push_str(&names.draw(groups));
    out.push_str("</svg>");
    out
}

/// From λ and widths to the plane.
struct Scale {
    low: f64,
    high: f64,
    /// Rows that leave below the drawing.
    cut: usize,
    /// Pixels of a row.
    unit: f64,
}

impl Scale {
    fn new(tree: &Tree) -> Self {
        let mut levels: Vec<f64> = tree
            .branches
            .iter()
            .flat_map(|branch| branch.falls.iter().map(|fall| fall.0))
            .filter(|level| *level > 0.0)
            .collect();
        levels.sort_unstable_by(f64::total_cmp);
        let low = levels.first().copied().unwrap_or(0.0);
        let most = levels.last().copied().unwrap_or(1.0);
        // Equal rows are infinitely dense, or nearly: a few of them must not flatten all others.
        let usual = levels.get(levels.len() * 49 / 50).copied().unwrap_or(most);
        let high = if most > 1.5 * usual && usual > low {
            usual * 1.05
        } else {
            most
        };
        let cut = levels
            .iter()
            .rev()
            .take_while(|level| **level > high)
            .count();
        let widest = tree.branches.first().map_or(1.0, |root| root.width);
        Self {
            low: if high > low { low } else { 0.0 },
            high: if high > 0.0 { high } else { 1.0 },
            cut,
            unit: WIDTH / widest.max(f64::MIN_POSITIVE),
        }
    }

    fn down(&self, level: f64) -> f64 {
        let share = (level.clamp(self.low, self.high) - self.low) / (self.high - self.low);
        TOP + share * HEIGHT
    }

    fn axis(&self) -> String {
        let mut out = String::new();
        let step = nice((self.high - self.low) / 6.0);
        let mut at = (self.low / step).ceil() * step;
        while at <= self.high && step > 0.0 {
            let y = self.down(at);
            out.push_str(&format!(
                "<line class=\"rule\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text class=\"axis\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\n",
                LEFT + WIDTH,
                LEFT - 8.0,
                y + 4.0,
                figure(at)
            ));
            at += step;
        }
        out.push_str(&format!(
            "<text class=\"axis\" x=\"4\" y=\"{:.1}\">λ</text>\n",
            TOP + HEIGHT / 2.0
        ));
        if self.cut > 0 {
            out.push_str(&format!(
                "<text class=\"axis\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{} denser rows lie below, up to where equal rows are</text>\n",
                LEFT + WIDTH,
                TOP + HEIGHT + FOOT - 6.0,
                count(self.cut)
            ));
        }
        out
    }
}

/// The step 1, 2 or 5 times a power of ten that is nearest above.
fn nice(step: f64) -> f64 {
    if !(step.is_normal() && step > 0.0) {
        return 1.0;
    }
    let power = 10.0_f64.powf(step.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|times| times * power)
        .find(|nice| *nice >= step)
        .unwrap_or(10.0 * power)
}

/// Where the middle of each branch is: children stand side by side below what is left of their parent.
fn centres(tree: &Tree, unit: f64) -> Vec<f64> {
    let mut centres = vec![LEFT + WIDTH / 2.0; tree.branches.len()];
    for (at, branch) in tree.branches.iter().enumerate() {
        let widths = branch
            .children
            .iter()
            .map(|&child| tree.branches[child].width * unit);
        let mut from = centres[at] - widths.sum::<f64>() / 2.0;
        for &child in &branch.children {
            let width = tree.branches[child].width * unit;
            centres[child] = from + width / 2.0;
            from += width;
        }
    }
    centres
}

/// The shape of a branch: narrower with each row that leaves, down to where all have.
fn outline(branch: &Branch, centre: f64, scale: &Scale) -> String {
    // From where to where it is how wide to either side; what leaves within one pixel leaves at once.
    let mut parts: Vec<(f64, f64, f64)> = Vec::new();
    let (mut top, mut width) = (scale.down(branch.birth).floor(), branch.width);
    for &(level, gone) in &branch.falls {
        let bottom = scale.down(level).round();
        if bottom > top {
            parts.push((top, bottom, (width * scale.unit / 2.0).max(0.35)));
            top = bottom;
        }
        width -= gone;
    }
    if parts.is_empty() {
        parts.push((top, top + STUB, (branch.width * scale.unit / 2.0).max(0.35)));
    }
    let mut path = String::new();
    for (top, bottom, half) in &parts {
        let begin = if path.is_empty() {
            format!("M{:.1} {top}", centre + half)
        } else {
            format!("H{:.1}", centre + half)
        };
        path.push_str(&format!("{begin}V{bottom}"));
    }
    for (top, _, half) in parts.iter().rev() {
        path.push_str(&format!("H{:.1}V{top}", centre - half));
    }
    path + "Z"
}

/// The largest λ at which rows leave a branch or those below it.
fn deepest(tree: &Tree, at: usize) -> f64 {
    let mut open = vec![at];
    let mut most = 0.0_f64;
    while let Some(at) = open.pop() {
        let branch = &tree.branches[at];
        most = branch.falls.last().map_or(most, |fall| most.max(fall.0));
        open.extend_from_slice(&branch.children);
    }
    most
}

fn title(branch: &Branch, groups: &Groups) -> String {
    let name = match (branch.role, branch.group) {
        (Role::Chosen, Some(group)) => groups.get(group).name.clone(),
        (Role::Inner, Some(group)) => format!("within {}", groups.get(group).name),
        _ => "no cluster".to_owned(),
    };
    let end = branch.falls.last().map_or(branch.birth, |fall| fall.0);
    let mut out = format!(
        "{name}: {}, λ {} to {}",
        text::rows(branch.size),
        figure(branch.birth),
        figure(end)
    );
    if branch.role == Role::Chosen {
        out.push_str(&format!(", stability {}", figure(branch.stability)));
    }
    out
}

/// A name below its cluster.
#[derive(Debug)]
struct Name {
    group: usize,
    centre: f64,
    bottom: f64,
    /// How wide the cluster is.
    room: f64,
    size: usize,
}

/// Names below their clusters, turned where these are narrow; the largest clusters have theirs first.
#[derive(Debug, Default)]
struct Names(Vec<Name>);

impl Names {
    fn draw(mut self, groups: &Groups) -> String {
        self.0
            .sort_by(|a, b| b.size.cmp(&a.size).then(a.centre.total_cmp(&b.centre)));
        let mut taken: Vec<[f64; 4]> = Vec::new();
        let mut out = String::new();
        for Name {
            group,
            centre,
            bottom,
            room,
            ..
        } in self.0
        {
            if taken.len() == NAMES {
                break;
            }
            let (name, length) = groups.get(group).short_name(CHARACTERS);
            let long = length as f64 * CHARACTER;
            let turned = long > room;
            let (half, high) = if turned {
                (LINE / 2.0, long)
            } else {
                (long / 2.0, LINE)
            };
            let shape = [centre - half, bottom, centre + half, bottom + high];
            let hits = |other: &[f64; 4]| {
                shape[0] < other[2]
                    && other[0] < shape[2]
                    && shape[1] < other[3]
                    && other[1] < shape[3]
            };
            if taken.iter().any(hits) {
                continue;
            }
            taken.push(shape);
            let place = if turned {
                format!(
                    "transform=\"translate({:.1} {bottom:.1}) rotate(90)\"",
                    centre - 4.0
                )
            } else {
                format!(
                    "x=\"{centre:.1}\" y=\"{:.1}\" text-anchor=\"middle\"",
                    bottom + 9.0
                )
            };
            out.push_str(&format!(
                "<text class=\"name k{group}\" {place}>{name}</text>\n"
            ));
        }
        out
    }
}
