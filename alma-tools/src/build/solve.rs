//! The search: banks grow by cost, and at each cost longer answers are put together.

use crate::lang::{Expr, Form, Limits, Op, Program, Type, Value, find_op};

use super::{
    Effort, Found, Solution, Task,
    affine::line,
    bank::{Bank, Patterns, Purse, Term},
    concat::Pieces,
    constants::constants,
    hints::Weights,
    inner::{Inner, Over},
    patterns::patterns,
    predicates::{pair, predicates},
    set::Set,
    tree::Trees,
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
/// Predicates by which a part of a text may be chosen.
const CHOICES: usize = 12;
/// What noise in the last digits costs: an output that was rounded has none.
const INEXACT: u32 = 3;
/// The most terms of the outer bank.
const MOST_TERMS: usize = 250_000;

pub(crate) fn solve(task: &Task<'_>, effort: Effort) -> Found {
    let mut search = Search::new(task, effort);
    search.run(effort);
    let Search {
        mut solutions,
        purse,
        ..
    } = search;
    solutions.sort_by_key(|solution| solution.cost);
    Found {
        solutions,
        evaluations: effort.evaluations - purse.evaluations,
        spent: purse.is_empty(),
    }
}

struct Search<'a> {
    task: &'a Task<'a>,
    weights: Weights,
    patterns: Patterns,
    purse: Purse,
    goal: Vec<Value>,
    bank: Bank,
    inners: Vec<Inner>,
    /// Outer terms up to this one were looked at as sources of lambdas.
    looked: usize,
    /// Outer terms up to this one were compared with the goal.
    compared: usize,
    /// Outer terms up to this one were looked at as answers.
    checked: usize,
    related: usize,
    solutions: Vec<Solution>,
    beyond: u32,
}

impl<'a> Search<'a> {
    fn new(task: &'a Task<'a>, effort: Effort) -> Self {
        let labelled = task.samples.len();
        let rows = labelled + task.probes.len();
        let mut purse = Purse {
            evaluations: effort.evaluations,
            bytes: effort.bytes,
        };
        let mut bank = Bank::new(rows, labelled, MOST_TERMS);
        for (at, param) in task.params.iter().enumerate() {
            let inputs = task.samples.iter().map(|s| &s.input).chain(task.probes);
            let column: Vec<_> = inputs.map(|input| input.get(at).cloned()).collect();
            let expr = Expr::Param(u8::try_from(at).unwrap_or(u8::MAX));
            bank.offer(plain(param.ty, 1, false, expr, column), &mut purse);
        }
        for (value, cost) in constants(task) {
            let ty = if matches!(value, Value::Text(_)) {
                Type::TEXT
            } else {
                Type::NUMBER
            };
            let column = vec![Some(value.clone()); rows];
            let term = plain(ty, cost, true, Expr::Literal(value), column);
            bank.offer(term, &mut purse);
        }
        Self {
            task,
            weights: Weights::new(task.description),
            patterns: patterns(task),
            purse,
            goal: task.samples.iter().map(|s| s.output.clone()).collect(),
            bank,
            inners: Vec::new(),
            looked: 0,
            compared: 0,
            checked: 0,
            related: 0,
            solutions: Vec::new(),
            beyond: u32::from(effort.beyond),
        }
    }

    fn run(&mut self, effort: Effort) {
        for cost in 1..=effort.cost {
            self.bank
                .grow(cost, &self.weights, &self.patterns, &mut self.purse);
            self.open_lambdas(cost);
            self.open_related();
            self.grow_lambdas(cost);
            self.direct();
            self.assemble();
            self.through_lists();
            if self.purse.is_empty() || self.bank.is_full() {
                break;
            }
            if self.best() + self.beyond <= u32::from(cost) {
                break;
            }
        }
    }

    fn best(&self) -> u32 {
        let best = self.solutions.iter().map(|solution| solution.cost).min();
        best.unwrap_or(u32::MAX / 2)
    }

    /// What a further solution may cost at most, plus one.
    fn below(&self) -> u32 {
        self.best() + self.beyond + u32::from(self.beyond > 0)
    }

