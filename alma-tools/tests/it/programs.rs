//! The language is total: every program on every input gives one value or one clear stop, within its limits.

use alma_core::ErrorKind;
use alma_tools::lang::{Expr, Limits, Op, Param, Program, Stop, Type, Value};
use proptest::prelude::*;
use serde_json::json;

use crate::choices::Choices;

/// Bytes that a program's own literals hold.
fn literals(program: &Program) -> usize {
    let mut bytes = 0;
    program.body().walk(&mut |node| {
        if let Expr::Literal(value) = node {
            bytes += value.weight();
        }
    });
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn every_program_ends_and_repeats_itself(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut choices = Choices::new(&bytes);
        let Some(program) = choices.program() else { return Ok(()) };
        let arguments = choices.arguments(&program);
        let whole = Limits::new(100_000, 1 << 20);
        let first = program.run(&arguments, whole);
        prop_assert_eq!(&first, &program.run(&arguments, whole), "{}", program);
        if let Ok(value) = &first {
            prop_assert!(value.is(program.gives()), "{program} gave {value:?}");
            // What it holds was paid for, given, or written in the program.
            let given: usize = arguments.iter().map(Value::weight).sum();
            let most = (1 << 20) + given + literals(&program);
            prop_assert!(value.weight() <= most, "{} bytes of {program}", value.weight());
        }
        // Less to spend gives the same value or says so, and never another value.
        for less in [Limits::new(200, 1 << 20), Limits::new(100_000, 2_000), Limits::new(0, 0)] {
            match program.run(&arguments, less) {
                Err(Stop::Steps | Stop::Bytes) => {}
                other => prop_assert_eq!(&other, &first, "{}", program),
            }
        }
    }

    #[test]
    fn the_text_of_a_program_is_the_program(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut choices = Choices::new(&bytes);
        let Some(program) = choices.program() else { return Ok(()) };
        let again: Program = program.to_string().parse().map_err(|error| {
            TestCaseError::fail(format!("{program}: {error:?}"))
        })?;
        prop_assert_eq!(again.to_string(), program.to_string());
        let arguments = choices.arguments(&program);
        let limits = Limits::new(100_000, 1 << 20);
        prop_assert_eq!(again.run(&arguments, limits), program.run(&arguments, limits), "{}", program);
    }

    #[test]
    fn text_that_is_no_program_is_an_error(text in "\\PC{0,60}", cut in 0_usize..90) {
        let _ = text.parse::<Program>();
        let whole = "(a: list<text>, n: number) -> text = if less(n, 2) then join(map(a, x => left(x, 1)), \"\\\"\") else \"\"";
        let cut = cut.min(whole.len());
        let _ = format!("{}{text}{}", &whole[..cut], &whole[cut..]).parse::<Program>();
    }
}

#[test]
fn every_operation_takes_every_edge() {
    // One call of each operation on each pair of edge values: no panic, whatever the arguments.
    let edges = [
        Value::text(""),
        Value::text("ß\u{301}İ"),
        Value::text("9".repeat(400)),
        Value::Number(0.0),
        Value::Number(-1.0),
        Value::Number(f64::MAX),
        Value::Number(-9_007_199_254_740_992.0),
        Value::Number(0.1),
        Value::Bool(true),
        Value::Null,
        Value::Date("9999-12-31".parse().unwrap()),
        Value::Date("-009999-01-01".parse().unwrap()),
        Value::list(Vec::new()),
        Value::list(vec![Value::Number(f64::MAX), Value::Number(f64::MAX)]),
        Value::list(vec![
            Value::list(Vec::new()),
            Value::list(vec![Value::text("a")]),
        ]),
    ];
    let types = [Type::TEXT, Type::NUMBER, Type::BOOL, Type::DATE, Type::JSON];
    for op in Op::all() {
        for item in types {
            let Some(takes) = op
                .takes()
                .iter()
                .map(|take| take.shape().resolve(Some(item)))
                .collect::<Option<Vec<Type>>>()
            else {
                continue;
            };
            let Some(gives) = op.gives().resolve(Some(item)) else {
                continue;
            };
            let params: Vec<Param> = takes
                .iter()
                .enumerate()
                .map(|(at, ty)| Param {
                    name: format!("a{at}"),
                    ty: *ty,
                })
                .collect();
            let args = (0..takes.len()).map(|at| Expr::Param(u8::try_from(at).unwrap()));
            let body = Expr::Call(op, args.collect());
            let Ok(program) = Program::new(params, gives, body) else {
                continue;
            };
            let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
            for ty in &takes {
                let fitting: Vec<&Value> = edges.iter().filter(|edge| edge.is(*ty)).collect();
                rows = rows
                    .into_iter()
                    .flat_map(|row| {
                        fitting.iter().map(move |edge| {
                            let mut row = row.clone();
                            row.push((*edge).clone());
                            row
                        })
                    })
                    .collect();
            }
            for row in rows {
                if let Ok(value) = program.run(&row, Limits::default()) {
                    assert!(value.is(gives), "{program} of {row:?} gave {value:?}");
                }
            }
        }
    }
}

#[test]
fn a_value_that_only_looks_small_is_paid_for() {
    // Lists of one shared list were small in memory and without end once written out.
    let program: Program =
        "(l: list<number>) -> list<list<list<number>>> = map(l, x => map(l, y => l))"
            .parse()
            .unwrap();
    let numbers: Vec<u32> = (0..600).collect();
    let error = program
        .run_json(&[json!(numbers)], Limits::default())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BudgetExceeded);
    assert!(error.remedy().is_some());
}

#[test]
fn comparing_long_things_takes_steps() {
    // A thousand references to one text: each comparison reads all of it.
    let program: Program =
        "(l: list<number>, t: text) -> number = count(distinct(map(l, x => concat(t, show(x)))))"
            .parse()
            .unwrap();
    let numbers: Vec<u32> = (0..1_000).collect();
    let long = "a".repeat(10_000);
    let limits = Limits::new(1_000_000, 1 << 30);
    let error = program
        .run_json(&[json!(numbers), json!(long)], limits)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BudgetExceeded);
    let output = program.run_json(&[json!(numbers), json!("short")], limits);
    assert_eq!(output.unwrap(), json!(1_000));
}

#[test]
fn what_is_no_value_of_the_language_is_refused() {
    let program: Program = "(n: number) -> number = clamp(n, 0, 1)".parse().unwrap();
    for wrong in [f64::NAN, f64::INFINITY] {
        let stop = program.run(&[Value::Number(wrong)], Limits::default());
        assert!(matches!(stop, Err(Stop::Domain(_))), "{stop:?}");
    }
    let program: Program = "(x: json) -> list<json> = pair(x, x)".parse().unwrap();
    let mut deep = json!(1);
    for _ in 0..400 {
        deep = json!([deep]);
    }
    let error = program.run_json(&[deep], Limits::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
