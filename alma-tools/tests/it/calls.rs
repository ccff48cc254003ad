//! Properties of calling and finding: schemas both ways, no call without its grant, silence where nothing fits.

use std::sync::{
    Arc, LazyLock,
    atomic::{AtomicU64, Ordering},
};

use alma_core::{Effect, ErrorKind, Grant, Need, Permission, Schema, ToolForge, sqlite::Database};
use alma_tools::{Native, SqliteForge};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

use crate::laws::{abstains, checks_both_ways, denies};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

fn fails(why: String) -> TestCaseError {
    TestCaseError::fail(why)
}

async fn forge() -> SqliteForge {
    SqliteForge::open(Database::in_memory().unwrap())
        .await
        .unwrap()
}

/// A schema, a value that it admits, and one that it does not; made side by side, without the checker.
#[derive(Clone, Debug)]
struct Form {
    schema: Value,
    right: Value,
    wrong: Value,
}

fn leaf() -> impl Strategy<Value = Form> {
    prop_oneof![
        ("[a-z]{2,6}", any::<bool>()).prop_map(|(text, long)| Form {
            schema: json!({"type": "string", "minLength": 2, "maxLength": 6}),
            wrong: if long {
                json!(format!("{text}1234567"))
            } else {
                json!("x")
            },
            right: json!(text),
        }),
        (-5_i64..5, any::<bool>()).prop_map(|(number, high)| Form {
            schema: json!({"type": "integer", "minimum": -5, "maximum": 5}),
            right: json!(number),
            wrong: if high { json!(number + 11) } else { json!(0.5) },
        }),
        any::<bool>().prop_map(|yes| Form {
            schema: json!({"type": "boolean"}),
            right: json!(yes),
            wrong: json!("true"),
        }),
        any::<bool>().prop_map(|red| Form {
            schema: json!({"enum": ["red", "blue", 3]}),
            right: if red { json!("red") } else { json!(3.0) },
            wrong: json!("green"),
        }),
        Just(Form {
            schema: json!({"type": ["null", "number"]}),
            right: Value::Null,
            wrong: json!([]),
        }),
    ]
}

fn form() -> impl Strategy<Value = Form> {
    leaf().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (prop::collection::vec(inner.clone(), 1..4), 0_usize..4).prop_map(|(parts, how)| {
                let name = |at: usize| format!("p{at}");
                let object = |of: &dyn Fn(&Form) -> Value| -> Map<String, Value> {
                    let named = parts.iter().enumerate();
                    named.map(|(at, part)| (name(at), of(part))).collect()
                };
                let right = object(&|part| part.right.clone());
                let mut wrong = right.clone();
                match how {
                    0 => drop(wrong.remove(&name(parts.len() - 1))),
                    1 => drop(wrong.insert("more".into(), json!(1))),
                    _ => drop(wrong.insert(name(0), parts[0].wrong.clone())),
                }
                let required: Vec<String> = (0..parts.len()).map(name).collect();
                Form {
                    schema: json!({
                        "type": "object", "properties": object(&|part| part.schema.clone()),
                        "required": required, "additionalProperties": false,
                    }),
                    right: Value::Object(right),
                    wrong: Value::Object(wrong),
                }
            }),
            (inner, 0_usize..3).prop_map(|(part, how)| Form {
                schema: json!({"type": "array", "items": part.schema, "minItems": 1, "maxItems": 3}),
                wrong: match how {
                    0 => json!([]),
                    1 => json!([part.right, part.right, part.right, part.right]),
                    _ => json!([part.right, part.wrong]),
                },
                right: json!([part.right, part.right]),
            }),
        ]
    })
}

fn effect() -> impl Strategy<Value = Effect> {
    prop_oneof![Just(Effect::Read), Just(Effect::Write), Just(Effect::Sink)]
}

fn permissions() -> impl Strategy<Value = Vec<Permission>> {
    let one = prop_oneof![
        Just(Permission::ReadFile("/notes".into())),
        Just(Permission::WriteFile("/notes".into())),
        Just(Permission::Host("mail.example".into())),
        Just(Permission::Environment("TOKEN".into())),
        Just(Permission::HostFunction("send".into())),
        Just(Permission::Program("/bin/true".into())),
    ];
    prop::collection::vec(one, 0..4)
}

