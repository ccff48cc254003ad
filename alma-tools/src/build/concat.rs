//! Texts put together: the cheapest row of terms and literals that spells the goal on all rows.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashSet},
};

use crate::lang::{Expr, Op, Type, Value, find_op};

use super::{bank::Bank, constants::text_cost, predicates::Predicate, purse::Purse, set::Set};

/// What one more piece costs.
const JOINT: u32 = 2;
/// What a choice between two literals costs beside its condition.
const CHOICE: u32 = 3;
/// States that are made before giving up, at some 300 bytes each.
const MOST_STATES: usize = 40_000;
/// The longest literal that a choice within a text has, in characters.
const LONGEST_CHOICE: usize = 8;
const LONGEST_LITERAL: usize = 40;

/// The terms of a bank that may be pieces of a goal.
pub(crate) struct Pieces<'a> {
    goal: Vec<&'a str>,
    terms: Vec<Piece<'a>>,
    concat: Op,
    purse: &'a Purse,
}

struct Piece<'a> {
    id: u32,
    cost: u32,
    values: Vec<&'a str>,
    /// Rows in whose goal the value occurs; an empty one always does.
    fits: Set,
}

impl<'a> Pieces<'a> {
    /// Looks for pieces; `None` when the goal is not text, or the purse has nothing left for it.
    pub(crate) fn new(bank: &'a Bank, goal: &'a [Value], purse: &'a Purse) -> Option<Self> {
        let goal: Option<Vec<&str>> = goal
            .iter()
            .map(|value| match value {
                Value::Text(text) => Some(&**text),
                _ => None,
            })
            .collect();
        let goal = goal?;
        let concat = find_op("concat")?;
        let mut terms = Vec::new();
        for cost in 1..=bank.grown.max(4) {
            for id in bank.level(Type::TEXT, cost) {
                let term = bank.term(*id);
                if term.fixed {
                    continue;
                }
                if !purse.compare(goal.len()) {
                    return None;
                }
                let mut values = Vec::with_capacity(goal.len());
                let mut fits = Set::default();
                let mut useful = false;
                for (row, wanted) in goal.iter().enumerate() {
                    let value = match &term.column[row] {
                        Some(Value::Text(text)) => &**text,
                        _ => "",
                    };
                    if wanted.contains(value) {
                        fits.insert(row);
                        useful |= !value.is_empty();
                    }
                    values.push(value);
                }
                if useful {
                    terms.push(Piece {
                        id: *id,
                        cost: u32::from(term.cost),
                        values,
                        fits,
                    });
                }
            }
        }
        Some(Self {
            goal,
            terms,
            concat,
            purse,
        })
    }

