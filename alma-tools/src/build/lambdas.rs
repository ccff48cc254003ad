//! Lambdas over lists: terms over the items of a list, and what each form makes of them.

use super::{
    Task,
    bank::{Bank, Patterns, Purse, Term},
    constants,
    hints::Weights,
};
use crate::lang::{Expr, Form, Limits, Meter, Type, Value, call_form, eval_in};

/// The most terms over the items of one list.
const TERMS: usize = 2_500;
/// The highest cost of a lambda's body.
const BODY: u8 = 6;
/// The highest cost of a list that lambdas go over.
const LIST: u8 = 3;
/// The most lists that lambdas go over.
const LISTS: usize = 8;
/// The most items that bodies are told apart by.
const ITEMS: usize = 120;
/// One lambda over one list.
const LIMITS: Limits = Limits::new(20_000, 256 << 10);

/// Terms of the form "each" that wait until the bank reaches their cost.
pub(super) struct Lambdas<'a> {
    inputs: &'a [&'a [Value]],
    constants: Vec<(Value, u8)>,
    weights: &'a Weights,
    explored: usize,
    lists: usize,
    waiting: Vec<Vec<Waiting>>,
}

struct Waiting {
    form: Form,
    lists: Vec<Expr>,
    columns: Vec<Box<[Option<Value>]>>,
    body: Expr,
    ty: Type,
}

