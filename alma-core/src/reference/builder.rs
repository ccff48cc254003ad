//! The reference builder: a handful of fixed functions, tried one after the other.

use serde_json::Value;

use crate::{Error, Example, Result, Schema};

type Function = fn(&Value) -> Option<Value>;

/// All that it can build, simplest first.
const FUNCTIONS: [(&str, Function); 9] = [
    ("the same", |value| Some(value.clone())),
    ("upper case", |value| {
        Some(value.as_str()?.to_uppercase().into())
    }),
    ("lower case", |value| {
        Some(value.as_str()?.to_lowercase().into())
    }),
    ("without outer spaces", |value| {
        Some(value.as_str()?.trim().into())
    }),
    ("backwards", |value| {
        Some(value.as_str()?.chars().rev().collect::<String>().into())
    }),
    ("first word", |value| {
        Some(value.as_str()?.split_whitespace().next()?.into())
    }),
    ("number of characters", |value| {
        Some(value.as_str()?.chars().count().into())
    }),
    ("number of items", |value| {
        Some(value.as_array()?.len().into())
    }),
    ("sum of whole numbers", |value| {
        let add = |sum: i64, item: &Value| sum.checked_add(item.as_i64()?);
        Some(value.as_array()?.iter().try_fold(0, add)?.into())
    }),
];

/// What the functions make of examples.
pub(super) enum Built {
    /// One function fits them all.
    One(&'static str),
    /// Several fit and would differ elsewhere.
    Several(Vec<&'static str>),
    /// None fits.
    Nothing,
}

/// How many functions are tried for an order.
pub(super) const SEARCHED: u64 = FUNCTIONS.len() as u64;

/// Looks for the functions that fit all examples.
pub(super) fn build(examples: &[Example]) -> Built {
    let fits = |function: &Function| {
        let fits =
            |example: &Example| apply(*function, &example.input).as_ref() == Some(&example.output);
        examples.iter().all(fits)
    };
    let mut names: Vec<_> = FUNCTIONS
        .iter()
        .filter(|(_, function)| fits(function))
        .map(|(name, _)| *name)
        .collect();
    match (names.pop(), names.is_empty()) {
        (None, _) => Built::Nothing,
        (Some(name), true) => Built::One(name),
        (Some(name), false) => {
            names.push(name);
            Built::Several(names)
        }
    }
}

/// Runs a function that was built.
pub(super) fn run(name: &str, input: &Value) -> Result<Value> {
    FUNCTIONS
        .iter()
        .find(|(one, _)| *one == name)
        .and_then(|(_, function)| apply(*function, input))
        .ok_or_else(|| Error::invalid(format!("cannot take the {name} of this input")))
}

/// A function takes the input itself, or its only part.
fn apply(function: Function, input: &Value) -> Option<Value> {
    let only = match input {
        Value::Object(map) if map.len() == 1 => map.values().next()?,
        Value::Array(items) if items.len() == 1 => items.first()?,
        whole => whole,
    };
    function(only).or_else(|| function(input))
}

/// The schema that an order states or its examples imply; every example must fit it.
pub(super) fn schema<'a>(
    side: &str,
    stated: Option<Schema>,
    values: impl Iterator<Item = &'a Value> + Clone,
) -> Result<Schema> {
    let inferred = infer(values.clone());
    let schema = match stated {
        Some(schema) if inferred.is_ok() || values.clone().next().is_some() => schema,
        _ => inferred?,
    };
    for value in values {
        schema.check(value).map_err(|error| {
            Error::invalid(format!(
                "cannot use an example: its {side} breaks the stated schema"
            ))
            .with_source(error)
        })?;
    }
    Ok(schema)
}

/// The schema that every one of `values` fits, by their types.
///
/// # Errors
/// `InvalidInput` when they have several shapes.
fn infer<'a>(values: impl IntoIterator<Item = &'a Value>) -> Result<Schema> {
    let mut shapes: Vec<Schema> = values.into_iter().map(shape).collect();
    shapes.dedup();
    match (shapes.pop(), shapes.is_empty()) {
        (Some(only), true) => Ok(only),
        _ => Err(
            Error::invalid("cannot read examples of no or several shapes")
                .with_remedy("give examples whose inputs have one type, and whose outputs do"),
        ),
    }
}

fn shape(value: &Value) -> Schema {
    match value {
        Value::Null => Schema::of_type("null"),
        Value::Bool(_) => Schema::of_type("boolean"),
        Value::Number(number) if number.is_f64() => Schema::of_type("number"),
        Value::Number(_) => Schema::of_type("integer"),
        Value::String(_) => Schema::of_type("string"),
        Value::Array(_) => Schema::of_type("array"),
        Value::Object(map) => Schema::object(map.iter().map(|(name, value)| (name, shape(value)))),
    }
}
