//! Choices: decision trees over predicates, with terms that fit some of the rows as leaves.

use std::collections::{HashMap, HashSet};

use crate::lang::{Expr, Type, Value};

use super::{
    bank::Bank,
    concat::Pieces,
    predicates::{Predicate, predicates},
    purse::Purse,
    set::Set,
};

/// What a choice costs beside its parts.
const CHOICE: u32 = 3;
/// Predicates that are tried at the root, and below it.
const WIDTH: [usize; 3] = [160, 50, 16];
/// The most terms that are tried as leaves.
const MOST_COVERS: usize = 20_000;

/// Trees over one bank for one goal.
pub(crate) struct Trees<'a> {
    bank: &'a Bank,
    predicates: Vec<Predicate>,
    /// Terms by the rows they fit, cheapest first.
    covers: Vec<(Set, u32)>,
    pieces: Option<Pieces<'a>>,
    purse: &'a Purse,
    leaves: HashMap<Set, Option<(Expr, u32)>>,
}

impl<'a> Trees<'a> {
    pub(crate) fn new(bank: &'a Bank, goal: &'a [Value], ty: Type, purse: &'a Purse) -> Self {
        let mut covers: Vec<(Set, u32)> = Vec::new();
        let mut seen: HashSet<Set> = HashSet::new();
        for cost in 1..=bank.grown.max(9) {
            for id in bank.level(ty, cost) {
                let term = bank.term(*id);
                let fits = bank.matches(term, goal);
                if !fits.is_empty() && covers.len() < MOST_COVERS && seen.insert(fits) {
                    covers.push((fits, *id));
                }
            }
        }
        Self {
            bank,
            predicates: predicates(bank),
            covers,
            pieces: Pieces::new(bank, goal, purse),
            purse,
            leaves: HashMap::new(),
        }
    }

    /// The cheapest tree on all labelled rows that has a choice and costs less than `below`.
    pub(crate) fn cheapest(&mut self, below: u32) -> Option<(Expr, u32)> {
        self.split(Set::all(self.bank.labelled()), 0, below)
    }

    fn leaf(&mut self, rows: Set) -> Option<(Expr, u32)> {
        if let Some(known) = self.leaves.get(&rows) {
            return known.clone();
        }
        if !self.purse.compare(1 + self.covers.len() / 8) {
            return None;
        }
        let term = self
            .covers
            .iter()
            .find(|(fits, _)| fits.holds(&rows))
            .map(|(_, id)| self.bank.term(*id))
            .map(|term| (term.expr.clone(), u32::from(term.cost)));
        // One row alone spells too easily.
        let spelled = match &self.pieces {
            Some(pieces) if rows.len() > 1 => {
                let below = term.as_ref().map_or(u32::MAX, |(_, cost)| *cost);
                pieces.cheapest(self.bank, &rows, &[], below)
            }
            _ => None,
        };
        let leaf = spelled.or(term);
        self.leaves.insert(rows, leaf.clone());
        leaf
    }

    fn tree(&mut self, rows: Set, depth: usize, below: u32) -> Option<(Expr, u32)> {
        let leaf = self.leaf(rows).filter(|(_, cost)| *cost < below);
        let below = leaf.as_ref().map_or(below, |(_, cost)| *cost);
        if depth < WIDTH.len() && rows.len() > 1 {
            return self.split(rows, depth, below).or(leaf);
        }
        leaf
    }

    fn split(&mut self, rows: Set, depth: usize, below: u32) -> Option<(Expr, u32)> {
        let mut best: Option<(Expr, u32)> = None;
        let mut tried = 0;
        for at in 0..self.predicates.len() {
            let limit = best.as_ref().map_or(below, |(_, cost)| *cost);
            let (holds, cost) = (self.predicates[at].holds, self.predicates[at].cost);
            let (yes, no) = (rows.and(&holds), rows.minus(&holds));
            // Both leaves cost at least 1.
            if cost + CHOICE + 2 > limit || tried >= WIDTH[depth] {
                break;
            }
            if yes.is_empty() || no.is_empty() {
                continue;
            }
            tried += 1;
            let left = limit - cost - CHOICE;
            let Some((then, then_cost)) = self.tree(yes, depth + 1, left) else {
                continue;
            };
            let Some((other, other_cost)) = self.tree(no, depth + 1, left - then_cost) else {
                continue;
            };
            let condition = self.predicates[at].expr.clone();
            best = Some((
                Expr::If([condition, then, other].into()),
                cost + CHOICE + then_cost + other_cost,
            ));
        }
        best
    }
}
