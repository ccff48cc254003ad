//! Answers that are a lambda over a list, perhaps joined to a text.

use crate::lang::{Expr, Form, Limits, Meter, Op, Shape, Type, Value, find_op};

use super::{
    super::{
        inner::{Inner, Over},
        predicates::pair,
        set::Set,
    },
    assemble::assemble,
    search::{Search, lists_of},
};

impl Search<'_> {
    /// Answers that are a lambda over a list, perhaps joined to a text.
    pub(super) fn through_lists(&mut self) {
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
        if !self.purse.compare(inner.bank.terms().len()) {
            return None;
        }
        let everywhere = Set::all(items.len());
        let direct = inner.bank.terms().iter().find(|term| {
            term.ty == ty && term.own && inner.bank.matches(term, &items) == everywhere
        });
        let (body, cost) = match direct {
            Some(term) => (term.expr.clone(), u32::from(term.cost)),
            None => assemble(&inner.bank, &items, ty, below, &self.purse)?,
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
        let (body, cost) = pair(&inner.bank, &wanted, below.checked_sub(spent)?, &self.purse)?;
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
                    && op.takes()[0].shape() == Shape::Text
                    && op.gives() == Shape::Text
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
            if !self.purse.compare(wraps.len()) {
                return best;
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
                    let mut meter = Meter::new(Limits::new(4_000, 64 << 10));
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

fn texts_of(goal: &[Value]) -> Option<Vec<&str>> {
    goal.iter()
        .map(|value| match value {
            Value::Text(text) => Some(&**text),
            _ => None,
        })
        .collect()
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
