//! Orders at random: examples of a known function, so that a test can tell right from wrong.

use alma_core::{Example, ToolName, ToolSpec};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A function that a tool is ordered for.
#[derive(Clone, Debug)]
pub(crate) enum Function {
    Upper,
    FirstWord,
    Length,
    Add(i32),
    CountBelow(i32),
    Sum,
    Greet(&'static str),
}

impl Function {
    pub(crate) fn description(&self) -> String {
        match self {
            Self::Upper => "Put the text into upper case".into(),
            Self::FirstWord => "The first word of the text".into(),
            Self::Length => "How many characters the text has".into(),
            Self::Add(by) => format!("Add {by} to the number"),
            Self::CountBelow(limit) => format!("Count the numbers below {limit}"),
            Self::Sum => "The sum of the numbers".into(),
            Self::Greet(word) => format!("Put the word '{word}' before the text"),
        }
    }

    /// What it gives for a line of words and some numbers.
    pub(crate) fn example(&self, words: &[String], numbers: &[i32]) -> Example {
        let (text, first) = (words.join(" "), numbers.first().copied().unwrap_or(0));
        let (input, output) = match self {
            Self::Upper => (json!(text), json!(text.to_uppercase())),
            Self::FirstWord => (
                json!(text),
                json!(words.first().cloned().unwrap_or_default()),
            ),
            Self::Length => (json!(text), json!(text.chars().count())),
            Self::Add(by) => (json!(first), json!(first + by)),
            Self::CountBelow(limit) => {
                let count = numbers.iter().filter(|number| *number < limit).count();
                (json!(numbers), json!(count))
            }
            Self::Sum => (json!(numbers), json!(numbers.iter().sum::<i32>())),
            Self::Greet(word) => (json!(text), json!(format!("{word} {text}"))),
        };
        Example {
            input: json!({ "x": input }),
            output,
        }
    }
}

pub(crate) fn function() -> impl Strategy<Value = Function> {
    prop_oneof![
        Just(Function::Upper),
        Just(Function::FirstWord),
        Just(Function::Length),
        (2..60).prop_map(Function::Add),
        (-2..5).prop_map(Function::CountBelow),
        Just(Function::Sum),
        Just(Function::Greet("hello")),
    ]
}

fn line() -> impl Strategy<Value = (Vec<String>, Vec<i32>)> {
    (
        prop::collection::vec("[a-z]{1,8}", 1..4),
        prop::collection::vec(-9..90, 1..6),
    )
}

/// A function, an order for it, and further examples that the order does not show.
pub(crate) fn order() -> impl Strategy<Value = (Function, ToolSpec, Vec<Example>)> {
    (function(), prop::collection::vec(line(), 9)).prop_map(|(function, lines)| {
        let mut examples: Vec<Example> = lines
            .iter()
            .map(|(words, numbers)| function.example(words, numbers))
            .collect();
        let hidden = examples.split_off(6);
        let name = ToolName::new("ordered").unwrap();
        let spec = ToolSpec::new(name, function.description(), examples);
        (function, spec, hidden)
    })
}

/// An output that is not `output`, and of the same type.
pub(crate) fn other(output: &Value) -> Value {
    match output {
        Value::Number(number) => json!(number.as_f64().unwrap_or(0.0) + 1.0),
        Value::String(text) => json!(format!("{text}!")),
        _ => json!("other"),
    }
}
