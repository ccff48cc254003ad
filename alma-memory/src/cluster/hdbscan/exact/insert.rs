//! Rows that come.
//!
//! Weights only fall. That of two earlier rows falls only if it was the core distance of one that has a new row among
//! its nearest now, and then the other is nearer than that core distance was: in the earlier list. So the tree needs no
//! edges but its own, those of the lists that changed, and those of new rows, which one walk over their pairs finds.

use super::{
    super::{
        distance::Number,
        engine::Effort,
        seal,
        spanning::{Edge, Points},
        unique::Unique,
        watch::{Cancelled, Watch},
    },
    Space, Sweep,
    certify::certify,
    coded::Coded,
    codes::Frame,
    kept::Kept,
    neighbours::{Near, neighbours_from},
};

impl Kept {
    /// Takes in the rows of `points` behind those that it knows.
    pub(in super::super) fn insert<F: Number>(
        &mut self,
        points: &Points<'_, F>,
        known: usize,
        k: usize,
        threads: usize,
        effort: &mut Effort,
    ) -> Result<(), Cancelled> {
        let before = self.unique.len();
        let grown = self.group(points, known);
        let firsts = self.unique.firsts();
        let n = firsts.len();
        if self.frame.suits(points, &firsts[before..]) {
            self.coded
                .extend(points, &self.frame, &firsts[before..], threads);
        } else {
            self.frame = Frame::of(points);
            self.coded = Coded::new(points, &self.frame, &firsts, threads);
        }
        let space = Space {
            points,
            unique: &self.unique,
            frame: &self.frame,
            threads,
        };
        let sweep = Sweep {
            space: &space,
            order: &firsts,
            coded: &self.coded,
        };
        let rows: Vec<u32> = (0..n as u32).collect();
        let codes = &self.coded.whole;
        let reach: Vec<f32> = self
            .near
            .core
            .iter()
            .map(|&core| codes.scaled(core))
            .collect();
        let mut found = neighbours_from(&sweep, &rows, &reach, k, Watch::NOBODY, effort)?;

        // Pairs for the tree, whose weights are known when all core distances are.
        let mut pairs: Vec<(u32, Near)> = Vec::new();
        for row in 0..before {
            let list = &mut self.near.lists[row];
            let is_same = found.lists[row].is_empty()
                && !grown[row]
                && list.iter().all(|&(_, other)| !grown[other as usize]);
            if is_same {
                continue;
            }
            pairs.extend(list.iter().map(|&near| (row as u32, near)));
            list.append(&mut found.lists[row]);
            list.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            if let Some(core) = Self::cut(&self.unique, row as u32, list, k) {
                self.near.core[row] = core;
            }
            pairs.extend(list.iter().map(|&near| (row as u32, near)));
        }
        for row in before..n {
            pairs.extend(found.lists[row].iter().map(|&near| (row as u32, near)));
            self.near.lists.push(std::mem::take(&mut found.lists[row]));
            self.near.core.push(found.core[row]);
        }
        let mut edges: Vec<Edge> = self.tree.iter().map(|edge| self.reweighted(edge)).collect();
        edges.extend(
            pairs
                .iter()
                .map(|&(row, (distance, other))| self.near.edge(row, other, distance)),
        );
        let watch = Watch::NOBODY;
        self.tree = certify(
            &sweep,
            &rows,
            &self.near,
            edges,
            (before, None),
            watch,
            effort,
        )?;
        effort.pairs += (n - before) as u64 * n as u64;
        Ok(())
    }

    /// Puts new rows to those that they equal, or behind all; returns of which earlier ones there are more now.
    fn group<F: Number>(&mut self, points: &Points<'_, F>, known: usize) -> Vec<bool> {
        let before = self.unique.len();
        let mut groups: Vec<Vec<u32>> = (0..before as u32)
            .map(|at| self.unique.rows(at).to_vec())
            .collect();
        let mut grown = vec![false; before];
        let mut by_seal: Vec<(u64, u32)> = self.seals.iter().copied().zip(0..).collect();
        by_seal.sort_unstable();
        let mut new_seals: std::collections::BTreeMap<u64, Vec<u32>> = Default::default();
        for row in known..points.len() {
            let numbers = points.row(row);
            let seal = seal::numbers(numbers);
            let first = by_seal.partition_point(|&(other, _)| other < seal);
            let earlier = by_seal[first..]
                .iter()
                .take_while(|(other, _)| *other == seal);
            let mut same = earlier
                .map(|&(_, at)| at)
                .chain(new_seals.get(&seal).into_iter().flatten().copied());
            let equal = same.find(|&at| {
                let first = points.row(groups[at as usize][0] as usize);
                first.iter().zip(numbers).all(|(x, y)| x == y)
            });
            match equal {
                Some(at) => {
                    groups[at as usize].push(row as u32);
                    if let Some(grown) = grown.get_mut(at as usize) {
                        *grown = true;
                    }
                }
                None => {
                    new_seals.entry(seal).or_default().push(groups.len() as u32);
                    groups.push(vec![row as u32]);
                    self.seals.push(seal);
                }
            }
        }
        self.unique = Unique::grouped(groups.iter().map(Vec::as_slice));
        grown
    }
}
