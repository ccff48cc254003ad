//! Lambdas: a bank of their own, over the items of a list.

use std::ops::Range;

use crate::lang::{Expr, Form, Type, Value};

use super::{
    bank::{Bank, Column, Patterns, Term},
    hints::Weights,
    purse::Purse,
    set::Set,
};

/// The variables that a lambda has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// Each item of a list.
    Items,
    /// Each item and its successor.
    Neighbours,
    /// The items of two lists, side by side.
    Pairs,
}

/// A bank of lambda bodies.
pub(crate) struct Inner {
    pub(crate) over: Over,
    /// The outer terms that give the lists.
    pub(crate) sources: Vec<u32>,
    pub(crate) bank: Bank,
    /// Which rows of the bank belong to each outer row; none where the list has no value.
    pub(crate) spans: Vec<Option<Range<usize>>>,
    /// The cost of the lists.
    pub(crate) cost: u8,
    /// What costs this much or less was published.
    published: u8,
}

/// The most bodies of one lambda.
const MOST_BODIES: usize = 6_000;
/// Outer terms that a lambda may mention: cheap ones only.
const OUTER_COST: u8 = 4;
const OUTER_MOST: usize = 60;

impl Inner {
    /// A lambda over terms of `outer`; `None` when their items are too few or too many to learn from.
    pub(crate) fn new(outer: &Bank, over: Over, sources: &[u32], purse: &Purse) -> Option<Self> {
        let items = |id: u32, row: usize| match &outer.term(id).column[row] {
            Some(Value::List(items)) => Some(items.clone()),
            _ => None,
        };
        let mut spans = Vec::new();
        let mut variables: [Vec<Option<Value>>; 2] = [Vec::new(), Vec::new()];
        let mut owners = Vec::new();
        let mut labelled = 0;
        for row in 0..outer.rows() {
            let start = variables[0].len();
            let pairs: Option<Vec<(Value, Value)>> = match over {
                Over::Items => items(sources[0], row)
                    .map(|list| list.iter().map(|x| (x.clone(), x.clone())).collect()),
                Over::Neighbours => items(sources[0], row).map(|list| {
                    list.windows(2)
                        .map(|pair| (pair[0].clone(), pair[1].clone()))
                        .collect()
                }),
                Over::Pairs => items(sources[0], row)
                    .zip(items(sources[1], row))
                    .map(|(a, b)| a.iter().cloned().zip(b.iter().cloned()).collect()),
            };
            let Some(pairs) = pairs else {
                spans.push(None);
                continue;
            };
            for (a, b) in pairs {
                variables[0].push(Some(a));
                variables[1].push(Some(b));
                owners.push(row);
            }
            spans.push(Some(start..variables[0].len()));
            if row < outer.labelled() {
                labelled = variables[0].len();
            }
        }
        if labelled < 2 || owners.len() > Set::MOST {
            return None;
        }
        let item = outer.term(sources[0]).ty.item()?;
        let other = match over {
            Over::Items | Over::Neighbours => item,
            Over::Pairs => outer.term(sources[1]).ty.item()?,
        };
        let mut bank = Bank::new(owners.len(), labelled, MOST_BODIES);
        let count = if over == Over::Items { 1 } else { 2 };
        for (at, (column, ty)) in variables.into_iter().zip([item, other]).enumerate() {
            if at < count {
                let expr = Expr::Local(u8::try_from(at).unwrap_or(0));
                bank.offer(variable(ty, expr, column.into()), purse);
            }
        }
        broadcast(outer, &owners, &mut bank, purse);
        Some(Self {
            over,
            sources: sources.to_vec(),
            bank,
            spans,
            cost: sources.iter().map(|id| outer.term(*id).cost).sum(),
            published: 0,
        })
    }

