//! Which lists lambdas are tried over.

use crate::lang::Value;

use super::{
    super::inner::{Inner, Over},
    search::{Search, lists_of},
};

/// Lists over which lambdas are tried, by their variables.
const MOST_ITEMS: usize = 20;
const MOST_NEIGHBOURS: usize = 4;
const MOST_PAIRS: usize = 6;
const MOST_RELATED: usize = 8;
/// The highest cost of a list over which lambdas are tried.
const SOURCE_COST: u8 = 6;
/// The highest cost of a lambda's body that is enumerated.
const BODY_COST: u8 = 9;

impl Search<'_> {
    /// Lambdas over lists that came into the bank and are cheap enough to have bodies at `cost`.
    pub(super) fn open_lambdas(&mut self, cost: u8) {
        let reach = cost.saturating_sub(4).min(SOURCE_COST);
        let count = |inners: &[Inner], over| inners.iter().filter(|i| i.over == over).count();
        while self.looked < self.bank.terms().len() {
            let term = &self.bank.terms()[self.looked];
            if term.cost > reach && term.ty.depth() > 0 {
                // Terms come by rising cost, but for constants, which are no lists.
                break;
            }
            let id = u32::try_from(self.looked).unwrap_or(u32::MAX);
            self.looked += 1;
            let known = |inner: &Inner| inner.over == Over::Items && inner.sources == [id];
            if term.ty.depth() == 0 || term.fixed || self.inners.iter().any(known) {
                continue;
            }
            let source_cost = term.cost;
            if count(&self.inners, Over::Items) < MOST_ITEMS {
                self.open(Over::Items, &[id]);
            }
            if source_cost <= 3 && count(&self.inners, Over::Neighbours) < MOST_NEIGHBOURS {
                self.open(Over::Neighbours, &[id]);
            }
            if source_cost <= 3 {
                let others: Vec<u32> = self
                    .inners
                    .iter()
                    .filter(|inner| inner.over == Over::Items && inner.cost + source_cost <= 4)
                    .map(|inner| inner.sources[0])
                    .filter(|other| *other != id)
                    .collect();
                for other in others {
                    if count(&self.inners, Over::Pairs) < MOST_PAIRS {
                        self.open(Over::Pairs, &[other, id]);
                    }
                }
            }
        }
    }

    /// Lambdas over lists of any cost that contain the goal: what is left to do is to filter them.
    pub(super) fn open_related(&mut self) {
        let Some(rows) = lists_of(&self.goal) else {
            return;
        };
        while self.compared < self.bank.terms().len() {
            let term = &self.bank.terms()[self.compared];
            let id = u32::try_from(self.compared).unwrap_or(u32::MAX);
            self.compared += 1;
            if term.ty != self.task.gives || term.fixed || self.related >= MOST_RELATED {
                continue;
            }
            let contains = rows.iter().enumerate().all(|(row, kept)| {
                matches!(&term.column[row], Some(Value::List(items)) if is_part(kept, items))
            });
            let known = self
                .inners
                .iter()
                .any(|i| i.over == Over::Items && i.sources == [id]);
            if contains && !known {
                self.related += 1;
                self.open(Over::Items, &[id]);
            }
        }
    }

    pub(super) fn grow_lambdas(&mut self, cost: u8) {
        for at in 0..self.inners.len() {
            let inner = &mut self.inners[at];
            let body = cost.saturating_sub(1 + inner.cost).min(BODY_COST);
            inner.grow(body, &self.weights, &self.patterns, &self.purse);
            inner.publish(&mut self.bank, cost, &self.weights, &self.purse);
        }
    }

    fn open(&mut self, over: Over, sources: &[u32]) {
        let inner = Inner::new(&self.bank, over, sources, &self.purse);
        self.inners.extend(inner);
    }
}

/// Whether `part` is what a filter could leave of `items`.
fn is_part(part: &[Value], items: &[Value]) -> bool {
    let mut next = items.iter();
    part.len() <= items.len() && part.iter().all(|wanted| next.any(|item| item.same(wanted)))
}
