//! Rows that go.
//!
//! Weights only rise. An edge of the tree whose weight stays is still the lightest between the two sides that it joins,
//! so it stays (the cut property). Rows whose lists lost one look again; what edges of lists leave apart or join too
//! heavily is found by a certification.

use super::{
    super::{
        distance::Number,
        engine::Effort,
        sets::Sets,
        spanning::{Edge, Points},
        unique::Unique,
        watch::{Cancelled, Watch},
    },
    Space, Sweep,
    certify::certify,
    kept::Kept,
    neighbours::neighbours_from,
    order,
};

impl Kept {
    /// Leaves out rows: `moved` tells by earlier row which of `points` it is now. More than `k` are left.
    pub(in super::super) fn remove<F: Number>(
        &mut self,
        points: &Points<'_, F>,
        moved: &[Option<u32>],
        k: usize,
        threads: usize,
        effort: &mut Effort,
    ) -> Result<(), Cancelled> {
        let lost = self.regroup(moved, k);
        let n = self.unique.len();
        let space = Space {
            points,
            unique: &self.unique,
            frame: &self.frame,
            threads,
        };
        // Those that look again stand behind the others.
        let mut rows: Vec<u32> = (0..n as u32).filter(|&row| !lost[row as usize]).collect();
        let still = rows.len();
        rows.extend((0..n as u32).filter(|&row| lost[row as usize]));
        if still < n {
            let sweep = Sweep {
                space: &space,
                order: &self.unique.firsts_of(&rows),
                coded: &self.coded.ordered(&rows),
            };
            let reach = vec![0.0; still];
            let mut found = neighbours_from(&sweep, &rows, &reach, k, Watch::NOBODY, effort)?;
            for &row in &rows[still..] {
                let row = row as usize;
                self.near.lists[row] = std::mem::take(&mut found.lists[row]);
                self.near.core[row] = found.core[row];
            }
        }
        let mut sets = Sets::new(n);
        let mut edges: Vec<Edge> = self.tree.iter().map(|edge| self.reweighted(edge)).collect();
        for (edge, before) in edges.iter().zip(&self.tree) {
            if edge.weight == before.weight {
                sets.join(edge.from, edge.to);
            }
        }
        for (row, list) in (0..).zip(&self.near.lists) {
            let part = sets.find(row);
            for &(distance, other) in list {
                if sets.find(other) != part {
                    edges.push(self.near.edge(row, other, distance));
                }
            }
        }
        let rows = order::near_together(self.coded.first(), points.kernel());
        let sweep = Sweep {
            space: &space,
            order: &self.unique.firsts_of(&rows),
            coded: &self.coded.ordered(&rows),
        };
        let (known, watch) = ((0, None), Watch::NOBODY);
        self.tree = certify(&sweep, &rows, &self.near, edges, known, watch, effort)?;
        effort.pairs += (n - still) as u64 * n as u64;
        Ok(())
    }

    /// Forgets rows that are gone; returns which of the distinct rows lost some of their nearest.
    fn regroup(&mut self, moved: &[Option<u32>], k: usize) -> Vec<bool> {
        let before = self.unique.len();
        let mut groups: Vec<Vec<u32>> = Vec::with_capacity(before);
        let mut kept: Vec<u32> = Vec::with_capacity(before);
        let mut now: Vec<Option<u32>> = vec![None; before];
        let mut fewer = vec![false; before];
        for at in 0..before {
            let rows = self.unique.rows(at as u32);
            let left: Vec<u32> = rows.iter().filter_map(|&row| moved[row as usize]).collect();
            fewer[at] = left.len() < rows.len();
            if !left.is_empty() {
                now[at] = Some(groups.len() as u32);
                kept.push(at as u32);
                groups.push(left);
            }
        }
        self.unique = Unique::grouped(groups.iter().map(Vec::as_slice));
        self.coded = self.coded.ordered(&kept);
        self.seals = kept.iter().map(|&at| self.seals[at as usize]).collect();
        self.near.core = kept.iter().map(|&at| self.near.core[at as usize]).collect();
        let mut lost = vec![false; kept.len()];
        let mut lists = Vec::with_capacity(kept.len());
        for (row, &at) in (0..).zip(&kept) {
            let mut list = std::mem::take(&mut self.near.lists[at as usize]);
            let is_fewer =
                fewer[at as usize] || list.iter().any(|&(_, other)| fewer[other as usize]);
            list.retain_mut(|near| match now[near.1 as usize] {
                Some(other) => {
                    near.1 = other;
                    true
                }
                None => false,
            });
            if is_fewer {
                match Self::cut(&self.unique, row, &mut list, k) {
                    Some(core) => self.near.core[row as usize] = core,
                    None => lost[row as usize] = true,
                }
            }
            lists.push(list);
        }
        self.near.lists = lists;
        self.tree.retain_mut(
            |edge| match (now[edge.from as usize], now[edge.to as usize]) {
                (Some(from), Some(to)) => {
                    (edge.from, edge.to) = (from, to);
                    true
                }
                _ => false,
            },
        );
        lost
    }
}
