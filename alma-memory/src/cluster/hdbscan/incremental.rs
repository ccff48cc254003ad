//! A fit that rows are added to and taken from.

use std::{collections::BTreeSet, ops::Range, sync::Arc};

use linfa::Float;
use ndarray::{ArrayBase, Data, Ix2};

use super::{
    engine::{Effort, Engine},
    exact::Kept,
    fit::MOST,
    model::Hdbscan,
    params::{HdbscanError, HdbscanValidParams, Metric, Search},
    predict::sealed,
    prepare::{Prepared, prepare},
    spanning::Points,
    tree::Tree,
    watch::Watch,
};

/// Above this part of the rows, one by so many, a batch is not worth more than a fresh fit.
const LARGE: usize = 4;

/// A fit that rows are added to and taken from in batches, exactly.
///
/// It searches all pairs, whatever [`Search`] was asked for. After any sequence of batches the
/// [model](Self::model) is that of a fresh fit of the rows that are there, in the order of their numbers: the same weights to the bit, labels and probabilities. Only
/// its [`stats`](Hdbscan::stats) tell what the last batch took.
///
/// A batch of a few rows costs a small part of a fit for Euclidean distance and cosine in more
/// dimensions than the engine has k-d trees for; otherwise, and for batches of more than a quarter of
/// the rows, the fit is done anew. Rows are kept, under the cosine twice, and of each beside it one
/// byte a dimension and its list of neighbours.
///
/// It is stored by serde, with its rows: see [`StoredIncremental`](super::StoredIncremental).
///
/// # Examples
/// ```
/// use alma_memory::cluster::hdbscan::Hdbscan;
/// use linfa::ParamGuard;
/// use ndarray::array;
/// let params = Hdbscan::params(3).min_samples(1).check()?;
/// let mut fit = params.incremental(&array![[0.0, 0.0], [0.0, 0.1], [9.0, 9.0], [9.0, 9.1], [9.1, 9.0]])?;
/// assert_eq!(fit.model().labels(), [None; 5]);
/// let added = fit.insert(&array![[0.1, 0.0], [7.0, 3.0]])?;
/// assert_eq!((added, fit.model().labels()[5]), (5..7, Some(0)));
/// fit.remove(&[1, 6])?;
/// assert_eq!((fit.ids(), fit.model().labels()[0]), (&[0, 2, 3, 4, 5][..], None));
/// # Ok::<(), alma_memory::cluster::hdbscan::HdbscanError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Incremental<F> {
    pub(super) params: HdbscanValidParams,
    pub(super) dimension: usize,
    pub(super) next: u64,
    /// By row, its number, ascending.
    pub(super) ids: Vec<u64>,
    pub(super) numbers: Vec<F>,
    /// Where the rows that have a place in the geometry stand, ascending.
    pub(super) places: Vec<u32>,
    /// Those rows as the engine takes them; none where they are the rows as they are.
    pub(super) prepared: Option<Vec<F>>,
    pub(super) kept: Option<Kept>,
    pub(super) model: Hdbscan,
}

impl HdbscanValidParams {
    /// Clusters the rows of `records`, and keeps what later batches need; rows are numbered from 0.
    ///
    /// # Errors
    /// Those of [`fit`](linfa::traits::Fit::fit).
    pub fn incremental<F: Float + Into<f64>>(
        &self,
        records: &ArrayBase<impl Data<Elem = F>, Ix2>,
    ) -> Result<Incremental<F>, HdbscanError> {
        let numbers: Vec<F> = records.iter().copied().collect();
        let (dimension, len) = (records.ncols(), records.nrows());
        let mut out = Incremental {
            params: Self {
                search: Search::Exact,
                ..*self
            },
            dimension,
            next: len as u64,
            ids: (0..len as u64).collect(),
            model: self.fit_rows::<F>(&[], 0, 0, Watch::NOBODY)?,
            numbers,
            places: Vec::new(),
            prepared: None,
            kept: None,
        };
        out.fit()?;
        Ok(out)
    }
}

