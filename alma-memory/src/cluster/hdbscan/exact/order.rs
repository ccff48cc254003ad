//! An order in which near rows stand together, so that walks meet the nearest pairs first and limits fall early.

use super::{
    codes::Codes,
    kernel::{BLOCK, Kernel},
};

/// Parts of this many rows are not split further: those that are looked at together.
const PART: usize = BLOCK;

/// From so many rows the two are taken that a part is split between.
const SAMPLE: usize = 32;

/// The places of all rows in such an order: halves again and again, by which of two rows far apart is nearer.
pub(in super::super) fn near_together(codes: &Codes, kernel: Kernel) -> Vec<u32> {
    let square = |a: u32, b: u32| {
        let (a, b) = (a as usize, b as usize);
        codes.square(a, b, kernel.product(codes.code(a), codes.code(b)))
    };
    let mut places: Vec<u32> = (0..codes.len() as u32).collect();
    let mut sides = vec![0.0_f32; codes.len()];
    let mut open = vec![(0, places.len())];
    while let Some((start, end)) = open.pop() {
        if end - start <= PART {
            continue;
        }
        let part = &mut places[start..end];
        let farthest = |from: u32, part: &[u32]| {
            let sample = part.iter().step_by(part.len() / SAMPLE).copied();
            sample.max_by(|&a, &b| {
                let (a, b) = (square(from, a), square(from, b));
                a.total_cmp(&b)
            })
        };
        let one = farthest(part[0], part).unwrap_or(part[0]);
        let two = farthest(one, part).unwrap_or(one);
        for &place in &*part {
            sides[place as usize] = square(one, place) - square(two, place);
        }
        let half = part.len() / 2;
        part.select_nth_unstable_by(half, |&a, &b| {
            sides[a as usize].total_cmp(&sides[b as usize])
        });
        open.push((start, start + half));
        open.push((start + half, end));
    }
    places
}
