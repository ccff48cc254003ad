//! The nearest rows, for whoever needs no tree.

use super::{
    engine::Engine,
    exact,
    params::{HdbscanError, Kernel, Search},
    spanning::Points,
    watch::Watch,
};

/// For each of `len` distinct rows of `dimension` numbers, the distances and places of its `k`
/// nearest others, by distance and then by place; of all of them when there are not more.
///
/// # Errors
/// `TooMany` for more rows than 32 bits number, `Kernel` when the machine does not have it.
pub(in crate::cluster) fn nearest(
    numbers: &[f32],
    (len, dimension): (usize, usize),
    k: usize,
    (kernel, threads): (Kernel, usize),
) -> Result<Vec<Vec<(f64, u32)>>, HdbscanError> {
    if len > i32::MAX as usize {
        return Err(HdbscanError::TooMany(len));
    }
    let points = Points::new(numbers, dimension, len, kernel.found()?);
    let engine = Engine {
        kernel,
        search: Search::Exact,
        threads,
        watch: Watch::NOBODY,
    };
    Ok(exact::nearest(&points, k, engine)?)
}
