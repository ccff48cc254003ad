//! The type checker: what it passes never meets an argument of the wrong type.

use alma_core::{Error, Result};

use super::{Expr, Form, Type, Value};

/// Expressions nested deeper than this are refused, so that evaluation cannot exhaust the stack.
pub(crate) const MAX_DEPTH: usize = 64;
/// The most nodes a program may have.
pub(crate) const MAX_SIZE: usize = 4096;

/// The type of `expr` where parameters have types `params`; `wanted` is only used where the
/// expression itself leaves its type open, as an empty list does.
pub(crate) fn check(expr: &Expr, params: &[Type], wanted: Type) -> Result<Type> {
    if expr.size() > MAX_SIZE {
        return Err(Error::invalid(format!(
            "cannot use a program of more than {MAX_SIZE} nodes"
        )));
    }
    let mut locals = Vec::new();
    check_at(expr, params, &mut locals, Some(wanted), 0)
}

fn wrong(what: &str, why: &str) -> Error {
    Error::invalid(format!("cannot type '{what}': {why}"))
}

fn check_at(
    expr: &Expr,
    params: &[Type],
    locals: &mut Vec<Type>,
    wanted: Option<Type>,
    depth: usize,
) -> Result<Type> {
    if depth > MAX_DEPTH {
        return Err(Error::invalid(format!(
            "cannot use a program nested deeper than {MAX_DEPTH}"
        )));
    }
    let depth = depth + 1;
    match expr {
        Expr::Param(number) => params
            .get(usize::from(*number))
            .copied()
            .ok_or_else(|| wrong("parameter", "there is no parameter of this number")),
        Expr::Local(level) => locals
            .get(usize::from(*level))
            .copied()
            .ok_or_else(|| wrong("variable", "no lambda around it has it")),
        Expr::Literal(value) => literal(value, wanted),
        Expr::Call(op, args) => {
            if args.len() != op.takes().len() {
                return Err(wrong(op.name(), "it has another number of arguments"));
            }
            let mut item = None;
            for (arg, take) in args.iter().zip(op.takes()) {
                let shape = take.shape();
                let hint = shape.resolve(item);
                let ty = check_at(arg, params, locals, hint, depth)?;
                if !shape.accept(ty, &mut item) {
                    return Err(wrong(op.name(), &format!("an argument is {ty}")));
                }
            }
            op.gives()
                .resolve(item)
                .ok_or_else(|| wrong(op.name(), "its result would be nested too deep"))
        }
        Expr::If(parts) => {
            let [condition, yes, no] = &**parts;
            if check_at(condition, params, locals, Some(Type::BOOL), depth)? != Type::BOOL {
                return Err(wrong("if", "its condition is not true or false"));
            }
            let yes = check_at(yes, params, locals, wanted, depth)?;
            let no = check_at(no, params, locals, wanted, depth)?;
            if yes != no {
                return Err(wrong("if", &format!("one side is {yes}, the other {no}")));
            }
            Ok(yes)
        }
        Expr::Each(form, lists, body) => {
            if lists.len() != form.lists() {
                return Err(wrong(form.name(), "it has another number of arguments"));
            }
            let mut types = Vec::with_capacity(2);
            for list in lists.iter() {
                types.push(check_at(list, params, locals, None, depth)?);
            }
            let item = types[0]
                .item()
                .ok_or_else(|| wrong(form.name(), "its first argument is no list"))?;
            let variables = match form {
                Form::ZipWith => {
                    let other = types[1].item();
                    [
                        item,
                        other
                            .ok_or_else(|| wrong(form.name(), "its second argument is no list"))?,
                    ]
                }
                Form::Fold | Form::Scan => [types[1], item],
                _ => [item, item],
            };
            let level = locals.len();
            locals.extend_from_slice(&variables[..usize::from(form.variables())]);
            let body = check_at(body, params, locals, None, depth);
            locals.truncate(level);
            given(*form, item, types.get(1).copied(), body?)
        }
    }
}

/// The type that a form gives for the type of its lambda's body.
fn given(form: Form, item: Type, start: Option<Type>, body: Type) -> Result<Type> {
    let predicate = |gives: Option<Type>| match gives {
        Some(gives) if body == Type::BOOL => Ok(gives),
        _ => Err(wrong(form.name(), "its lambda is not true or false")),
    };
    let nested = |ty: Type| {
        ty.list()
            .ok_or_else(|| wrong(form.name(), "its result would be nested too deep"))
    };
    match form {
        Form::Map | Form::ZipWith | Form::Adjacent => nested(body),
        Form::Filter | Form::TakeWhile | Form::DropWhile => predicate(item.list()),
        Form::CountIf => predicate(Some(Type::NUMBER)),
        Form::All | Form::Any => predicate(Some(Type::BOOL)),
        Form::Find => predicate(Some(item)),
        Form::SortBy if body.is_ordered() => nested(item),
        Form::MaxBy | Form::MinBy if body.is_ordered() => Ok(item),
        Form::SortBy | Form::MaxBy | Form::MinBy => {
            Err(wrong(form.name(), "its lambda's value has no order"))
        }
        Form::Fold | Form::Scan if start == Some(body) => {
            if form == Form::Fold {
                Ok(body)
            } else {
                nested(body)
            }
        }
        Form::Fold | Form::Scan => Err(wrong(
            form.name(),
            "its lambda's value has another type than its start",
        )),
    }
}

fn literal(value: &Value, wanted: Option<Type>) -> Result<Type> {
    let json = value.to_json();
    let ty = match (wanted.filter(|wanted| value.is(*wanted)), value) {
        (Some(wanted), _) => wanted,
        (None, Value::Date(_)) => Type::DATE,
        (None, _) => Type::infer([&json])
            .filter(|ty| value.is(*ty))
            .ok_or_else(|| wrong("literal", "its type cannot be told"))?,
    };
    // The program's text must read back.
    match Value::from_json(&json, ty) {
        Some(_) => Ok(ty),
        None => Err(wrong("literal", "it cannot be written exactly")),
    }
}
