//! Squares of distances as the search needs them: of pairs exactly as [`euclidean`] rounds them, and of boxes never above
//! those of any pair within.
//!
//! Differences, squares and sums are rounded monotonically and in one order for rows and boxes alike, so a box's square is
//! a rigorous lower bound without any margin. An order by squares also refines the order by their roots.
//!
//! [`euclidean`]: super::super::distance::euclidean

/// A box that holds rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds<const D: usize> {
    low: [f64; D],
    high: [f64; D],
}

impl<const D: usize> Bounds<D> {
    /// The smallest box around rows.
    pub(super) fn of<'a>(rows: impl Iterator<Item = &'a [f64; D]>) -> Self {
        let mut out = Self {
            low: [f64::INFINITY; D],
            high: [f64::NEG_INFINITY; D],
        };
        for row in rows {
            for ((&x, low), high) in row.iter().zip(&mut out.low).zip(&mut out.high) {
                *low = if x < *low { x } else { *low };
                *high = larger(x, *high);
            }
        }
        out
    }

    /// The column in which it is widest.
    pub(super) fn widest(&self) -> usize {
        let width = |column: &usize| self.high[*column] - self.low[*column];
        (0..D)
            .max_by(|a, b| width(a).total_cmp(&width(b)))
            .unwrap_or_default()
    }

    /// The middle of a column.
    pub(super) fn middle(&self, column: usize) -> f64 {
        0.5 * (self.low[column] + self.high[column])
    }

    /// At most the square of the distance of a row to any within.
    #[inline(always)]
    pub(super) fn square_to(&self, row: &[f64; D]) -> f64 {
        let mut squares = [0.0; D];
        for (column, out) in squares.iter_mut().enumerate() {
            let below = larger(self.low[column] - row[column], 0.0);
            let gap = larger(row[column] - self.high[column], below);
            *out = gap * gap;
        }
        folded(squares)
    }

    /// At most the square of the distance of any row within to any in the other box.
    #[inline(always)]
    pub(super) fn square_between(&self, other: &Self) -> f64 {
        let mut squares = [0.0; D];
        for (column, out) in squares.iter_mut().enumerate() {
            let below = larger(self.low[column] - other.high[column], 0.0);
            let gap = larger(other.low[column] - self.high[column], below);
            *out = gap * gap;
        }
        folded(squares)
    }
}

/// The square of the distance of two rows.
#[inline(always)]
pub(super) fn square<const D: usize>(a: &[f64; D], b: &[f64; D]) -> f64 {
    let mut squares = [0.0; D];
    for (column, out) in squares.iter_mut().enumerate() {
        let difference = a[column] - b[column];
        *out = difference * difference;
    }
    folded(squares)
}

/// The sum by halves: that over more lanes, of which the others are zero.
#[inline(always)]
fn folded<const D: usize>(mut lanes: [f64; D]) -> f64 {
    let mut width = D.next_power_of_two();
    while width > 1 {
        width /= 2;
        for at in width..D.min(2 * width) {
            lanes[at - width] += lanes[at];
        }
    }
    lanes[0]
}

/// The larger of two numbers, neither of which is NaN: one instruction.
#[inline(always)]
pub(super) fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}
