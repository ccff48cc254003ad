//! The text form of programs; what it writes, the parser reads back.

use std::fmt::{Formatter, Result, Write as _};

use super::{Expr, Form, Param, Program, Value};

pub(crate) fn program(program: &Program, f: &mut Formatter<'_>) -> Result {
    f.write_char('(')?;
    for (at, param) in program.params().iter().enumerate() {
        if at > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{}: {}", param.name, param.ty)?;
    }
    write!(f, ") -> {} = ", program.gives())?;
    let names = Names(program.params());
    expr(program.body(), &names, 0, f)
}

/// What variables are called: x, y, z, then x3 and so on; never as a parameter.
struct Names<'a>(&'a [Param]);

impl Names<'_> {
    fn local(&self, level: u8) -> String {
        let mut name = match level {
            0 => "x".to_owned(),
            1 => "y".to_owned(),
            2 => "z".to_owned(),
            more => format!("x{more}"),
        };
        while self.0.iter().any(|param| param.name == name) {
            name.push('_');
        }
        name
    }
}

fn expr(node: &Expr, names: &Names<'_>, level: u8, f: &mut Formatter<'_>) -> Result {
    match node {
        Expr::Param(number) => match names.0.get(usize::from(*number)) {
            Some(param) => f.write_str(&param.name),
            None => write!(f, "?{number}"),
        },
        Expr::Local(at) => f.write_str(&names.local(*at)),
        Expr::Literal(value) => literal(value, f),
        Expr::Call(op, args) => {
            write!(f, "{}(", op.name())?;
            list(args, names, level, f)?;
            f.write_char(')')
        }
        Expr::If(parts) => {
            let [condition, yes, no] = &**parts;
            f.write_str("if ")?;
            expr(condition, names, level, f)?;
            f.write_str(" then ")?;
            expr(yes, names, level, f)?;
            f.write_str(" else ")?;
            expr(no, names, level, f)
        }
        Expr::Each(form, lists, body) => {
            write!(f, "{}(", form.name())?;
            list(lists, names, level, f)?;
            f.write_str(", ")?;
            lambda(*form, body, names, level, f)?;
            f.write_char(')')
        }
    }
}

fn list(items: &[Expr], names: &Names<'_>, level: u8, f: &mut Formatter<'_>) -> Result {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            f.write_str(", ")?;
        }
        expr(item, names, level, f)?;
    }
    Ok(())
}

fn lambda(form: Form, body: &Expr, names: &Names<'_>, level: u8, f: &mut Formatter<'_>) -> Result {
    let inner = level.saturating_add(form.variables());
    if form.variables() == 2 {
        write!(f, "({}, {})", names.local(level), names.local(level + 1))?;
    } else {
        f.write_str(&names.local(level))?;
    }
    f.write_str(" => ")?;
    expr(body, names, inner, f)
}

fn literal(value: &Value, f: &mut Formatter<'_>) -> Result {
    match value {
        Value::Date(date) => write!(f, "date\"{date}\""),
        Value::List(items) => {
            f.write_char('[')?;
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    f.write_str(", ")?;
                }
                literal(item, f)?;
            }
            f.write_char(']')
        }
        plain => write!(f, "{}", plain.to_json()),
    }
}