impl<F> Incremental<F> {
    /// What a fresh fit of the rows would find; its rows stand in the order of [`ids`](Self::ids).
    #[must_use]
    pub const fn model(&self) -> &Hdbscan {
        &self.model
    }

    /// By row, its number; ascending. A number stays that of its row, and is never given again.
    #[must_use]
    pub fn ids(&self) -> &[u64] {
        &self.ids
    }

    /// The numbers of all rows, row after row.
    #[must_use]
    pub fn numbers(&self) -> &[F] {
        &self.numbers
    }

    /// How many rows there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

impl<F: Float + Into<f64>> Incremental<F> {
    /// Adds rows behind the others, and returns their numbers. On error nothing changed.
    ///
    /// # Errors
    /// `Dimension` for rows of another width, `TooMany`, and what [`fit`](linfa::traits::Fit::fit)
    /// finds wrong in rows, which are counted within the batch.
    pub fn insert(
        &mut self,
        records: &ArrayBase<impl Data<Elem = F>, Ix2>,
    ) -> Result<Range<u64>, HdbscanError> {
        let (count, before) = (records.nrows(), self.ids.len());
        let found = records.ncols();
        let dimension = if before == 0 { found } else { self.dimension };
        if found != dimension {
            return Err(HdbscanError::Dimension {
                expected: dimension,
                found,
            });
        }
        if count > MOST - before {
            return Err(HdbscanError::TooMany(before.saturating_add(count)));
        }
        let batch: Vec<F> = records.iter().copied().collect();
        let batch_rows = prepare(&batch, dimension, count, &self.params)?;
        self.dimension = dimension;
        let is_plain = batch_rows.exponent == 0
            && (self.prepared.is_some() || batch_rows.places.len() == count);
        let is_small = count < before / LARGE;
        let known = self.places.len();
        let mut kept = self.kept.take().filter(|_| is_plain && is_small);
        if kept.is_some() {
            let places = batch_rows.places.iter();
            self.places
                .extend(places.map(|&place| place + before as u32));
            if let Some(prepared) = &mut self.prepared {
                prepared.extend_from_slice(&batch_rows.numbers);
            }
        }
        drop(batch_rows);
        let ids = self.next..self.next + count as u64;
        self.next = ids.end;
        self.ids.extend(ids.clone());
        self.numbers.extend(batch);
        let mut effort = Effort::default();
        if let Some(kept) = &mut kept {
            let (k, threads) = (self.params.min_samples, self.params.threads);
            kept.insert(&self.points()?, known, k, threads, &mut effort)?;
        }
        self.settle(kept, effort)?;
        Ok(ids)
    }

    /// Takes rows away. On error nothing changed; a number that stands twice counts once.
    ///
    /// # Errors
    /// `UnknownRow` names the first number that no row has.
    pub fn remove(&mut self, ids: &[u64]) -> Result<(), HdbscanError> {
        if let Some(unknown) = ids.iter().find(|id| self.ids.binary_search(id).is_err()) {
            return Err(HdbscanError::UnknownRow(*unknown));
        }
        let going: BTreeSet<u64> = ids.iter().copied().collect();
        let stays: Vec<bool> = self.ids.iter().map(|id| !going.contains(id)).collect();
        let left = stays.iter().filter(|stays| **stays).count();
        let placed: Vec<bool> = self
            .places
            .iter()
            .map(|&place| stays[place as usize])
            .collect();
        let mut places = 0..;
        let moved: Vec<Option<u32>> = placed
            .iter()
            .map(|&stays| if stays { places.next() } else { None })
            .collect();
        if let Some(prepared) = &mut self.prepared {
            retain(prepared, self.dimension, &placed);
        }
        let mut now = 0;
        let mut kept_places = Vec::with_capacity(places.start as usize);
        let mut place_stays = self.places.iter().peekable();
        for (row, &stays) in stays.iter().enumerate() {
            let is_placed = place_stays
                .next_if(|&&place| place as usize == row)
                .is_some();
            if stays && is_placed {
                kept_places.push(now);
            }
            now += u32::from(stays);
        }
        self.places = kept_places;
        retain(&mut self.numbers, self.dimension, &stays);
        self.ids.retain(|id| !going.contains(id));
        // Where all that is left is tiny, a fit measures in other units.
        let mut all = self.prepared.as_ref().unwrap_or(&self.numbers).iter();
        let is_plain = all.any(|&x| x.into().abs() > 1e-100);
        let is_small = going.len() < (left + going.len()) / LARGE;
        let enough = self.places.len() > self.params.min_samples;
        let mut kept = self.kept.take().filter(|_| is_plain && is_small && enough);
        let mut effort = Effort::default();
        if let Some(kept) = &mut kept {
            let (k, threads) = (self.params.min_samples, self.params.threads);
            kept.remove(&self.points()?, &moved, k, threads, &mut effort)?;
        }
        self.settle(kept, effort)
    }

