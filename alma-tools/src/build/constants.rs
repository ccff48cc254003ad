//! Constants that a program may need: what the examples and the description show.

use std::collections::{BTreeMap, BTreeSet};

use crate::lang::Value;

use super::Task;

/// The most constants that a search tries.
const MOST: usize = 40;

/// Constants with their costs, cheapest first.
pub(crate) fn constants(task: &Task<'_>) -> Vec<(Value, u8)> {
    let mut pool = Pool::default();
    let inputs: Vec<Vec<&str>> = task.samples.iter().map(|s| texts(&s.input)).collect();
    let outputs: Vec<Vec<&str>> = task
        .samples
        .iter()
        .map(|s| texts(std::slice::from_ref(&s.output)))
        .collect();
    for row in inputs.iter().chain(&outputs) {
        for text in row {
            pool.signs(text);
        }
    }
    shared_words(&inputs, &mut pool);
    shared_words(&outputs, &mut pool);
    repeated(task, &mut pool);
    residues(task, &mut pool);
    described(task.description, &inputs, &outputs, &mut pool);
    lengths(&inputs, &outputs, &mut pool);
    numbers(task, &mut pool);
    for (text, cost) in [
        (" ", 3),
        ("", 3),
        (",", 4),
        ("-", 4),
        ("0", 4),
        (".", 4),
        ("/", 4),
    ] {
        pool.text(text, cost);
    }
    for (number, cost) in [
        (0.0, 2),
        (1.0, 2),
        (2.0, 2),
        (3.0, 3),
        (10.0, 3),
        (100.0, 3),
    ] {
        pool.number(number, cost);
    }
    for number in [-1.0, 4.0, 5.0, 16.0, 60.0, 12.0, 7.0, 1000.0] {
        pool.number(number, 4);
    }
    pool.finish()
}

#[derive(Default)]
struct Pool {
    texts: BTreeMap<String, u8>,
    numbers: Vec<(f64, u8)>,
}

impl Pool {
    fn text(&mut self, text: &str, cost: u8) {
        let known = self.texts.entry(text.to_owned()).or_insert(cost);
        *known = (*known).min(cost);
    }

    fn number(&mut self, number: f64, cost: u8) {
        match self.numbers.iter_mut().find(|(other, _)| *other == number) {
            Some((_, known)) => *known = (*known).min(cost),
            None => self.numbers.push((number, cost)),
        }
    }

    /// Signs that are neither letter nor digit, and short runs of them.
    fn signs(&mut self, text: &str) {
        let mut run = String::new();
        for c in text.chars().chain(['a']) {
            if c.is_alphanumeric() {
                if (2..=3).contains(&run.chars().count()) {
                    self.text(&run, 3);
                }
                run.clear();
            } else {
                self.text(c.encode_utf8(&mut [0; 4]), 2);
                run.push(c);
            }
        }
    }

    fn finish(self) -> Vec<(Value, u8)> {
        let texts = self
            .texts
            .into_iter()
            .map(|(text, cost)| (Value::text(text), cost));
        let numbers = self
            .numbers
            .into_iter()
            .map(|(number, cost)| (Value::Number(number), cost));
        let mut all: Vec<_> = texts.chain(numbers).collect();
        all.sort_by_key(|(_, cost)| *cost);
        all.truncate(MOST);
        all
    }
}

/// All texts in `values`, lists included.
pub(crate) fn texts(values: &[Value]) -> Vec<&str> {
    let mut out = Vec::new();
    for value in values {
        match value {
            Value::Text(text) => out.push(&**text),
            Value::List(items) => out.extend(texts(items)),
            _ => {}
        }
    }
    out
}

/// What a text costs as a constant: dearer the longer it is.
pub(crate) fn text_cost(text: &str) -> u8 {
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    let signs = text.chars().count() - letters;
    u8::try_from(2 + letters.div_ceil(3) + signs / 3)
        .unwrap_or(u8::MAX)
        .min(9)
}

/// Runs of letters or of digits that at least two rows, and at least half of all, contain.
fn shared_words(rows: &[Vec<&str>], pool: &mut Pool) {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        let words: BTreeSet<&str> = row
            .iter()
            .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
            .filter(|word| !word.is_empty() && word.len() <= 16)
            .collect();
        for word in words {
            *seen.entry(word).or_default() += 1;
        }
    }
    for (word, times) in seen {
        if times >= 2 && times * 2 >= rows.len() {
            pool.text(word, text_cost(word));
        }
    }
}

