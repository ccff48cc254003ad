//! Rows of numbers, checked once, so that no clusterer meets NaN or ragged data.

use thiserror::Error;

/// What is wrong with rows, or with what a clusterer made of them.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// A number is NaN or infinite.
    #[error("cannot cluster: row {row}, column {column} is not finite")]
    NotFinite {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
    },
    /// The numbers do not fill whole rows.
    #[error("cannot cluster: {numbers} numbers do not fill rows of {dimension}")]
    Ragged {
        /// How many numbers there are.
        numbers: usize,
        /// How many a row has.
        dimension: usize,
    },
    /// There is not one label a row.
    #[error("cannot show clusters: {labels} labels came with {rows} rows")]
    Labels {
        /// How many labels there are.
        labels: usize,
        /// How many rows.
        rows: usize,
    },
    /// The engine behind the clusterer gave up.
    #[error("cannot cluster: {0}")]
    Engine(String),
}

/// Rows of finite numbers, one after another.
///
/// # Examples
/// ```
/// use alma_memory::cluster::Rows;
/// let rows = Rows::new(&[0.0, 1.0, 1.0, 0.0], 2)?;
/// assert_eq!(rows.row(1), [1.0, 0.0]);
/// assert!(Rows::new(&[f32::NAN], 1).is_err());
/// # Ok::<(), alma_memory::cluster::ClusterError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    numbers: &'a [f32],
    dimension: usize,
}

impl<'a> Rows<'a> {
    /// Rows of `dimension` numbers each.
    ///
    /// # Errors
    /// `Ragged` when the numbers fill no whole rows, `NotFinite` for NaN and infinities.
    pub fn new(numbers: &'a [f32], dimension: usize) -> Result<Self, ClusterError> {
        let whole = match dimension {
            0 => numbers.is_empty(),
            _ => numbers.len().is_multiple_of(dimension),
        };
        if !whole {
            return Err(ClusterError::Ragged {
                numbers: numbers.len(),
                dimension,
            });
        }
        match numbers.iter().position(|number| !number.is_finite()) {
            Some(at) => Err(ClusterError::NotFinite {
                row: at / dimension,
                column: at % dimension,
            }),
            None => Ok(Self { numbers, dimension }),
        }
    }

    /// How many rows there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self.dimension {
            0 => 0,
            dimension => self.numbers.len() / dimension,
        }
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// How many numbers a row has.
    #[must_use]
    pub const fn dimension(&self) -> usize {
        self.dimension
    }

    /// All numbers, row after row.
    #[must_use]
    pub const fn numbers(&self) -> &'a [f32] {
        self.numbers
    }

    /// The numbers of row `at`.
    ///
    /// # Panics
    /// When there is no such row.
    #[must_use]
    pub fn row(&self, at: usize) -> &'a [f32] {
        &self.numbers[at * self.dimension..(at + 1) * self.dimension]
    }
}