    /// The forms that go with these variables.
    pub(crate) fn forms(&self) -> &'static [Form] {
        match self.over {
            Over::Items => &[
                Form::Map,
                Form::Filter,
                Form::CountIf,
                Form::All,
                Form::Any,
                Form::Find,
                Form::TakeWhile,
                Form::DropWhile,
                Form::SortBy,
                Form::MaxBy,
                Form::MinBy,
            ],
            Over::Neighbours => &[Form::Adjacent],
            Over::Pairs => &[Form::ZipWith],
        }
    }

    /// Grows the bodies up to `cost`.
    pub(crate) fn grow(&mut self, cost: u8, weights: &Weights, patterns: &Patterns, purse: &Purse) {
        while self.bank.grown < cost && !self.bank.is_full() && !purse.is_empty() {
            let next = self.bank.grown + 1;
            self.bank.grow(next, weights, patterns, purse);
        }
    }

    /// The call of `form` with this body.
    pub(crate) fn call(&self, form: Form, outer: &Bank, body: Expr) -> Expr {
        let lists: Vec<Expr> = self
            .sources
            .iter()
            .map(|id| outer.term(*id).expr.clone())
            .collect();
        Expr::Each(form, lists.into(), body.into())
    }

    /// Adds to `outer` what the forms give for all bodies with which they cost at most `cost`.
    pub(crate) fn publish(&mut self, outer: &mut Bank, cost: u8, weights: &Weights, purse: &Purse) {
        for exact in self.published + 1..=cost {
            self.publish_at(outer, exact, weights, purse);
        }
        self.published = cost;
    }

    fn publish_at(&self, outer: &mut Bank, cost: u8, weights: &Weights, purse: &Purse) {
        let source = outer.term(self.sources[0]).ty;
        for form in self.forms() {
            let Some(left) = cost.checked_sub(weights.form(*form) + self.cost) else {
                continue;
            };
            if left > self.bank.grown {
                continue;
            }
            for ty in self.bank.types() {
                let Some(gives) = gives(*form, source, *ty) else {
                    continue;
                };
                for id in self.bank.level(*ty, left) {
                    let body = self.bank.term(*id);
                    if !body.own || (body.plain && self.over == Over::Items) {
                        continue;
                    }
                    (0..outer.rows()).for_each(|_| purse.evaluate(0));
                    let Some(column) = self.column(*form, outer, body) else {
                        continue;
                    };
                    let term = Term {
                        ty: gives,
                        cost,
                        fixed: false,
                        plain: false,
                        own: true,
                        expr: self.call(*form, outer, body.expr.clone()),
                        column,
                    };
                    outer.offer(term, purse);
                }
            }
        }
    }

    /// What `form` gives on each outer row; `None` when a labelled row has no value.
    fn column(&self, form: Form, outer: &Bank, body: &Term) -> Option<Column> {
        let mut out = Vec::with_capacity(self.spans.len());
        for (row, span) in self.spans.iter().enumerate() {
            let value = span.as_ref().and_then(|span| {
                let values: Option<Vec<Value>> =
                    body.column[span.clone()].iter().cloned().collect();
                let items = match &outer.term(self.sources[0]).column[row] {
                    Some(Value::List(items)) => items.clone(),
                    _ => return None,
                };
                apply(form, &items, values?)
            });
            if value.is_none() && row < outer.labelled() {
                return None;
            }
            out.push(value);
        }
        Some(out.into())
    }
}

fn variable(ty: Type, expr: Expr, column: Column) -> Term {
    Term {
        ty,
        cost: 1,
        fixed: false,
        plain: true,
        own: true,
        expr,
        column,
    }
}

/// Makes constants, parameters and cheap terms of `outer` known inside.
fn broadcast(outer: &Bank, owners: &[usize], bank: &mut Bank, purse: &Purse) {
    let mut deeper = 0;
    for term in outer.terms() {
        if !term.plain {
            if term.cost > OUTER_COST || deeper >= OUTER_MOST || term.ty.depth() > 0 {
                continue;
            }
            deeper += 1;
        }
        let column: Vec<_> = owners.iter().map(|row| term.column[*row].clone()).collect();
        let inside = Term {
            ty: term.ty,
            cost: term.cost,
            fixed: term.fixed,
            plain: term.plain,
            own: false,
            expr: term.expr.clone(),
            column: column.into(),
        };
        bank.offer(inside, purse);
    }
}

fn gives(form: Form, source: Type, body: Type) -> Option<Type> {
    let predicate = body == Type::BOOL;
    match form {
        Form::Map | Form::ZipWith | Form::Adjacent => body.list(),
        Form::Filter | Form::TakeWhile | Form::DropWhile => predicate.then_some(source),
        Form::CountIf => predicate.then_some(Type::NUMBER),
        Form::All | Form::Any => predicate.then_some(Type::BOOL),
        Form::Find => source.item().filter(|_| predicate),
        Form::SortBy => body.is_ordered().then_some(source),
        Form::MaxBy | Form::MinBy => source.item().filter(|_| body.is_ordered()),
        Form::Fold | Form::Scan => None,
    }
}

/// `form` over `items`, for which the lambda has `values`.
fn apply(form: Form, items: &[Value], values: Vec<Value>) -> Option<Value> {
    let limits = crate::lang::Limits::new(4_000, 64 << 10);
    let mut meter = crate::lang::Meter::new(limits);
    match form {
        Form::Map | Form::ZipWith | Form::Adjacent => meter.list(values).ok(),
        _ => {
            let mut next = values.into_iter();
            let args = [Value::list(items)];
            let mut lambda = |_: &[Value], _: &mut crate::lang::Meter| {
                next.next().ok_or(crate::lang::Stop::Steps)
            };
            crate::lang::call_form(form, &args, &mut meter, &mut lambda).ok()
        }
    }
}
