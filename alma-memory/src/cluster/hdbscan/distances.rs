//! Distances that somebody else computed.

use linfa::Float;
use ndarray::ArrayView2;
use thiserror::Error;

/// What is wrong with distances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DistancesError {
    /// A matrix of distances has as many columns as rows.
    #[error("cannot cluster by distances: {rows} rows and {columns} columns are no square")]
    NotSquare {
        /// How many rows there are.
        rows: usize,
        /// How many columns.
        columns: usize,
    },
    /// The upper triangle of no matrix has as many numbers.
    #[error("cannot cluster by distances: {0} numbers fill no triangle")]
    NotTriangular(usize),
    /// There is no such row.
    #[error("cannot cluster by distances: there is no pair of {row} and {column} among {len} rows")]
    OutOfRange {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
        /// How many rows there are.
        len: usize,
    },
    /// A distance is NaN.
    #[error("cannot cluster by distances: that of {row} and {column} is not a number")]
    NotANumber {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
    },
    /// A distance is below 0.
    #[error("cannot cluster by distances: that of {row} and {column} is negative")]
    Negative {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
    },
    /// A row is no distance from itself.
    #[error("cannot cluster by distances: row {row} is some distance from itself")]
    Diagonal {
        /// The row.
        row: usize,
    },
    /// There and back are two distances, or a pair is given twice.
    #[error("cannot cluster by distances: {row} and {column} have two of them")]
    Asymmetric {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
    },
}

/// Distances between rows, checked once: none is negative or NaN, and there is as far as back.
///
/// An infinite distance connects nothing. What only such distances connect stays apart, and is as far
/// from each other as anything can be.
///
/// # Examples
/// ```
/// use alma_memory::cluster::hdbscan::{Distances, Hdbscan};
/// use linfa::ParamGuard;
/// // Of 0 and 1, 0 and 2, 0 and 3, 1 and 2, 1 and 3, 2 and 3.
/// let distances = Distances::condensed(&[0.1, 9.0, 9.0, 9.0, 9.0, 0.2])?;
/// let params = Hdbscan::params(2).min_samples(1).check()?;
/// let model = params.fit_distances(&distances)?;
/// assert_eq!(model.labels(), [Some(0), Some(0), Some(1), Some(1)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Distances<'a, F> {
    len: usize,
    kind: Kind<'a, F>,
}

#[derive(Clone, Debug)]
enum Kind<'a, F> {
    Square(ArrayView2<'a, F>),
    Condensed(&'a [F]),
    /// Pairs of a smaller and a larger row, ascending.
    Sparse(Vec<(u32, u32, f64)>),
}

/// How the distances are stored, for the engine that suits them.
pub(super) enum Layout<'a, M> {
    Dense(M),
    Sparse(&'a [(u32, u32, f64)]),
}

impl<'a, F: Float + Into<f64>> Distances<'a, F> {
    /// All distances, in a square matrix.
    ///
    /// # Errors
    /// `NotSquare`, `Diagonal`, `NotANumber`, `Negative` and `Asymmetric`, with the first such place.
    pub fn square(matrix: ArrayView2<'a, F>) -> Result<Self, DistancesError> {
        let (rows, columns) = matrix.dim();
        if rows != columns {
            return Err(DistancesError::NotSquare { rows, columns });
        }
        for row in 0..rows {
            for column in 0..=row {
                check(row, column, matrix[(row, column)].into())?;
                if matrix[(row, column)] != matrix[(column, row)] {
                    return Err(DistancesError::Asymmetric { row, column });
                }
            }
        }
        Ok(Self {
            len: rows,
            kind: Kind::Square(matrix),
        })
    }

    /// All distances, in the upper triangle of a matrix row by row without its diagonal, as scipy's
    /// `pdist` has them. No numbers are those of one row.
    ///
    /// # Errors
    /// `NotTriangular`, `NotANumber` and `Negative`, with the first such place.
    pub fn condensed(upper: &'a [F]) -> Result<Self, DistancesError> {
        let len = (1 + 8 * upper.len()).isqrt().div_ceil(2);
        if len * (len - 1) / 2 != upper.len() {
            return Err(DistancesError::NotTriangular(upper.len()));
        }
        let pairs = (0..len).flat_map(|row| (row + 1..len).map(move |column| (row, column)));
        for ((row, column), &distance) in pairs.zip(upper) {
            check(row, column, distance.into())?;
        }
        Ok(Self {
            len,
            kind: Kind::Condensed(upper),
        })
    }

    /// Some distances between `len` rows; those of other pairs are infinite. A pair may be given in
    /// either order, and in both if the distance is the same.
    ///
    /// # Errors
    /// `OutOfRange`, `Diagonal`, `NotANumber`, `Negative` and `Asymmetric`, with such a place.
    pub fn sparse(
        len: usize,
        pairs: impl IntoIterator<Item = (usize, usize, F)>,
    ) -> Result<Self, DistancesError> {
        let mut known = Vec::new();
        for (row, column, distance) in pairs {
            if row.max(column) >= len.min(u32::MAX as usize) {
                return Err(DistancesError::OutOfRange { row, column, len });
            }
            check(row, column, distance.into())?;
            if row != column {
                // As below, a zero with a sign is a zero.
                let distance = distance.into() + 0.0;
                known.push((row.min(column) as u32, row.max(column) as u32, distance));
            }
        }
        known.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
        known.dedup();
        if let Some(twice) = known
            .windows(2)
            .find(|two| (two[0].0, two[0].1) == (two[1].0, two[1].1))
        {
            return Err(DistancesError::Asymmetric {
                row: twice[0].0 as usize,
                column: twice[0].1 as usize,
            });
        }
        known.retain(|pair| pair.2.is_finite());
        Ok(Self {
            len,
            kind: Kind::Sparse(known),
        })
    }

    /// How many rows there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The largest finite distance.
    pub(super) fn largest(&self) -> f64 {
        let largest = |all: &mut dyn Iterator<Item = f64>| {
            all.filter(|distance| distance.is_finite())
                .fold(0.0, f64::max)
        };
        match &self.kind {
            Kind::Square(matrix) => largest(&mut matrix.iter().map(|&number| number.into())),
            Kind::Condensed(upper) => largest(&mut upper.iter().map(|&number| number.into())),
            Kind::Sparse(pairs) => largest(&mut pairs.iter().map(|pair| pair.2)),
        }
    }

    pub(super) fn layout(&self) -> Layout<'_, impl Fn(usize, usize) -> f64> {
        let dense = |a: usize, b: usize| match &self.kind {
            // A zero with a sign is a zero: edges of equal length merge at once.
            Kind::Square(matrix) => matrix[(a, b)].into() + 0.0,
            Kind::Condensed(upper) => {
                let (row, column) = (a.min(b), a.max(b));
                upper[row * (2 * self.len - row - 1) / 2 + column - row - 1].into() + 0.0
            }
            Kind::Sparse(_) => f64::INFINITY,
        };
        match &self.kind {
            Kind::Sparse(pairs) => Layout::Sparse(pairs),
            _ => Layout::Dense(dense),
        }
    }
}

fn check(row: usize, column: usize, distance: f64) -> Result<(), DistancesError> {
    if distance.is_nan() {
        Err(DistancesError::NotANumber { row, column })
    } else if distance < 0.0 {
        Err(DistancesError::Negative { row, column })
    } else if row == column && distance != 0.0 {
        Err(DistancesError::Diagonal { row })
    } else {
        Ok(())
    }
}
