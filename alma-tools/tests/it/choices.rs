//! Random programs and values out of bytes: what a property test shrinks stays a program.

use std::sync::Arc;

use alma_tools::lang::{Base, Expr, Form, Op, Param, Program, Shape, Take, Type, Value};

/// Bytes that decide; when they run out every decision is the first one.
pub(crate) struct Choices<'a> {
    bytes: &'a [u8],
}

/// The types that programs are made of.
const TYPES: [Type; 5] = [Type::NUMBER, Type::TEXT, Type::BOOL, Type::DATE, Type::JSON];

const TEXTS: [&str; 16] = [
    "",
    " ",
    "a",
    "Ada Lovelace",
    "0",
    "-1.5e3",
    "1,234.50",
    "x,y;z",
    "Zoë Ångström ß İ",
    "\u{0}\n\t\u{feff}",
    "2024-02-29",
    "29/02/2023 23:59:60",
    "MCMXCIV",
    "snake_case_And-kebab",
    "ﬃ👩‍👩‍👧‍👦e\u{301}",
    "((([[[{{{",
];

const NUMBERS: [f64; 16] = [
    0.0,
    1.0,
    -1.0,
    0.5,
    2.0,
    3.0,
    10.0,
    -7.25,
    1e-9,
    128.0,
    4_000.0,
    1e6,
    9_007_199_254_740_992.0,
    -9_007_199_254_740_991.0,
    f64::MAX,
    f64::MIN_POSITIVE,
];

const PATTERNS: [&str; 10] = [
    "YYYY-MM-DD",
    "D MMM YYYY",
    "dddd",
    "H:mm",
    "hh:mm A",
    "ss",
    "[at] Q",
    "[",
    "nonsense",
    "",
];