    /// The cheapest concatenation on `rows` that costs less than `below`.
    ///
    /// It mentions at least one term, and at most one choice between two literals by one of `choices`.
    pub(crate) fn cheapest(
        &self,
        bank: &Bank,
        rows: &Set,
        choices: &[Predicate],
        below: u32,
    ) -> Option<(Expr, u32)> {
        let rows: Vec<usize> = rows.rows().collect();
        let goal: Vec<&str> = rows.iter().map(|row| self.goal[*row]).collect();
        let terms: Vec<&Piece<'_>> = self
            .terms
            .iter()
            .filter(|piece| {
                rows.iter().all(|row| piece.fits.has(*row))
                    && rows.iter().any(|row| !piece.values[*row].is_empty())
            })
            .collect();
        if terms.is_empty() {
            return None;
        }
        let sides: Vec<(usize, Vec<usize>, Vec<usize>)> = choices
            .iter()
            .enumerate()
            .map(|(choice, p)| {
                let side = |yes: bool| -> Vec<usize> {
                    let here = |n: &usize| p.holds.has(rows[*n]) == yes;
                    (0..rows.len()).filter(here).collect()
                };
                (choice, side(true), side(false))
            })
            .filter(|(_, yes, no)| !yes.is_empty() && !no.is_empty())
            .collect();
        let mut states = vec![State {
            positions: vec![0; rows.len()].into(),
            from: None,
            mentions: false,
            chose: false,
        }];
        let mut queue = BinaryHeap::from([Reverse((0_u32, 0_usize))]);
        let mut done: HashSet<(Positions, bool, bool)> = HashSet::new();
        while let Some(Reverse((cost, at))) = queue.pop() {
            let work = (terms.len() + sides.len() + 1) * rows.len();
            if cost >= below || states.len() > MOST_STATES || !self.purse.compare(work) {
                return None;
            }
            let State {
                positions,
                mentions,
                chose,
                ..
            } = states[at].clone();
            let end = positions
                .iter()
                .zip(&goal)
                .all(|(at, text)| *at as usize == text.len());
            if end && mentions {
                return Some((self.spell(bank, &states, choices, at), cost));
            }
            if end || !done.insert((positions.clone(), mentions, chose)) {
                continue;
            }
            let cost = cost + if at == 0 { 0 } else { JOINT };
            let mut push = |next: Positions, step: Step<'a>, price: u32| {
                let total = cost + price;
                if next != positions && total < below && states.len() <= MOST_STATES {
                    states.push(State {
                        positions: next,
                        mentions: mentions || matches!(step, Step::Term(_)),
                        chose: chose || matches!(step, Step::Choice(..)),
                        from: Some((at, step)),
                    });
                    queue.push(Reverse((total, states.len() - 1)));
                }
            };
            for piece in &terms {
                let mut next = positions.clone();
                let fits = rows.iter().enumerate().all(|(n, row)| {
                    let value = piece.values[*row];
                    next[n] += short(value.len());
                    goal[n][positions[n] as usize..].starts_with(value)
                });
                if fits {
                    push(next, Step::Term(piece.id), piece.cost);
                }
            }
            let everyone: Vec<usize> = (0..rows.len()).collect();
            let shared = shared_prefix(&goal, &positions, &everyone);
            for literal in beginnings(shared, LONGEST_LITERAL).skip(1) {
                let next = positions.iter().map(|at| at + short(literal.len()));
                let price = u32::from(text_cost(literal));
                push(next.collect(), Step::Literal(literal), price);
            }
            for (choice, yes, no) in sides.iter().filter(|_| !chose) {
                let then = shared_prefix(&goal, &positions, yes);
                let other = shared_prefix(&goal, &positions, no);
                for a in beginnings(then, LONGEST_CHOICE) {
                    for b in beginnings(other, LONGEST_CHOICE).filter(|b| *b != a) {
                        let mut next = positions.clone();
                        yes.iter().for_each(|n| next[*n] += short(a.len()));
                        no.iter().for_each(|n| next[*n] += short(b.len()));
                        let price = choices[*choice].cost
                            + CHOICE
                            + u32::from(text_cost(a))
                            + u32::from(text_cost(b));
                        push(next, Step::Choice(*choice, a, b), price);
                    }
                }
            }
        }
        None
    }

    fn spell(&self, bank: &Bank, states: &[State<'_>], choices: &[Predicate], end: usize) -> Expr {
        let mut at = end;
        let mut spelled: Option<Expr> = None;
        let literal = |text: &str| Expr::Literal(Value::text(text));
        while let Some((before, step)) = &states[at].from {
            let piece = match step {
                Step::Term(id) => bank.term(*id).expr.clone(),
                Step::Literal(text) => literal(text),
                Step::Choice(choice, then, other) => {
                    let condition = choices[*choice].expr.clone();
                    Expr::If([condition, literal(then), literal(other)].into())
                }
            };
            spelled = Some(match spelled {
                Some(rest) => Expr::Call(self.concat, [piece, rest].into()),
                None => piece,
            });
            at = *before;
        }
        spelled.unwrap_or(Expr::Literal(Value::text("")))
    }
}

/// How far each row is spelled, and how that was reached.
#[derive(Clone)]
struct State<'a> {
    positions: Positions,
    from: Option<(usize, Step<'a>)>,
    mentions: bool,
    chose: bool,
}

/// The byte that each row has come to.
type Positions = Box<[u32]>;

#[derive(Clone, Copy)]
enum Step<'a> {
    Term(u32),
    Literal(&'a str),
    /// By the choice with this number.
    Choice(usize, &'a str, &'a str),
}

/// A length within a goal, which an example of a few kilobytes holds.
fn short(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// The beginnings of a text, from the empty one up to `most` characters.
fn beginnings(text: &str, most: usize) -> impl Iterator<Item = &str> {
    text.char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .take(most + 1)
        .map(|end| &text[..end])
}

/// What the rows in `among` all go on with.
fn shared_prefix<'a>(goal: &[&'a str], positions: &[u32], among: &[usize]) -> &'a str {
    let rests = || among.iter().map(|n| &goal[*n][positions[*n] as usize..]);
    let Some(first) = rests().next() else {
        return "";
    };
    let mut length = first.len();
    for rest in rests() {
        let same = first
            .char_indices()
            .zip(rest.chars())
            .find(|((_, a), b)| a != b)
            .map_or(first.len().min(rest.len()), |((at, _), _)| at);
        length = length.min(same);
    }
    &first[..length]
}
