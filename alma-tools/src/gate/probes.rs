//! Inputs near the examples: what tells programs apart that agree on all of them.

use alma_core::Digest;

use crate::{
    lang::{Type, Value},
    order::Order,
};

/// Numbers that follow from a seed.
pub(super) struct Dice(Digest, u64);

impl Dice {
    pub(super) const fn new(seed: Digest) -> Self {
        Self(seed, 0)
    }

    /// A number below `sides`.
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.1 += 1;
        let number = Digest::of_parts(&[self.0.as_bytes(), &self.1.to_le_bytes()]).number();
        usize::try_from(number % sides.max(1) as u64).unwrap_or(0)
    }
}

/// `count` inputs whose arguments come from different examples, half of them changed a little.
pub(super) fn probes(order: &Order, count: usize, dice: &mut Dice) -> Vec<Vec<Value>> {
    (0..count)
        .map(|_| {
            (0..order.params.len())
                .map(|at| {
                    let known = &order.samples[dice.roll(order.samples.len())].input[at];
                    if dice.roll(3) == 0 {
                        known.clone()
                    } else {
                        changed(known, order.params[at].ty, dice)
                    }
                })
                .collect()
        })
        .collect()
}

/// A value like `value` and not the same.
fn changed(value: &Value, ty: Type, dice: &mut Dice) -> Value {
    match value {
        Value::Number(number) => {
            let step = [1.0, -1.0, 2.0, 7.0, -*number, *number][dice.roll(6)];
            Value::Number(number + step)
        }
        Value::Bool(yes) => Value::Bool(!yes),
        Value::Text(text) => Value::text(changed_text(text, dice)),
        Value::List(items) => {
            let mut items = items.to_vec();
            match (dice.roll(4), items.len()) {
                (_, 0) => {}
                (0, _) => items.reverse(),
                (1, length) => {
                    items.remove(dice.roll(length));
                }
                (2, length) => items.push(items[dice.roll(length)].clone()),
                (_, length) => {
                    let at = dice.roll(length);
                    let item = ty.item().unwrap_or(Type::JSON);
                    items[at] = changed(&items[at], item, dice);
                }
            }
            Value::list(items)
        }
        other => other.clone(),
    }
}

fn changed_text(text: &str, dice: &mut Dice) -> String {
    // Runs of letters and digits, and the signs between them.
    let mut parts: Vec<String> = Vec::new();
    for c in text.chars() {
        match parts.last_mut() {
            Some(part) if part.ends_with(char::is_alphanumeric) == c.is_alphanumeric() => {
                part.push(c)
            }
            _ => parts.push(c.to_string()),
        }
    }
    let length = parts.len();
    match (dice.roll(5), length) {
        (_, 0) => "a".to_owned(),
        (0, 3..) => {
            // One more run, with the sign before it.
            let tail = parts[length - 2..].concat();
            parts.push(tail);
            parts.concat()
        }
        (1, 3..) => {
            parts.drain(..2);
            parts.concat()
        }
        (2, _) => {
            let at = dice.roll(length);
            parts[at] = parts[at].chars().rev().collect();
            parts.concat()
        }
        (3, _) => {
            let at = dice.roll(length);
            parts[at] = if parts[at].chars().any(char::is_lowercase) {
                parts[at].to_uppercase()
            } else {
                parts[at].to_lowercase()
            };
            parts.concat()
        }
        _ => {
            let at = dice.roll(length);
            let longer: String = parts[at].chars().chain(parts[at].chars().take(2)).collect();
            parts[at] = longer;
            parts.concat()
        }
    }
}