impl<'a> Choices<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    fn below(&mut self, most: usize) -> usize {
        let Some((first, rest)) = self.bytes.split_first() else {
            return 0;
        };
        self.bytes = rest;
        usize::from(*first) % most.max(1)
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn ty(&mut self) -> Type {
        let depth = self.one(&[0, 0, 0, 1, 1, 2]);
        self.one(&[
            Type::NUMBER,
            Type::TEXT,
            Type::BOOL,
            Type::DATE,
            Type::TEXT,
            Type::NUMBER,
            Type::JSON,
        ])
        .lists(depth)
    }

    /// A program that the type checker passes, when these bytes make one.
    pub(crate) fn program(&mut self) -> Option<Program> {
        let count = 1 + self.below(3);
        let params: Vec<Param> = (0..count)
            .map(|at| Param {
                name: format!("arg{at}"),
                ty: self.ty(),
            })
            .collect();
        let gives = self.ty();
        let types: Vec<Type> = params.iter().map(|param| param.ty).collect();
        let body = self.expr(gives, &types, &mut Vec::new(), 5);
        Program::new(params, gives, body).ok()
    }

    /// One argument for each parameter.
    pub(crate) fn arguments(&mut self, program: &Program) -> Vec<Value> {
        let params = program.params().iter();
        params.map(|param| self.value(param.ty, 0)).collect()
    }

    fn value(&mut self, ty: Type, depth: usize) -> Value {
        if let Some(item) = ty.item() {
            let length = match depth {
                0 => self.one(&[0, 1, 2, 3, 7, 40, 300]),
                1 => self.one(&[0, 1, 2, 5, 30]),
                _ => self.one(&[1, 2, 3, 0]),
            };
            let few: Vec<Value> = (0..length.min(5))
                .map(|_| self.value(item, depth + 1))
                .collect();
            return Value::list(few.iter().cycle().take(length).cloned().collect::<Vec<_>>());
        }
        match ty.base() {
            Base::Bool => Value::Bool(self.below(2) == 0),
            Base::Number => Value::Number(self.one(&NUMBERS)),
            Base::Date => Value::Date(
                format!(
                    "{}-{:02}-{:02}",
                    self.one(&["2024", "1999", "0001", "9999"]),
                    1 + self.below(12),
                    1 + self.below(28)
                )
                .parse()
                .unwrap(),
            ),
            Base::Text => {
                let text = self.one(&TEXTS);
                // A program's own literals are short: its text has a limit.
                let times = if depth < 2 {
                    self.one(&[1, 1, 1, 2, 50, 900])
                } else {
                    1
                };
                Value::text(text.repeat(times))
            }
            Base::Json => match self.below(5) {
                0 => Value::Null,
                1 => Value::Bool(true),
                2 => Value::Number(self.one(&NUMBERS)),
                3 if depth < 4 => Value::list(vec![self.value(Type::JSON, depth + 1)]),
                _ => Value::text(self.one(&TEXTS)),
            },
        }
    }

    fn expr(&mut self, ty: Type, params: &[Type], locals: &mut Vec<Type>, fuel: usize) -> Expr {
        if fuel == 0 || self.bytes.is_empty() {
            return self.leaf(ty, params, locals);
        }
        // The outer levels are never plain.
        let from = if fuel > 3 { 1 } else { 0 };
        match from + self.below(9 - from) {
            0 => self.leaf(ty, params, locals),
            1 => {
                let condition = self.expr(Type::BOOL, params, locals, fuel - 1);
                let yes = self.expr(ty, params, locals, fuel - 1);
                let no = self.expr(ty, params, locals, fuel - 1);
                Expr::If([condition, yes, no].into())
            }
            2..=4 => {
                let form = self.one(&Form::ALL);
                self.each(form, ty, params, locals, fuel - 1)
                    .unwrap_or_else(|| self.leaf(ty, params, locals))
            }
            _ => self
                .call(ty, params, locals, fuel - 1)
                .unwrap_or_else(|| self.leaf(ty, params, locals)),
        }
    }

    fn leaf(&mut self, ty: Type, params: &[Type], locals: &[Type]) -> Expr {
        let number = |at: usize| u8::try_from(at).unwrap();
        let params = (0..params.len()).filter(|at| params[*at] == ty);
        let locals = (0..locals.len()).filter(|at| locals[*at] == ty);
        let mut known: Vec<Expr> = params
            .map(|at| Expr::Param(number(at)))
            .chain(locals.map(|at| Expr::Local(number(at))))
            .collect();
        let pick = self.below(known.len() + 1);
        if pick < known.len() {
            return known.swap_remove(pick);
        }
        Expr::Literal(self.value(ty, 2))
    }

    fn call(
        &mut self,
        ty: Type,
        params: &[Type],
        locals: &mut Vec<Type>,
        fuel: usize,
    ) -> Option<Expr> {
        let item_of = |shape: Shape| match shape {
            Shape::Item | Shape::Ordered => Some(ty),
            Shape::List | Shape::OrderedList => ty.item(),
            Shape::Nested => ty.item().and_then(Type::item),
            _ => None,
        };
        let fitting: Vec<Op> = Op::all()
            .filter(|op| {
                let mut item = None;
                op.gives().accept(ty, &mut item)
            })
            .collect();
        if fitting.is_empty() {
            return None;
        }
        let op = fitting[(self.below(256) * 256 + self.below(256)) % fitting.len()];
        let item = item_of(op.gives()).unwrap_or_else(|| self.one(&TYPES));
        let mut args = Vec::new();
        for take in op.takes() {
            args.push(match take {
                Take::DatePattern | Take::TimePattern => {
                    Expr::Literal(Value::text(self.one(&PATTERNS)))
                }
                other => {
                    let ty = other.shape().resolve(Some(item))?;
                    self.expr(ty, params, locals, fuel)
                }
            });
        }
        Some(Expr::Call(op, args.into()))
    }

    fn each(
        &mut self,
        form: Form,
        ty: Type,
        params: &[Type],
        locals: &mut Vec<Type>,
        fuel: usize,
    ) -> Option<Expr> {
        let free = self.one(&TYPES);
        let (item, body) = match form {
            Form::Map | Form::ZipWith | Form::Adjacent => (free, ty.item()?),
            Form::Filter | Form::TakeWhile | Form::DropWhile => (ty.item()?, Type::BOOL),
            Form::CountIf if ty == Type::NUMBER => (free, Type::BOOL),
            Form::All | Form::Any if ty == Type::BOOL => (free, Type::BOOL),
            Form::Find => (ty, Type::BOOL),
            Form::SortBy => (ty.item()?, Type::TEXT),
            Form::MaxBy | Form::MinBy => (ty, Type::NUMBER),
            Form::Fold => (free, ty),
            Form::Scan => (free, ty.item()?),
            _ => return None,
        };
        let mut lists = vec![self.expr(item.list()?, params, locals, fuel)];
        let variables = match form {
            Form::ZipWith => {
                lists.push(self.expr(free.list()?, params, locals, fuel));
                vec![item, free]
            }
            Form::Fold | Form::Scan => {
                lists.push(self.expr(body, params, locals, fuel));
                vec![body, item]
            }
            Form::Adjacent => vec![item, item],
            _ => vec![item],
        };
        let level = locals.len();
        locals.extend(variables);
        let made = self.expr(body, params, locals, fuel);
        locals.truncate(level);
        Some(Expr::Each(form, lists.into(), Arc::new(made)))
    }
}
