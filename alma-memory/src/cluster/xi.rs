//! Valleys of a reachability plot between ξ-steep areas (Ankerst, Breunig, Kriegel and Sander, 1999, figure 19).

use std::ops::RangeInclusive;

/// A ξ-steep downward area that a valley may begin in.
#[derive(Debug)]
struct Descent {
    first: usize,
    last: usize,
    /// The highest point between its end and where the plot has been read to.
    highest: f64,
}

/// The smallest valleys of at least `smallest` rows; none overlap.
///
/// `patience` is how many rows in a row may lie level within a steep area.
pub(super) fn valleys(
    heights: &[f64],
    xi: f64,
    patience: usize,
    smallest: usize,
) -> Vec<RangeInclusive<usize>> {
    let mut out: Vec<RangeInclusive<usize>> = Vec::new();
    let mut taken = vec![false; heights.len()];
    for valley in nested(&Plot::new(heights, xi), patience) {
        let (first, last) = (*valley.start(), *valley.end());
        // Inner valleys come before those around them.
        if last + 1 - first >= smallest && !taken[valley.clone()].contains(&true) {
            taken[valley.clone()].fill(true);
            out.push(valley);
        }
    }
    out
}

struct Plot {
    /// The heights, and the infinite one behind the last row.
    heights: Vec<f64>,
    /// What is left of a height after a ξ-steep step.
    left: f64,
}

impl Plot {
    fn new(heights: &[f64], xi: f64) -> Self {
        let mut heights = heights.to_vec();
        heights.push(f64::INFINITY);
        let left = 1.0 - xi;
        Self { heights, left }
    }

    fn len(&self) -> usize {
        self.heights.len() - 1
    }

    fn is_steep_down(&self, at: usize) -> bool {
        self.heights[at] > self.heights[at + 1]
            && self.heights[at + 1] <= self.heights[at] * self.left
    }

    fn is_steep_up(&self, at: usize) -> bool {
        self.heights[at] < self.heights[at + 1]
            && self.heights[at] <= self.heights[at + 1] * self.left
    }

    /// Where the steep area that begins at `first` ends.
    fn end(&self, first: usize, patience: usize, down: bool) -> usize {
        let mut level = 0;
        let mut end = first;
        for at in first..self.len() {
            let (here, next) = (self.heights[at], self.heights[at + 1]);
            let (steep, against) = if down {
                (self.is_steep_down(at), here < next)
            } else {
                (self.is_steep_up(at), here > next)
            };
            if steep {
                level = 0;
                end = at;
            } else if against {
                break;
            } else {
                level += 1;
                if level > patience {
                    break;
                }
            }
        }
        end
    }
}

/// All valleys, inner ones before those around them.
fn nested(plot: &Plot, patience: usize) -> Vec<RangeInclusive<usize>> {
    let heights = &plot.heights;
    let mut out = Vec::new();
    let mut descents: Vec<Descent> = Vec::new();
    let (mut read, mut highest) = (0, 0.0_f64);
    for at in 0..plot.len() {
        let down = plot.is_steep_down(at);
        if at < read || !(down || plot.is_steep_up(at)) {
            continue;
        }
        highest = heights[read..=at].iter().copied().fold(highest, f64::max);
        descents.retain_mut(|descent| {
            descent.highest = descent.highest.max(highest);
            highest.is_finite() && highest <= heights[descent.first] * plot.left
        });
        let end = plot.end(at, patience, down);
        if down {
            descents.push(Descent {
                first: at,
                last: end,
                highest: 0.0,
            });
        } else {
            let found = descents.iter().rev();
            out.extend(found.filter_map(|descent| valley(plot, descent, at, end)));
        }
        read = end + 1;
        highest = heights[read];
    }
    out
}

/// The valley between a descent and the steep upward area from `first` to `last`, cut to one height on both sides.
fn valley(
    plot: &Plot,
    descent: &Descent,
    first: usize,
    last: usize,
) -> Option<RangeInclusive<usize>> {
    let heights = &plot.heights;
    let (before, behind) = (heights[descent.first], heights[last + 1]);
    if behind * plot.left < descent.highest {
        return None;
    }
    let (mut start, mut end) = (descent.first, last);
    if before * plot.left >= behind {
        while start < descent.last && heights[start + 1] > behind {
            start += 1;
        }
    } else if behind * plot.left >= before {
        while end > first && heights[end] > before {
            end -= 1;
        }
    }
    Some(start..=end)
}