    /// The rows as the engine takes them.
    fn points(&self) -> Result<Points<'_, F>, HdbscanError> {
        let numbers = self.prepared.as_deref().unwrap_or(&self.numbers);
        let kernel = self.params.kernel.found()?;
        Ok(Points::new(
            numbers,
            self.dimension,
            self.places.len(),
            kernel,
        ))
    }

    /// The model of what is kept, or of a fit anew.
    fn settle(&mut self, kept: Option<Kept>, effort: Effort) -> Result<(), HdbscanError> {
        let Some(kept) = kept else {
            return self.fit();
        };
        let len = self.ids.len();
        let mut tree = Tree::new(kept.grown(effort), self.places.clone(), len, 0);
        tree.seal = Some(sealed(&self.numbers, self.dimension, len));
        self.kept = Some(kept);
        if self.places.len() < len {
            let is_placed: BTreeSet<u32> = self.places.iter().copied().collect();
            let out = (0..len as u32).filter(|row| !is_placed.contains(row));
            for row in out {
                let first = row as usize * self.dimension;
                let is_finite = self.numbers[first..first + self.dimension]
                    .iter()
                    .all(|x| x.is_finite());
                let count = if is_finite {
                    &mut tree.stats.directionless
                } else {
                    &mut tree.stats.missing
                };
                *count += 1;
            }
        }
        self.model = Hdbscan::cut(Arc::new(tree), self.params);
        Ok(())
    }

    /// Fits all rows, and keeps what the next batch needs where that is of use.
    fn fit(&mut self) -> Result<(), HdbscanError> {
        let (dimension, len) = (self.dimension, self.ids.len());
        self.kept = None;
        let Prepared {
            numbers,
            places,
            exponent,
            ..
        } = prepare(&self.numbers, dimension, len, &self.params)?;
        let is_same = exponent == 0 && matches!(numbers, std::borrow::Cow::Borrowed(_));
        self.prepared = (!is_same).then(|| numbers.into_owned());
        self.places = places;
        let engine = Engine {
            kernel: self.params.kernel,
            search: self.params.search,
            threads: self.params.threads,
            watch: Watch::NOBODY,
        };
        let k = self.params.min_samples;
        let is_kept = matches!(self.params.metric, Metric::Euclidean | Metric::Cosine)
            && engine.compares_codes(dimension)
            && exponent == 0
            && self.places.len() > k;
        if is_kept {
            let mut effort = Effort::default();
            let kept = Kept::new(
                &self.points()?,
                k,
                self.params.threads,
                Watch::NOBODY,
                &mut effort,
            )?;
            return self.settle(Some(kept), effort);
        }
        self.model = self
            .params
            .fit_rows(&self.numbers, dimension, len, Watch::NOBODY)?;
        Ok(())
    }
}

/// Leaves the rows that stay.
fn retain<F: Copy>(numbers: &mut Vec<F>, dimension: usize, stays: &[bool]) {
    let mut to = 0;
    for (row, _) in stays.iter().enumerate().filter(|(_, stays)| **stays) {
        numbers.copy_within(row * dimension..(row + 1) * dimension, to);
        to += dimension;
    }
    numbers.truncate(to);
}