impl<'a> Lambdas<'a> {
    pub(super) fn new(task: &Task<'_>, inputs: &'a [&'a [Value]], weights: &'a Weights) -> Self {
        Self {
            inputs,
            constants: constants::constants(task),
            weights,
            explored: 0,
            lists: 0,
            waiting: Vec::new(),
        }
    }

    /// Looks for lists among the terms that are new, and makes lambdas over their items.
    pub(super) fn explore(&mut self, bank: &Bank, cost: u8, purse: &mut Purse) {
        if cost > LIST {
            return;
        }
        let lists: Vec<&Term> = bank.terms()[self.explored..]
            .iter()
            .filter(|term| !term.fixed && term.ty.item().is_some())
            .collect();
        self.explored = bank.terms().len();
        for (at, list) in lists.iter().enumerate() {
            if self.lists >= LISTS {
                return;
            }
            self.lists += 1;
            self.single(list, purse);
            self.neighbours(list, purse);
            for other in lists[at + 1..]
                .iter()
                .filter(|other| other.plain && list.plain)
            {
                self.pairs(list, other, purse);
            }
        }
    }

    /// Puts the lambdas of this cost into the bank.
    pub(super) fn offer(&mut self, cost: u8, bank: &mut Bank, purse: &mut Purse) {
        let Some(waiting) = self.waiting.get_mut(usize::from(cost)) else {
            return;
        };
        for each in std::mem::take(waiting) {
            if purse.is_empty() || bank.is_full() {
                return;
            }
            let column = self.column(&each, bank.labelled(), purse);
            let Some(column) = column else { continue };
            let term = Term {
                ty: each.ty,
                cost,
                fixed: false,
                plain: false,
                own: true,
                expr: Expr::Each(each.form, each.lists.into(), each.body.into()),
                column: column.into(),
            };
            bank.offer(term, purse);
        }
    }

    fn column(
        &self,
        each: &Waiting,
        labelled: usize,
        purse: &mut Purse,
    ) -> Option<Vec<Option<Value>>> {
        let mut column = Vec::with_capacity(self.inputs.len());
        for (row, input) in self.inputs.iter().enumerate() {
            let lists: Option<Vec<Value>> = each
                .columns
                .iter()
                .map(|column| column[row].clone())
                .collect();
            let value = lists.and_then(|lists| {
                let mut meter = Meter::new(LIMITS);
                call_form(each.form, &lists, &mut meter, &mut |variables, meter| {
                    purse.evaluations = purse.evaluations.saturating_sub(1);
                    eval_in(&each.body, input, variables, meter)
                })
                .ok()
            });
            if value.is_none() && row < labelled {
                return None;
            }
            column.push(value);
        }
        Some(column)
    }

    fn single(&mut self, list: &Term, purse: &mut Purse) {
        let Some(item) = list.ty.item() else { return };
        let rows = self.rows(list, |items| {
            items.iter().map(|item| vec![item.clone()]).collect()
        });
        let bank = self.bodies(&rows, &[item], purse);
        for term in bank.terms().iter().filter(|term| term.own) {
            let forms: &[Form] = if term.ty == Type::BOOL {
                &[
                    Form::Filter,
                    Form::CountIf,
                    Form::All,
                    Form::Any,
                    Form::Find,
                    Form::TakeWhile,
                    Form::DropWhile,
                    Form::Map,
                ]
            } else if term.ty.is_ordered() {
                &[Form::Map, Form::SortBy, Form::MaxBy, Form::MinBy]
            } else {
                &[Form::Map]
            };
            for form in forms {
                let ty = match form {
                    Form::Filter | Form::TakeWhile | Form::DropWhile | Form::SortBy => {
                        Some(list.ty)
                    }
                    Form::CountIf => Some(Type::NUMBER),
                    Form::All | Form::Any => Some(Type::BOOL),
                    Form::Find | Form::MaxBy | Form::MinBy => Some(item),
                    _ => term.ty.list(),
                };
                // The item itself as the body changes nothing, or is an operation of its own.
                if let (Some(ty), false) = (ty, term.plain) {
                    self.wait(*form, &[list], term, ty);
                }
            }
        }
    }

    fn neighbours(&mut self, list: &Term, purse: &mut Purse) {
        let Some(item) = list.ty.item().filter(|item| item.depth() == 0) else {
            return;
        };
        let rows = self.rows(list, |items| {
            items.windows(2).map(<[Value]>::to_vec).collect()
        });
        self.two(&rows, [item, item], Form::Adjacent, &[list], purse);
    }

    fn pairs(&mut self, a: &Term, b: &Term, purse: &mut Purse) {
        let (Some(first), Some(second)) = (a.ty.item(), b.ty.item()) else {
            return;
        };
        let mut rows = Vec::new();
        for (row, (a, b)) in a.column.iter().zip(&b.column).enumerate() {
            if let (Some(Value::List(a)), Some(Value::List(b))) = (a, b) {
                rows.extend(
                    a.iter()
                        .zip(b.iter())
                        .map(|(a, b)| (row, vec![a.clone(), b.clone()])),
                );
            }
        }
        rows.truncate(ITEMS);
        self.two(&rows, [first, second], Form::ZipWith, &[a, b], purse);
    }

    fn two(
        &mut self,
        rows: &[(usize, Vec<Value>)],
        types: [Type; 2],
        form: Form,
        lists: &[&Term],
        purse: &mut Purse,
    ) {
        let bank = self.bodies(rows, &types, purse);
        for term in bank.terms().iter().filter(|term| term.own && !term.plain) {
            if let Some(ty) = term.ty.list() {
                self.wait(form, lists, term, ty);
            }
        }
    }

    fn wait(&mut self, form: Form, lists: &[&Term], body: &Term, ty: Type) {
        let lists_cost: u8 = lists.iter().map(|list| list.cost).sum();
        let cost = usize::from(lists_cost + self.weights.form(form) + body.cost);
        if self.waiting.len() <= cost {
            self.waiting.resize_with(cost + 1, Vec::new);
        }
        self.waiting[cost].push(Waiting {
            form,
            lists: lists.iter().map(|list| list.expr.clone()).collect(),
            columns: lists.iter().map(|list| list.column.clone()).collect(),
            body: body.expr.clone(),
            ty,
        });
    }

    /// The variables of a lambda over a list, with the row of the input that each comes from.
    fn rows(
        &self,
        list: &Term,
        split: impl Fn(&[Value]) -> Vec<Vec<Value>>,
    ) -> Vec<(usize, Vec<Value>)> {
        let mut rows = Vec::new();
        for (row, value) in list.column.iter().enumerate() {
            if let Some(Value::List(items)) = value {
                rows.extend(split(items).into_iter().map(|variables| (row, variables)));
            }
        }
        rows.truncate(ITEMS);
        rows
    }

    /// Terms over the variables, the parameters and the constants.
    fn bodies(&self, rows: &[(usize, Vec<Value>)], types: &[Type], purse: &mut Purse) -> Bank {
        // Bodies need a value on most items at best: the form itself decides where it needs one.
        let mut bank = Bank::new(rows.len(), 0, TERMS);
        let leaf = |ty, cost, fixed, own, expr, column: Vec<Option<Value>>| Term {
            ty,
            cost,
            fixed,
            plain: true,
            own,
            expr,
            column: column.into(),
        };
        for (at, ty) in types.iter().enumerate() {
            let column = rows
                .iter()
                .map(|(_, variables)| variables.get(at).cloned())
                .collect();
            let local = u8::try_from(at).unwrap_or(u8::MAX);
            bank.offer(leaf(*ty, 1, false, true, Expr::Local(local), column), purse);
        }
        let width = self.inputs.first().map_or(0, |input| input.len());
        for at in 0..width {
            let column: Vec<_> = rows
                .iter()
                .map(|(row, _)| self.inputs[*row].get(at).cloned())
                .collect();
            let Some(ty) = column.iter().flatten().next().and_then(type_of) else {
                continue;
            };
            if !column.iter().flatten().all(|value| value.is(ty)) {
                continue;
            }
            let number = u8::try_from(at).unwrap_or(u8::MAX);
            bank.offer(
                leaf(ty, 2, false, false, Expr::Param(number), column),
                purse,
            );
        }
        for (value, cost) in &self.constants {
            let ty = if matches!(value, Value::Text(_)) {
                Type::TEXT
            } else {
                Type::NUMBER
            };
            let column = vec![Some(value.clone()); rows.len()];
            bank.offer(
                leaf(ty, *cost, true, false, Expr::Literal(value.clone()), column),
                purse,
            );
        }
        let patterns = Patterns::default();
        for cost in 2..=BODY {
            bank.grow(cost, self.weights, &patterns, purse);
            if bank.is_full() || purse.is_empty() {
                break;
            }
        }
        bank
    }
}

/// The type of single things that are parameters; lists as parameters are not looked into from a lambda.
fn type_of(value: &Value) -> Option<Type> {
    match value {
        Value::Bool(_) => Some(Type::BOOL),
        Value::Number(_) => Some(Type::NUMBER),
        Value::Text(_) => Some(Type::TEXT),
        Value::Date(_) => Some(Type::DATE),
        Value::Null | Value::List(_) => None,
    }
}
