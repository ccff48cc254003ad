//! Evaluation: what each expression and form gives.

use std::cmp::Ordering;

use super::{Expr, Form, Meter, Stop, Value};

/// Where names point while an expression is evaluated.
pub(crate) struct Frame<'a> {
    pub(crate) params: &'a [Value],
    pub(crate) locals: Vec<Value>,
}

const UNTYPED: Stop = Stop::Domain("an argument has the wrong type");

/// The value of `expr`.
pub(crate) fn eval(expr: &Expr, frame: &mut Frame<'_>, meter: &mut Meter) -> Result<Value, Stop> {
    match expr {
        Expr::Param(number) => {
            let value = frame.params.get(usize::from(*number));
            value.cloned().ok_or(UNTYPED)
        }
        Expr::Local(level) => {
            let value = frame.locals.get(usize::from(*level));
            value.cloned().ok_or(UNTYPED)
        }
        Expr::Literal(value) => Ok(value.clone()),
        Expr::Call(op, args) => {
            let args: Result<Vec<_>, _> = args.iter().map(|arg| eval(arg, frame, meter)).collect();
            op.apply(&args?, meter)
        }
        Expr::If(parts) => {
            meter.step(1)?;
            let [condition, yes, no] = &**parts;
            match eval(condition, frame, meter)? {
                Value::Bool(true) => eval(yes, frame, meter),
                Value::Bool(false) => eval(no, frame, meter),
                _ => Err(UNTYPED),
            }
        }
        Expr::Each(form, lists, body) => {
            let lists: Result<Vec<_>, _> =
                lists.iter().map(|list| eval(list, frame, meter)).collect();
            call_form(*form, &lists?, meter, &mut |variables, meter| {
                let depth = frame.locals.len();
                frame.locals.extend_from_slice(variables);
                let value = eval(body, frame, meter);
                frame.locals.truncate(depth);
                value
            })
        }
    }
}

/// A lambda as [`call_form`] calls it: the variables in, a value out.
type Lambda<'a> = dyn FnMut(&[Value], &mut Meter) -> Result<Value, Stop> + 'a;

/// Applies `form` with a lambda to its arguments.
pub(crate) fn call_form(
    form: Form,
    args: &[Value],
    meter: &mut Meter,
    lambda: &mut Lambda<'_>,
) -> Result<Value, Stop> {
    meter.step(1)?;
    let items = |at: usize| match args.get(at) {
        Some(Value::List(items)) => Ok(items.clone()),
        _ => Err(UNTYPED),
    };
    let list = items(0)?;
    let mut holds =
        |item: &Value, meter: &mut Meter| match lambda(std::slice::from_ref(item), meter)? {
            Value::Bool(yes) => Ok(yes),
            _ => Err(UNTYPED),
        };
    match form {
        Form::Filter => {
            let mut kept = Vec::new();
            for item in list.iter() {
                if holds(item, meter)? {
                    kept.push(item.clone());
                }
            }
            meter.list(kept)
        }
        Form::CountIf => {
            let mut count = 0_u32;
            for item in list.iter() {
                count += u32::from(holds(item, meter)?);
            }
            Ok(Value::Number(f64::from(count)))
        }
        Form::All | Form::Any => {
            for item in list.iter() {
                if holds(item, meter)? == (form == Form::Any) {
                    return Ok(Value::Bool(form == Form::Any));
                }
            }
            Ok(Value::Bool(form == Form::All))
        }
        Form::Find => {
            for item in list.iter() {
                if holds(item, meter)? {
                    return Ok(item.clone());
                }
            }
            Err(Stop::Domain("no item is as asked for"))
        }
        Form::TakeWhile | Form::DropWhile => {
            let mut cut = list.len();
            for (at, item) in list.iter().enumerate() {
                if !holds(item, meter)? {
                    cut = at;
                    break;
                }
            }
            let part = if form == Form::TakeWhile {
                &list[..cut]
            } else {
                &list[cut..]
            };
            meter.list(part.to_vec())
        }
        Form::Map => {
            let mut made = Vec::new();
            for item in list.iter() {
                meter.step(1)?;
                made.push(lambda(std::slice::from_ref(item), meter)?);
            }
            meter.list(made)
        }
        Form::SortBy | Form::MaxBy | Form::MinBy => {
            let mut keyed = Vec::new();
            for item in list.iter() {
                meter.step(1)?;
                keyed.push((lambda(std::slice::from_ref(item), meter)?, item.clone()));
            }
            by_key(form, keyed, meter)
        }
        Form::ZipWith => {
            let other = items(1)?;
            let mut made = Vec::new();
            for (a, b) in list.iter().zip(other.iter()) {
                meter.step(1)?;
                made.push(lambda(&[a.clone(), b.clone()], meter)?);
            }
            meter.list(made)
        }
        Form::Adjacent => {
            let mut made = Vec::new();
            for pair in list.windows(2) {
                meter.step(1)?;
                made.push(lambda(pair, meter)?);
            }
            meter.list(made)
        }
        Form::Fold | Form::Scan => {
            let mut value = args.get(1).cloned().ok_or(UNTYPED)?;
            let mut made = Vec::new();
            for item in list.iter() {
                meter.step(1)?;
                value = lambda(&[value, item.clone()], meter)?;
                if form == Form::Scan {
                    made.push(value.clone());
                }
            }
            if form == Form::Fold {
                Ok(value)
            } else {
                meter.list(made)
            }
        }
    }
}

fn by_key(form: Form, mut keyed: Vec<(Value, Value)>, meter: &mut Meter) -> Result<Value, Stop> {
    // Sorting compares a list's worth of items a few times each.
    meter.step(keyed.len() * 4)?;
    meter.step(keyed.iter().map(|(key, _)| key.weight() / 64).sum())?;
    keyed.sort_by(|(a, _), (b, _)| order(a, b));
    match form {
        Form::SortBy => meter.list(keyed.into_iter().map(|(_, item)| item).collect()),
        Form::MinBy => {
            let least = keyed.into_iter().next();
            least
                .map(|(_, item)| item)
                .ok_or(Stop::Domain("the list is empty"))
        }
        _ => {
            let Some((top, _)) = keyed.last().cloned() else {
                return Err(Stop::Domain("the list is empty"));
            };
            // The sort is stable, so the first of the largest is the first in the list.
            let first = keyed
                .into_iter()
                .find(|(key, _)| order(key, &top) == Ordering::Equal);
            first
                .map(|(_, item)| item)
                .ok_or(Stop::Domain("the list is empty"))
        }
    }
}

/// The order of numbers, texts and days; other things are equal to each other.
pub(crate) fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}