/// A tool that counts its runs and says `says`.
fn counted(input: Schema, output: Schema, says: Value) -> (Native, Arc<AtomicU64>) {
    let runs = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&runs);
    let run = move |_call, _input: Value| {
        counter.fetch_add(1, Ordering::SeqCst);
        let says = says.clone();
        async move { Ok(says) }
    };
    let tool = Native::new(
        "counted",
        "1",
        "Say what it was told to say",
        input,
        output,
        run,
    );
    (tool.unwrap(), runs)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn schemas_are_checked_on_the_way_in_and_out(takes in form(), gives in form(), honest in any::<bool>()) {
        RUNTIME.block_on(async {
            let says = if honest { gives.right.clone() } else { gives.wrong.clone() };
            let schema = |form: &Form| Schema::new(form.schema.clone()).unwrap();
            let (tool, runs) = counted(schema(&takes), schema(&gives), says);
            let info = tool.info().clone();
            let forge = forge().await.with(tool).unwrap();
            let wrong = Some(ErrorKind::InvalidInput);
            checks_both_ways(&forge, &info, &takes.wrong, wrong).await.map_err(fails)?;
            prop_assert_eq!(runs.load(Ordering::SeqCst), 0, "it ran on {}", takes.wrong);
            let expected = (!honest).then_some(ErrorKind::Internal);
            checks_both_ways(&forge, &info, &takes.right, expected).await.map_err(fails)?;
            prop_assert_eq!(runs.load(Ordering::SeqCst), 1);
            Ok(())
        })?;
    }

    #[test]
    fn a_tool_without_its_grant_never_runs(
        (effect, permissions) in (effect(), permissions()),
        (lacks, stranger) in (any::<prop::sample::Index>(), permissions()),
    ) {
        RUNTIME.block_on(async {
            let (tool, runs) = counted(Schema::any(), Schema::any(), json!("said"));
            let tool = tool.with_effect(effect, permissions);
            let info = tool.info().clone();
            // What may leave the machine is a sink, whatever effect was named.
            let leads_out = info.permissions.iter().any(alma_core::Permission::leads_out);
            prop_assert_eq!(info.effect, if leads_out { Effect::Sink } else { effect });
            let forge = forge().await.with(tool).unwrap();
            denies(&forge, &info, &Grant::nothing()).await.map_err(fails)?;
            // Whatever else is granted, one thing is missing: the effect, or one permission.
            let missing = lacks.index(info.permissions.len() + 1);
            let mut grant = Grant::nothing();
            if missing < info.permissions.len() {
                grant = grant.with_effect(info.effect);
            }
            let needed = info.permissions.get(missing);
            for other in info.permissions.iter().chain(&stranger) {
                if Some(other) != needed {
                    grant = grant.with(other.clone());
                }
            }
            denies(&forge, &info, &grant).await.map_err(fails)?;
            prop_assert_eq!(runs.load(Ordering::SeqCst), 0);
            let mut whole = grant.with_effect(info.effect);
            if let Some(needed) = needed {
                whole = whole.with(needed.clone());
            }
            let call = alma_core::Call::new(info.digest, json!("x"), "key/1")
                .with_trust(alma_core::Trust::Owner);
            let result = forge.call(&crate::laws::ana(), call, &whole).await;
            prop_assert!(result.is_ok(), "{result:?}");
            prop_assert_eq!(runs.load(Ordering::SeqCst), 1);
            Ok(())
        })?;
    }

    #[test]
    fn finding_keeps_silent_about_what_no_tool_speaks_of(
        words in prop::collection::vec("[qxz][bcdfg][qxz]{1,4}", 1..6),
        known in prop::sample::select(vec!["count words", "send letter", "convert currency"]),
    ) {
        RUNTIME.block_on(async {
            let mut forge = forge().await;
            for (name, says) in [
                ("count_words", "Count the words of a text"),
                ("post", "Send a letter to a friend"),
                ("exchange", "Convert an amount of currency"),
            ] {
                let run = |_call, input: Value| async move { Ok(input) };
                let tool = Native::new(name, "1", says, Schema::any(), Schema::any(), run);
                forge = forge.with(tool.unwrap()).unwrap();
            }
            // No word of the need stands in any description.
            abstains(&forge, &Need::text(words.join(" "))).await.map_err(fails)?;
            // One known word among many strangers is not what is asked for.
            let mostly = format!("{} {0} {0}x {0}y", words.join(" "));
            abstains(&forge, &Need::text(mostly)).await.map_err(fails)?;
            let found = forge.find(&crate::laws::ana(), &Need::text(known), 5).await.unwrap();
            prop_assert_eq!(found.len(), 1, "{}", known);
            Ok(())
        })?;
    }
}