    /// Keeps a solution once it is proved on all samples.
    fn keep(&mut self, body: Expr, cost: u32) {
        if self.solutions.iter().any(|known| known.body == body) {
            return;
        }
        let program = Program::new(self.task.params.to_vec(), self.task.gives, body.clone());
        let Ok(program) = program else {
            return;
        };
        let limits = Limits::default();
        let mut cost = cost;
        let mut exact = true;
        let fits = self.task.samples.iter().all(|sample| {
            let value = program.run(&sample.input, limits);
            exact &= value.as_ref() == Ok(&sample.output);
            value.is_ok_and(|value| value.same(&sample.output))
        });
        if !exact {
            cost += INEXACT;
        }
        if fits && cost < self.below() {
            self.solutions.push(Solution { body, cost });
            let most = self.best() + self.beyond;
            self.solutions.retain(|solution| solution.cost <= most);
        }
    }

    /// Terms that are the goal.
    fn direct(&mut self) {
        let everywhere = Set::all(self.bank.labelled());
        let hits: Vec<(Expr, u32)> = self.bank.terms()[self.checked..]
            .iter()
            .filter(|term| {
                term.ty == self.task.gives
                    && !term.fixed
                    && self.bank.matches(term, &self.goal) == everywhere
            })
            .map(|term| (term.expr.clone(), u32::from(term.cost)))
            .collect();
        self.checked = self.bank.terms().len();
        for (body, cost) in hits {
            self.keep(body, cost);
        }
    }

