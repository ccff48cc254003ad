//! An incremental fit as it is stored: its rows, their numbers and the model, with a version and a checksum.

use std::{num::NonZero, thread};

use linfa::Float;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::{
    fit::MOST,
    incremental::Incremental,
    model::Hdbscan,
    params::{HdbscanValidParams, Kernel, Search},
    predict::sealed,
    prepare::{Prepared, prepare},
    seal,
    stored::{StoredError, StoredHdbscan},
};

/// The version that this library writes.
const VERSION: u32 = 1;

/// Numbers of rows are given up to here, so that there is always a next one.
const LAST: u64 = u64::MAX >> 1;

/// An [`Incremental`] in a shape for any format of serde: made from one by `from`, and made one again by `try_from`, which is
/// where a newer version or a damaged file is told apart. `Incremental` itself serialises as this and gives the same
/// answers in words.
///
/// It holds the rows to the bit, their numbers, and the model. Lists of neighbours and codes of rows, which are several
/// times as large as the tree, are not in it: loading takes milliseconds, and the first batch afterwards as long as a
/// fit does. What follows is what would have followed without a restart. On a machine that lacks the kernel or has
/// fewer processors than were asked for, the fit goes on with those that it has: no answer depends on them.
///
/// # Examples
/// ```
/// use alma_memory::cluster::hdbscan::{Hdbscan, Incremental, StoredError, StoredIncremental};
/// use linfa::ParamGuard;
/// use ndarray::array;
/// let params = Hdbscan::params(3).min_samples(1).check()?;
/// let mut fit = params.incremental(&array![[0.0, 0.0], [0.0, 0.1], [9.0, 9.0], [9.0, 9.1], [9.1, 9.0]])?;
/// fit.remove(&[1])?;
/// let text = serde_json::to_string(&fit)?;
/// let mut again: Incremental<f64> = serde_json::from_str(&text)?;
/// assert_eq!(again.ids(), [0, 2, 3, 4]);
/// assert_eq!(again.insert(&array![[0.1, 0.0]])?, 5..6);
///
/// let newer: StoredIncremental = serde_json::from_str(r#"{"version":7}"#)?;
/// assert_eq!(Incremental::<f64>::try_from(newer).unwrap_err(), StoredError::Version { found: 7, known: 1 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredIncremental {
    version: u32,
    model: StoredHdbscan,
    /// How many numbers a row has, and how many bytes each of them had.
    dimension: u64,
    width: u32,
    /// The number that the next row gets.
    next: u64,
    ids: Vec<u64>,
    /// The bits of the numbers of all rows, since not every format knows those that are not finite.
    bits: Vec<u64>,
    checksum: u64,
}

impl<F: Float + Into<f64>> From<&Incremental<F>> for StoredIncremental {
    fn from(fit: &Incremental<F>) -> Self {
        let mut out = Self {
            version: VERSION,
            model: fit.model.clone().into(),
            dimension: fit.dimension as u64,
            width: width::<F>(),
            next: fit.next,
            ids: fit.ids.clone(),
            bits: fit.numbers.iter().map(|&number| bits(number)).collect(),
            checksum: 0,
        };
        out.checksum = out.sum();
        out
    }
}

impl<F: Float + Into<f64>> TryFrom<StoredIncremental> for Incremental<F> {
    type Error = StoredError;

    /// # Errors
    /// `Version` for one that is newer than this library, `Damaged` for one that is not as it was stored or whose rows
    /// are of another type.
    fn try_from(stored: StoredIncremental) -> Result<Self, StoredError> {
        let wrong = |what: &'static str| Err(StoredError::Damaged(what));
        if stored.version > VERSION {
            return Err(StoredError::Version {
                found: stored.version,
                known: VERSION,
            });
        }
        if stored.version == 0 {
            return wrong("it has no version");
        }
        if stored.checksum != stored.sum() {
            return wrong("its checksum is another");
        }
        if stored.width != width::<F>() {
            return wrong("its rows are of the other precision");
        }
        let len = stored.ids.len();
        let Ok(dimension) = usize::try_from(stored.dimension) else {
            return wrong("its rows are too wide");
        };
        if len > MOST || dimension.checked_mul(len) != Some(stored.bits.len()) {
            return wrong("its rows are not whole");
        }
        let ascends = stored.ids.is_sorted_by(|a, b| a < b);
        let is_next = stored.ids.last().is_none_or(|&last| last < stored.next);
        if !ascends || !is_next || stored.next > LAST {
            return wrong("its rows have other numbers");
        }
        let Some(numbers) = stored.bits.iter().map(|&bits| number(bits)).collect() else {
            return wrong("its rows are of the other precision");
        };
        if stored.model.rows() != len as u64 {
            return wrong("its model is of other rows");
        }
        let mut model = Hdbscan::try_from(stored.model)?;
        model.params = here(model.params);
        restored(model, dimension, stored.next, stored.ids, numbers)
    }
}

/// The fit of these rows, after a look at whether the model is one of them.
fn restored<F: Float + Into<f64>>(
    model: Hdbscan,
    dimension: usize,
    next: u64,
    ids: Vec<u64>,
    numbers: Vec<F>,
) -> Result<Incremental<F>, StoredError> {
    let params = model.params;
    let prepared = prepare(&numbers, dimension, ids.len(), &params);
    let Ok(Prepared {
        places, exponent, ..
    }) = prepared
    else {
        return Err(StoredError::Damaged("its rows would be refused"));
    };
    let tree = &model.tree;
    let seal = sealed(&numbers, dimension, ids.len());
    if tree.seal != Some(seal) || tree.places != places || tree.exponent != exponent {
        return Err(StoredError::Damaged("its model is of other rows"));
    }
    Ok(Incremental {
        params,
        dimension,
        next,
        ids,
        numbers,
        places,
        prepared: None,
        kept: None,
        model,
    })
}

/// The parameters as this machine can follow them; batches search all pairs.
fn here(params: HdbscanValidParams) -> HdbscanValidParams {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    HdbscanValidParams {
        search: Search::Exact,
        threads: params.threads.clamp(1, processors),
        kernel: match params.kernel.found() {
            Ok(_) => params.kernel,
            Err(_) => Kernel::Auto,
        },
        ..params
    }
}

impl StoredIncremental {
    /// The checksum of everything but itself.
    fn sum(&self) -> u64 {
        let head = [
            u64::from(self.version),
            self.model.checksum(),
            self.dimension,
            u64::from(self.width),
            self.next,
            seal::words(&self.ids),
            seal::words(&self.bits),
        ];
        seal::words(&head)
    }
}

/// How many bytes a number has: 4 in single precision, and 8 in double.
const fn width<F>() -> u32 {
    size_of::<F>() as u32
}

/// The bits of a number, in its own precision.
fn bits<F: Float + Into<f64>>(number: F) -> u64 {
    let number: f64 = number.into();
    match width::<F>() {
        4 => u64::from((number as f32).to_bits()),
        _ => number.to_bits(),
    }
}

/// The number of these bits; none where it has fewer of them.
fn number<F: Float>(bits: u64) -> Option<F> {
    match width::<F>() {
        4 => u32::try_from(bits)
            .ok()
            .map(|bits| F::cast(f32::from_bits(bits))),
        _ => Some(F::cast(f64::from_bits(bits))),
    }
}

impl<F: Float + Into<f64>> Serialize for Incremental<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        StoredIncremental::from(self).serialize(serializer)
    }
}

impl<'de, F: Float + Into<f64>> Deserialize<'de> for Incremental<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = StoredIncremental::deserialize(deserializer)?;
        Self::try_from(stored).map_err(D::Error::custom)
    }
}
