//! The bank: all terms up to a cost, of those that agree on all rows the cheapest.

use std::hash::{BuildHasherDefault, Hasher};
use std::{collections::HashMap, mem::size_of};

use crate::lang::{Expr, Limits, Meter, Op, Take, Type, Value};

use super::{
    hints::Weights,
    purse::{Purse, held, node, row},
    set::Set,
};

/// The values of a term, row by row; `None` where it has none.
pub(crate) type Column = Box<[Option<Value>]>;

/// One term of a bank.
pub(crate) struct Term {
    pub(crate) ty: Type,
    pub(crate) cost: u8,
    /// Whether no parameter or variable is in it.
    pub(crate) fixed: bool,
    /// Whether it is a parameter, a variable or a constant.
    pub(crate) plain: bool,
    /// Whether a lambda's own variable is in it; always true outside of lambdas.
    pub(crate) own: bool,
    pub(crate) expr: Expr,
    pub(crate) column: Column,
}

/// A pattern that a date or time may have, as a constant.
#[derive(Clone, Debug)]
pub(crate) struct PatternTerm {
    pub(crate) value: Value,
    pub(crate) cost: u8,
}

/// The patterns that a search tries.
#[derive(Clone, Debug, Default)]
pub(crate) struct Patterns {
    pub(crate) read_date: Vec<PatternTerm>,
    pub(crate) write_date: Vec<PatternTerm>,
    pub(crate) read_time: Vec<PatternTerm>,
    pub(crate) write_time: Vec<PatternTerm>,
}

/// One evaluation in a search: short texts and lists only.
const LIMITS: Limits = Limits::new(4_000, 64 << 10);

/// Bytes of a term itself and of its places in the indexes, which grow by doubling.
const TERM: usize = 2 * (size_of::<Term>() + size_of::<(u64, u32)>() + 2 * size_of::<u32>());

/// What a parameter costs more where a constant is expected.
const UNSET: u8 = 2;

/// Terms over rows.
pub(crate) struct Bank {
    rows: usize,
    /// Rows below this have a known output; terms must have a value there.
    labelled: usize,
    terms: Vec<Term>,
    /// Terms by type and cost.
    levels: HashMap<Type, Vec<Vec<u32>>>,
    types: Vec<Type>,
    seen: HashMap<u64, u32, BuildHasherDefault<Through>>,
    /// All terms up to this cost are in.
    pub(crate) grown: u8,
    most: usize,
}