    /// Lambdas over lists that came into the bank and are cheap enough to have bodies at `cost`.
    fn open_lambdas(&mut self, cost: u8) {
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
    fn open_related(&mut self) {
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

    fn open(&mut self, over: Over, sources: &[u32]) {
        let inner = Inner::new(&self.bank, over, sources, &mut self.purse);
        self.inners.extend(inner);
    }

    fn grow_lambdas(&mut self, cost: u8) {
        for at in 0..self.inners.len() {
            let inner = &mut self.inners[at];
            let body = cost.saturating_sub(1 + inner.cost).min(BODY_COST);
            inner.grow(body, &self.weights, &self.patterns, &mut self.purse);
            inner.publish(&mut self.bank, cost, &self.weights, &mut self.purse);
        }
    }

    /// Answers put together from the outer bank.
    fn assemble(&mut self) {
        let below = self.below();
        if let Some((body, cost)) = assemble(&self.bank, &self.goal, self.task.gives, below) {
            self.keep(body, cost);
        }
    }

    /// Answers that are a lambda over a list, perhaps joined to a text.
    fn through_lists(&mut self) {
        let mut found = Vec::new();
        for inner in &self.inners {
            let below = self.below();
            if let Some(rows) = lists_of(&self.goal) {
                found.extend(self.mapped(inner, &rows, below));
                if inner.over == Over::Items {
                    found.extend(self.filtered(inner, &rows, below));
                }
            }
            if self.task.gives == Type::TEXT {
                found.extend(self.joined(inner, below));
                found.extend(self.run_together(inner, below));
            }
        }
        for (body, cost) in found {
            self.keep(body, cost);
        }
    }

    fn form_cost(&self, inner: &Inner, form: Form) -> u32 {
        u32::from(inner.cost) + u32::from(self.weights.form(form))
    }

    /// A map whose items are known from `rows`.
    fn mapped(&self, inner: &Inner, rows: &[Vec<Value>], below: u32) -> Option<(Expr, u32)> {
        let form = inner.forms()[0];
        let items = flat(inner, rows)?;
        let ty = Type::infer(&items.iter().map(Value::to_json).collect::<Vec<_>>())?;
        let spent = self.form_cost(inner, form);
        let below = below.checked_sub(spent)?;
        let everywhere = Set::all(items.len());
        let direct = inner.bank.terms().iter().find(|term| {
            term.ty == ty && term.own && inner.bank.matches(term, &items) == everywhere
        });
        let (body, cost) = match direct {
            Some(term) => (term.expr.clone(), u32::from(term.cost)),
            None => assemble(&inner.bank, &items, ty, below)?,
        };
        Some((inner.call(form, &self.bank, body), cost + spent))
    }

    /// A filter that keeps what `rows` have of the list.
    fn filtered(&self, inner: &Inner, rows: &[Vec<Value>], below: u32) -> Option<(Expr, u32)> {
        let mut wanted = Set::default();
        for (row, kept) in rows.iter().enumerate() {
            let span = inner.spans[row].clone()?;
            let Some(Value::List(items)) = &self.bank.term(inner.sources[0]).column[row] else {
                return None;
            };
            let mut left = items.to_vec();
            left.retain(|item| kept.iter().any(|other| other.same(item)));
            if left.len() != kept.len() || !left.iter().zip(kept).all(|(a, b)| a.same(b)) {
                return None;
            }
            for (at, item) in span.zip(items.iter()) {
                if kept.iter().any(|other| other.same(item)) {
                    wanted.insert(at);
                }
            }
        }
        let spent = self.form_cost(inner, Form::Filter);
        let (body, cost) = pair(&inner.bank, &wanted, below.checked_sub(spent)?)?;
        Some((inner.call(Form::Filter, &self.bank, body), cost + spent))
    }

    /// A map whose items are joined by a sign that the outputs contain.
    fn joined(&self, inner: &Inner, below: u32) -> Option<(Expr, u32)> {
        let join = find_op("join")?;
        let texts = texts_of(&self.goal)?;
        let mut best: Option<(Expr, u32)> = None;
        for term in self.bank.terms() {
            let (true, Some(Value::Text(sign))) = (term.fixed, &term.column[0]) else {
                continue;
            };
            let rows: Option<Vec<Vec<Value>>> = if sign.is_empty() {
                texts
                    .iter()
                    .enumerate()
                    .map(|(row, text)| even_parts(text, inner.spans[row].as_ref()?.len()))
                    .collect()
            } else if texts.iter().any(|text| text.contains(&**sign)) {
                Some(
                    texts
                        .iter()
                        .map(|text| text.split(&**sign).map(Value::text).collect())
                        .collect(),
                )
            } else {
                None
            };
            let Some(rows) = rows else { continue };
            let spent = 2 + u32::from(term.cost);
            let limit = best.as_ref().map_or(below, |(_, cost)| *cost);
            let Some(limit) = limit.checked_sub(spent) else {
                continue;
            };
            if let Some((list, cost)) = self.mapped(inner, &rows, limit)
                && cost < limit
            {
                let expr = Expr::Call(join, [list, term.expr.clone()].into());
                best = Some((expr, cost + spent));
            }
        }
        best
    }

    /// A map to texts that, run together and perhaps changed as a whole, are the goal.
    fn run_together(&self, inner: &Inner, below: u32) -> Option<(Expr, u32)> {
        let join = find_op("join")?;
        let texts = texts_of(&self.goal)?;
        let form = inner.forms()[0];
        let spent = self.form_cost(inner, form) + 4;
        let wraps: Vec<(Op, u8)> = self
            .weights
            .ops()
            .iter()
            .filter(|(op, _)| {
                op.takes().len() == 1
                    && op.takes()[0].shape() == crate::lang::Shape::Text
                    && op.gives() == crate::lang::Shape::Text
            })
            .copied()
            .collect();
        let mut best: Option<(Expr, u32)> = None;
        for term in inner.bank.terms() {
            let limit = best.as_ref().map_or(below, |(_, cost)| *cost);
            let cost = spent + u32::from(term.cost);
            if term.ty != Type::TEXT || !term.own || cost >= limit {
                continue;
            }
            let run = |row: usize| -> Option<String> {
                let span = inner.spans[row].clone()?;
                let mut out = String::new();
                for value in &term.column[span] {
                    match value {
                        Some(Value::Text(text)) => out.push_str(text),
                        _ => return None,
                    }
                }
                Some(out)
            };
            let list = || inner.call(form, &self.bank, term.expr.clone());
            let joined = || Expr::Call(join, [list(), Expr::Literal(Value::text(""))].into());
            let Some(first) = run(0) else { continue };
            // A change as a whole leaves most letters as they are.
            if !first.eq_ignore_ascii_case(texts[0]) {
                continue;
            }
            if (0..texts.len()).all(|row| run(row).as_deref() == Some(texts[row])) {
                best = Some((joined(), cost));
                continue;
            }
            for (op, weight) in &wraps {
                let wrapped = |row: usize| {
                    let text = run(row)?;
                    let mut meter = crate::lang::Meter::new(Limits::new(4_000, 64 << 10));
                    op.apply(&[Value::text(text)], &mut meter).ok()
                };
                let total = cost + u32::from(*weight);
                if total < best.as_ref().map_or(below, |(_, cost)| *cost)
                    && (0..texts.len()).all(|row| wrapped(row) == Some(Value::text(texts[row])))
                {
                    best = Some((Expr::Call(*op, [joined()].into()), total));
                }
            }
        }
        best
    }
}

fn plain(ty: Type, cost: u8, fixed: bool, expr: Expr, column: Vec<Option<Value>>) -> Term {
    Term {
        ty,
        cost,
        fixed,
        plain: true,
        own: true,
        expr,
        column: column.into(),
    }
}

/// Answers put together from the terms of one bank: by concatenation, on a line, by two predicates, by choice.
fn assemble(bank: &Bank, goal: &[Value], ty: Type, below: u32) -> Option<(Expr, u32)> {
    let mut best: Option<(Expr, u32)> = None;
    let mut offer = |found: Option<(Expr, u32)>| -> u32 {
        if let Some((expr, cost)) = found
            && cost < best.as_ref().map_or(below, |(_, cost)| *cost)
        {
            best = Some((expr, cost));
        }
        best.as_ref().map_or(below, |(_, cost)| *cost)
    };
    let mut limit = below;
    if ty == Type::TEXT
        && let Some(pieces) = Pieces::new(bank, goal)
    {
        let mut choices = predicates(bank);
        choices.truncate(CHOICES);
        limit = offer(pieces.cheapest(bank, &Set::all(goal.len()), &choices, limit));
    }
    if ty == Type::NUMBER {
        limit = offer(line(bank, goal, limit));
    }
    if ty == Type::BOOL {
        let mut wanted = Set::default();
        for (row, value) in goal.iter().enumerate() {
            if *value == Value::Bool(true) {
                wanted.insert(row);
            }
        }
        limit = offer(pair(bank, &wanted, limit));
    } else {
        limit = offer(Trees::new(bank, goal, ty).cheapest(limit));
    }
    let _ = limit;
    best
}

fn lists_of(goal: &[Value]) -> Option<Vec<Vec<Value>>> {
    goal.iter()
        .map(|value| match value {
            Value::List(items) => Some(items.to_vec()),
            _ => None,
        })
        .collect()
}

fn texts_of(goal: &[Value]) -> Option<Vec<&str>> {
    goal.iter()
        .map(|value| match value {
            Value::Text(text) => Some(&**text),
            _ => None,
        })
        .collect()
}

/// Whether `part` is what a filter could leave of `items`.
fn is_part(part: &[Value], items: &[Value]) -> bool {
    let mut next = items.iter();
    part.len() <= items.len() && part.iter().all(|wanted| next.any(|item| item.same(wanted)))
}

/// The items of `rows` in one row, when there are as many as the lambda has rows everywhere.
fn flat(inner: &Inner, rows: &[Vec<Value>]) -> Option<Vec<Value>> {
    let mut out = Vec::new();
    for (row, items) in rows.iter().enumerate() {
        if inner.spans[row].as_ref()?.len() != items.len() {
            return None;
        }
        out.extend_from_slice(items);
    }
    Some(out)
}

/// `text` in so many parts of one length, up to three characters each.
fn even_parts(text: &str, parts: usize) -> Option<Vec<Value>> {
    let chars: Vec<char> = text.chars().collect();
    if parts == 0 {
        return chars.is_empty().then(Vec::new);
    }
    let size = chars.len() / parts;
    ((1..=3).contains(&size) && size * parts == chars.len()).then(|| {
        chars
            .chunks(size)
            .map(|part| Value::text(part.iter().collect::<String>()))
            .collect()
    })
}
