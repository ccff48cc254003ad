//! Stage four: two hundred inputs by the schema. No crash, the output fits, the same again.

use alma_core::{Stage, StageResult, ToolInfo};
use serde_json::json;

use super::probes::Dice;
use crate::{
    lang::{Base, Limits, Program, Stop, Type, Value},
    order::Order,
};

/// How many inputs are tried.
const INPUTS: u64 = 200;
/// Below this share of inputs with an answer, the program is good for its examples and little else.
const ANSWERS: f64 = 0.05;

/// Runs the candidate on inputs by its schema, with edge values and parts of the examples.
pub(super) fn stage(order: &Order, program: &Program, info: &ToolInfo) -> Stage {
    let mut dice = Dice::new(info.digest);
    let (mut answers, mut outside, mut spent) = (0_u64, 0_u64, 0_u64);
    for _ in 0..INPUTS {
        let input: Vec<Value> = order
            .params
            .iter()
            .enumerate()
            .map(|(at, param)| {
                value(param.ty, &mut dice, &|dice| {
                    order.samples[dice.roll(order.samples.len())].input[at].clone()
                })
            })
            .collect();
        let first = program.run(&input, Limits::default());
        let again = program.run(&input, Limits::default());
        if first != again {
            return failed("the same input gave two answers", &input, info);
        }
        match first {
            Ok(value) => {
                if info.output.check(&value.to_json()).is_err() {
                    return failed("an answer breaks the output's schema", &input, info);
                }
                answers += 1;
            }
            Err(Stop::Domain(_)) => outside += 1,
            Err(Stop::Steps | Stop::Bytes) => spent += 1,
        }
    }
    let evidence = json!({
        "seed": info.digest, "inputs": INPUTS, "answers": answers, "outside": outside, "over_limit": spent,
    });
    if spent > 0 {
        return Stage::new(
            "fuzz",
            StageResult::Failed,
            format!("{spent} of {INPUTS} inputs needed more than the limits"),
            evidence,
        );
    }
    if (answers as f64) < ANSWERS * INPUTS as f64 {
        return Stage::new(
            "fuzz",
            StageResult::Failed,
            format!("only {answers} of {INPUTS} inputs got an answer"),
            evidence,
        );
    }
    Stage::new(
        "fuzz",
        StageResult::Passed,
        format!("{answers} of {INPUTS} inputs got an answer, {outside} a clear error"),
        evidence,
    )
}

fn failed(why: &str, input: &[Value], info: &ToolInfo) -> Stage {
    let input: Vec<_> = input.iter().map(Value::to_json).collect();
    Stage::new(
        "fuzz",
        StageResult::Failed,
        why,
        json!({"seed": info.digest, "input": input}),
    )
}

/// A value of a type: half of the time an example's own, else an edge or something at random.
fn value(ty: Type, dice: &mut Dice, known: &dyn Fn(&mut Dice) -> Value) -> Value {
    if dice.roll(2) == 0 {
        return known(dice);
    }
    if let Some(item) = ty.item() {
        let length = [0, 1, 2, 3, 7][dice.roll(5)];
        let items: Vec<_> = (0..length)
            .map(|_| value(item, dice, &|dice| plain(item, dice)))
            .collect();
        return Value::list(items);
    }
    plain(ty, dice)
}

fn plain(ty: Type, dice: &mut Dice) -> Value {
    if let Some(item) = ty.item() {
        return Value::list(vec![plain(item, dice)]);
    }
    const TEXTS: [&str; 12] = [
        "",
        " ",
        "a",
        "A b",
        "0",
        "-1.5",
        "x,y;z",
        "Zoë Ångström",
        "  two  spaces ",
        "UPPER",
        "a/b/c",
        "2024-02-29",
    ];
    const NUMBERS: [f64; 10] = [0.0, 1.0, -1.0, 0.5, 2.0, 10.0, 99.0, -7.25, 1e6, 9e15];
    match ty.base() {
        Base::Bool => Value::Bool(dice.roll(2) == 0),
        Base::Number => Value::Number(NUMBERS[dice.roll(NUMBERS.len())]),
        Base::Date => {
            let (month, day) = (1 + dice.roll(12), 1 + dice.roll(28));
            let text = format!("20{:02}-{month:02}-{day:02}", dice.roll(100));
            text.parse().map_or(Value::Null, Value::Date)
        }
        Base::Text | Base::Json => Value::text(TEXTS[dice.roll(TEXTS.len())]),
    }
}
