//! The state of a search and its round at each cost.

use crate::lang::{Expr, Limits, Program, Type, Value};

use super::{
    super::{
        Effort, Found, Solution, Task,
        bank::{Bank, Patterns, Term},
        constants::constants,
        hints::Weights,
        inner::Inner,
        patterns::patterns,
        purse::Purse,
        set::Set,
    },
    assemble::assemble,
};

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
        evaluations: effort.evaluations - purse.evaluations(),
        spent: purse.is_empty(),
    }
}

pub(super) struct Search<'a> {
    pub(super) task: &'a Task<'a>,
    pub(super) weights: Weights,
    pub(super) patterns: Patterns,
    pub(super) purse: Purse,
    pub(super) goal: Vec<Value>,
    pub(super) bank: Bank,
    pub(super) inners: Vec<Inner>,
    /// Outer terms up to this one were looked at as sources of lambdas.
    pub(super) looked: usize,
    /// Outer terms up to this one were compared with the goal.
    pub(super) compared: usize,
    /// Outer terms up to this one were looked at as answers.
    pub(super) checked: usize,
    pub(super) related: usize,
    pub(super) solutions: Vec<Solution>,
    pub(super) beyond: u32,
}

impl<'a> Search<'a> {
    fn new(task: &'a Task<'a>, effort: Effort) -> Self {
        let labelled = task.samples.len();
        let rows = labelled + task.probes.len();
        let purse = Purse::new(effort);
        let mut bank = Bank::new(rows, labelled, MOST_TERMS);
        for (at, param) in task.params.iter().enumerate() {
            let inputs = task.samples.iter().map(|s| &s.input).chain(task.probes);
            let column: Vec<_> = inputs.map(|input| input.get(at).cloned()).collect();
            let expr = Expr::Param(u8::try_from(at).unwrap_or(u8::MAX));
            bank.offer(plain(param.ty, 1, false, expr, column), &purse);
        }
        for (value, cost) in constants(task) {
            let ty = if matches!(value, Value::Text(_)) {
                Type::TEXT
            } else {
                Type::NUMBER
            };
            let column = vec![Some(value.clone()); rows];
            let term = plain(ty, cost, true, Expr::Literal(value), column);
            bank.offer(term, &purse);
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
                .grow(cost, &self.weights, &self.patterns, &self.purse);
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
    pub(super) fn below(&self) -> u32 {
        self.best() + self.beyond + u32::from(self.beyond > 0)
    }

    /// Keeps a solution once it is proved on all samples.
    pub(super) fn keep(&mut self, body: Expr, cost: u32) {
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

    /// Answers put together from the outer bank.
    fn assemble(&mut self) {
        let below = self.below();
        if let Some((body, cost)) =
            assemble(&self.bank, &self.goal, self.task.gives, below, &self.purse)
        {
            self.keep(body, cost);
        }
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

/// The rows of a goal, when all are lists.
pub(super) fn lists_of(goal: &[Value]) -> Option<Vec<Vec<Value>>> {
    goal.iter()
        .map(|value| match value {
            Value::List(items) => Some(items.to_vec()),
            _ => None,
        })
        .collect()
}