/// Whole arguments and whole outputs that occur more than once: the words of a closed set.
fn repeated(task: &Task<'_>, pool: &mut Pool) {
    let columns = (0..task.params.len())
        .map(|at| {
            task.samples
                .iter()
                .map(|s| &s.input[at])
                .collect::<Vec<_>>()
        })
        .chain([task.samples.iter().map(|s| &s.output).collect()]);
    for column in columns {
        for value in &column {
            let times = column.iter().filter(|other| other.same(value)).count();
            match value {
                Value::Text(text) if times > 1 && text.len() <= 32 => {
                    pool.text(text, text_cost(text));
                }
                Value::Number(number) if times > 1 => pool.number(*number, 3),
                // A threshold often is an example itself.
                Value::Number(number) if column.len() <= 12 => pool.number(*number, 5),
                _ => {}
            }
        }
    }
}

/// What outputs have around the words and items of their inputs, when two outputs have it.
fn residues(task: &Task<'_>, pool: &mut Pool) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for sample in task.samples {
        let Value::Text(output) = &sample.output else {
            return;
        };
        let inputs = texts(&sample.input);
        let known: BTreeSet<&str> = inputs
            .iter()
            .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
            .collect();
        // Words of the input become a sign that no text has; what stands between them is left.
        let mut left = String::new();
        let mut word = String::new();
        for c in output.chars().chain(['\0']) {
            if c.is_alphanumeric() {
                word.push(c);
                continue;
            }
            if known.contains(word.as_str()) && !word.is_empty() {
                left.push('\0');
            } else {
                left.push_str(&word);
            }
            word.clear();
            left.push(c);
        }
        let parts: BTreeSet<&str> = left.split('\0').collect();
        for part in parts {
            if (2..=24).contains(&part.chars().count()) {
                *seen.entry(part.to_owned()).or_default() += 1;
            }
        }
    }
    for (part, times) in seen {
        if times >= 2 {
            pool.text(&part, text_cost(&part));
        }
    }
}

/// Numbers and quotes in the description, and its words that occur in the examples.
fn described(description: &str, inputs: &[Vec<&str>], outputs: &[Vec<&str>], pool: &mut Pool) {
    for quote in ['"', '\'', '`'] {
        for (at, part) in description.split(quote).enumerate() {
            if at % 2 == 1 && !part.is_empty() && part.len() <= 32 {
                pool.text(part, 2);
            }
        }
    }
    let word = |c: char| !c.is_whitespace() && !matches!(c, ',' | ';' | ':' | '(' | ')' | '"');
    for token in description.split(|c| !word(c)).filter(|t| !t.is_empty()) {
        let trimmed = token.trim_end_matches('.');
        // In "0..100" and "18-25" two numbers stand together.
        for part in trimmed.split("..") {
            let digits: String = part
                .chars()
                .filter(|c| c.is_ascii_digit() || matches!(c, '.' | '-'))
                .collect();
            let bare = part.trim_matches(|c: char| !c.is_ascii_digit() && c != '-');
            if let Ok(number) = bare.parse::<f64>()
                && bare == digits
                && number.is_finite()
            {
                pool.number(number, 2);
            }
        }
        let named = [
            "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        ];
        if let Some(number) = (0_u8..).zip(named).find(|(_, name)| *name == trimmed) {
            pool.number(f64::from(number.0), 2);
        }
        let known = |rows: &[Vec<&str>]| rows.iter().flatten().any(|text| text.contains(trimmed));
        if trimmed.len() >= 2 && (known(inputs) || known(outputs)) {
            pool.text(trimmed, 3);
        }
    }
}

/// Lengths that several texts share: widths and limits.
fn lengths(inputs: &[Vec<&str>], outputs: &[Vec<&str>], pool: &mut Pool) {
    for rows in [inputs, outputs] {
        let lengths: Vec<usize> = rows
            .iter()
            .flatten()
            .map(|text| text.chars().count())
            .collect();
        for length in &lengths {
            let times = lengths.iter().filter(|other| *other == length).count();
            if times > 1 && *length <= 64 {
                #[expect(clippy::cast_precision_loss, reason = "at most 64")]
                pool.number(*length as f64, 3);
            }
        }
    }
}

/// Numbers that all rows of outputs contain, and numbers in texts that repeat.
fn numbers(task: &Task<'_>, pool: &mut Pool) {
    let rows: Vec<Vec<f64>> = task
        .samples
        .iter()
        .map(|sample| {
            let mut found = Vec::new();
            collect(&sample.output, &mut found);
            found
        })
        .collect();
    for number in rows.iter().flatten() {
        let times = rows.iter().filter(|row| row.contains(number)).count();
        if times == rows.len() && times > 1 {
            pool.number(*number, 3);
        }
    }
}

fn collect(value: &Value, into: &mut Vec<f64>) {
    match value {
        Value::Number(number) => into.push(*number),
        Value::List(items) => items.iter().for_each(|item| collect(item, into)),
        _ => {}
    }
}