impl Bank {
    /// An empty bank of at most `most` terms.
    pub(crate) fn new(rows: usize, labelled: usize, most: usize) -> Self {
        Self {
            rows,
            labelled,
            terms: Vec::new(),
            levels: HashMap::new(),
            types: Vec::new(),
            seen: HashMap::default(),
            grown: 0,
            most,
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn labelled(&self) -> usize {
        self.labelled
    }

    pub(crate) fn terms(&self) -> &[Term] {
        &self.terms
    }

    pub(crate) fn term(&self, id: u32) -> &Term {
        &self.terms[id as usize]
    }

    pub(crate) fn types(&self) -> &[Type] {
        &self.types
    }

    pub(crate) fn is_full(&self) -> bool {
        self.terms.len() >= self.most
    }

    /// The terms of a type and cost.
    pub(crate) fn level(&self, ty: Type, cost: u8) -> &[u32] {
        self.levels
            .get(&ty)
            .and_then(|costs| costs.get(usize::from(cost)))
            .map_or(&[], Vec::as_slice)
    }

    /// The labelled rows on which a term has the goal's value.
    pub(crate) fn matches(&self, term: &Term, goal: &[Value]) -> Set {
        let mut set = Set::default();
        for (row, wanted) in goal.iter().enumerate() {
            if term.column[row]
                .as_ref()
                .is_some_and(|value| value.same(wanted))
            {
                set.insert(row);
            }
        }
        set
    }

    /// Keeps a term unless a cheaper one agrees with it on all rows.
    pub(crate) fn offer(&mut self, term: Term, purse: &Purse) -> bool {
        if self.is_full() || term.column[..self.labelled].iter().any(Option::is_none) {
            return false;
        }
        let mut hash = hash(term.ty, &term.column);
        while let Some(other) = self.seen.get(&hash) {
            let other = &self.terms[*other as usize];
            if other.ty == term.ty && other.column == term.column {
                return false;
            }
            // Unequal terms with equal hashes are rare; the next free number serves.
            hash = hash.wrapping_add(1);
        }
        let values: usize = term.column.iter().flatten().map(held).sum();
        purse.keep(TERM + node(&term.expr) + row(self.rows) + values);
        let id = u32::try_from(self.terms.len()).unwrap_or(u32::MAX);
        self.seen.insert(hash, id);
        let costs = self.levels.entry(term.ty).or_default();
        let level = usize::from(term.cost);
        if costs.len() <= level {
            costs.resize_with(level + 1, Vec::new);
        }
        costs[level].push(id);
        if !self.types.contains(&term.ty) {
            self.types.push(term.ty);
        }
        self.terms.push(term);
        true
    }

    /// Adds all applications of operations with this cost.
    pub(crate) fn grow(&mut self, cost: u8, weights: &Weights, patterns: &Patterns, purse: &Purse) {
        for (op, weight) in weights.ops() {
            let Some(left) = cost.checked_sub(*weight) else {
                continue;
            };
            let mut call = Call {
                op: *op,
                cost,
                args: Vec::with_capacity(3),
            };
            self.fill(&mut call, left, None, patterns, purse);
            if self.is_full() || purse.is_empty() {
                break;
            }
        }
        self.grown = cost;
    }

    /// Chooses the next argument of `call` in all ways that use up exactly `left`.
    fn fill(
        &mut self,
        call: &mut Call,
        left: u8,
        item: Option<Type>,
        patterns: &Patterns,
        purse: &Purse,
    ) {
        let Some(take) = call.op.takes().get(call.args.len()).copied() else {
            if left == 0 {
                self.apply(call, item, purse);
            }
            return;
        };
        let writes = call.op.name().starts_with("format");
        let patterns_here = match (take, writes) {
            (Take::DatePattern, false) => &patterns.read_date,
            (Take::DatePattern, true) => &patterns.write_date,
            (Take::TimePattern, false) => &patterns.read_time,
            (Take::TimePattern, true) => &patterns.write_time,
            _ => &Vec::new(),
        };
        for pattern in patterns_here {
            if let Some(rest) = left.checked_sub(pattern.cost) {
                call.args.push(Arg::Pattern(pattern.value.clone()));
                self.fill(call, rest, item, patterns, purse);
                call.args.pop();
            }
        }
        if matches!(take, Take::DatePattern | Take::TimePattern) {
            return;
        }
        let last = call.args.len() + 1 == call.op.takes().len();
        for at in 0..self.types.len() {
            let ty = self.types[at];
            let mut bound = item;
            if !take.shape().accept(ty, &mut bound) {
                continue;
            }
            let setting = matches!(take, Take::Setting(_));
            let lowest = match (last, setting) {
                (true, false) => left,
                (true, true) => left.saturating_sub(UNSET).max(1),
                (false, _) => 1,
            };
            // Each argument that follows costs at least 1.
            let following = call.op.takes().len() - call.args.len() - 1;
            let highest = left.saturating_sub(u8::try_from(following).unwrap_or(u8::MAX));
            for cost in lowest..=highest {
                for index in 0..self.level(ty, cost).len() {
                    if purse.is_empty() || self.is_full() {
                        return;
                    }
                    let id = self.level(ty, cost)[index];
                    let term = self.term(id);
                    let fits = match take {
                        Take::Plain(_) => term.plain,
                        Take::Setting(_) => term.fixed || term.plain,
                        Take::Subject(_) => !term.fixed,
                        _ => true,
                    };
                    let extra = if setting && !term.fixed { UNSET } else { 0 };
                    let Some(rest) = left.checked_sub(cost + extra).filter(|_| fits) else {
                        continue;
                    };
                    call.args.push(Arg::Term(id));
                    self.fill(call, rest, bound, patterns, purse);
                    call.args.pop();
                }
            }
        }
    }

    fn apply(&mut self, call: &Call, item: Option<Type>, purse: &Purse) {
        if let ([Arg::Term(a), Arg::Term(b)], true) = (call.args.as_slice(), call.op.commutes())
            && a > b
        {
            return;
        }
        let terms = || {
            call.args.iter().filter_map(|arg| match arg {
                Arg::Term(id) => Some(self.term(*id)),
                Arg::Pattern(_) => None,
            })
        };
        if terms().all(|term| term.fixed) {
            return;
        }
        let Some(ty) = call.op.gives().resolve(item) else {
            return;
        };
        let own = terms().any(|term| term.own);
        let mut column = Vec::with_capacity(self.rows);
        let mut values = Vec::with_capacity(3);
        for row in 0..self.rows {
            let mut meter = Meter::new(LIMITS);
            values.clear();
            for arg in &call.args {
                match arg {
                    Arg::Pattern(pattern) => values.push(pattern.clone()),
                    Arg::Term(id) => values.extend(self.term(*id).column[row].clone()),
                }
            }
            let value = if values.len() == call.args.len() {
                call.op.apply(&values, &mut meter).ok()
            } else {
                None
            };
            purse.evaluate(LIMITS.steps - meter.steps());
            if value.is_none() && row < self.labelled {
                return;
            }
            column.push(value);
        }
        let args: Vec<Expr> = call
            .args
            .iter()
            .map(|arg| match arg {
                Arg::Pattern(pattern) => Expr::Literal(pattern.clone()),
                Arg::Term(id) => self.term(*id).expr.clone(),
            })
            .collect();
        let term = Term {
            ty,
            cost: call.cost,
            fixed: false,
            plain: false,
            own,
            expr: Expr::Call(call.op, args.into()),
            column: column.into(),
        };
        self.offer(term, purse);
    }
}

/// An application whose arguments are being chosen.
struct Call {
    op: Op,
    cost: u8,
    args: Vec<Arg>,
}

enum Arg {
    Term(u32),
    Pattern(Value),
}

/// A hasher for numbers that are hashes already.
#[derive(Default)]
pub(crate) struct Through(u64);

impl Hasher for Through {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = mix(self.0, u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

fn mix(hash: u64, word: u64) -> u64 {
    (hash.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn hash(ty: Type, column: &[Option<Value>]) -> u64 {
    let mut hash = mix(u64::from(ty.depth()), ty.base() as u64);
    for value in column {
        hash = match value {
            Some(value) => hash_value(hash, value),
            None => mix(hash, 7),
        };
    }
    hash ^ hash >> 29
}

fn hash_value(hash: u64, value: &Value) -> u64 {
    match value {
        Value::Null => mix(hash, 1),
        Value::Bool(yes) => mix(hash, 2 + u64::from(*yes)),
        Value::Number(number) => mix(hash, number.to_bits()),
        Value::Text(text) => {
            let mut hash = mix(hash, text.len() as u64);
            for chunk in text.as_bytes().chunks(8) {
                let mut word = [0; 8];
                word[..chunk.len()].copy_from_slice(chunk);
                hash = mix(hash, u64::from_le_bytes(word));
            }
            hash
        }
        Value::Date(date) => {
            let word =
                i64::from(date.year()) << 16 | i64::from(date.month()) << 8 | i64::from(date.day());
            mix(hash, word.cast_unsigned())
        }
        Value::List(items) => items
            .iter()
            .fold(mix(hash, 11 + items.len() as u64), hash_value),
    }
}
