//! Rows in an order of their own, for clusterers whose answer depends on the order of rows.

use std::{cmp::Ordering, collections::BTreeMap};

use ndarray::Array2;

use super::Rows;

/// Which row comes first, by their numbers; the two zeros are one.
pub(super) fn compare(a: &[f32], b: &[f32]) -> Ordering {
    a.iter()
        .zip(b)
        .map(|(x, y)| (x + 0.0).total_cmp(&(y + 0.0)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// Numbers groups by their first row.
pub(super) fn renumber(labels: Vec<Option<usize>>, groups: usize) -> Vec<Option<u32>> {
    let mut numbers = vec![None; groups];
    let mut next = 0;
    labels
        .into_iter()
        .map(|label| {
            Some(*numbers[label?].get_or_insert_with(|| {
                next += 1;
                next - 1
            }))
        })
        .collect()
}

/// Rows sorted by their numbers, as 64-bit floats, whose squares do not overflow.
#[derive(Debug)]
pub(super) struct Sorted {
    pub(super) rows: Array2<f64>,
    /// Where each of them stands in the input.
    order: Vec<usize>,
}

impl Sorted {
    pub(super) fn new(rows: &Rows<'_>) -> Self {
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by(|&a, &b| compare(rows.row(a), rows.row(b)));
        let sorted = Array2::from_shape_fn((rows.len(), rows.dimension()), |(row, column)| {
            f64::from(rows.row(order[row])[column])
        });
        Self {
            rows: sorted,
            order,
        }
    }

    /// The labels of the sorted rows by the places of the input, as the contract wants them: equal
    /// rows share the group that most of them have, and groups of fewer than `smallest` are none.
    pub(super) fn labels(
        &self,
        mut labels: Vec<Option<usize>>,
        smallest: usize,
    ) -> Vec<Option<u32>> {
        let mut at = 0;
        while at < labels.len() {
            let row = self.rows.row(at);
            let equal = (at..labels.len())
                .take_while(|&other| self.rows.row(other) == row)
                .count();
            let run = &mut labels[at..at + equal];
            let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
            for label in run.iter().flatten() {
                *counts.entry(*label).or_default() += 1;
            }
            let most = counts.into_iter().rev().max_by_key(|&(_, count)| count);
            run.fill(most.map(|(label, _)| label));
            at += equal;
        }
        let groups = labels.iter().flatten().max().map_or(0, |last| last + 1);
        let mut sizes = vec![0_usize; groups];
        for label in labels.iter().flatten() {
            sizes[*label] += 1;
        }
        let mut out = vec![None; labels.len()];
        for (&place, label) in self.order.iter().zip(labels) {
            out[place] = label.filter(|&label| sizes[label] >= smallest);
        }
        renumber(out, groups)
    }
}
