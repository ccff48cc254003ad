//! Properties of what is forged, over orders at random.

use std::sync::LazyLock;

use alma_core::{
    Digest, Effect, ForgeOutcome, PageRequest, Permission, Schema, ToolForge, ToolInfo, ToolName,
    ToolSpec, sqlite::Database,
};
use alma_tools::{SqliteForge, build::Effort};
use proptest::prelude::*;
use serde_json::json;
use tokio::runtime::Runtime;

use crate::{
    laws::{
        ana, digest_is_honest, ignores_order, keeps_evidence, refuses_contradictions, reproduces,
    },
    orders::{Function, order, other},
};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// Searches short enough for a build without optimisation.
fn effort() -> Effort {
    Effort {
        evaluations: 6_000,
        ..Effort::default()
    }
}

async fn forge() -> SqliteForge {
    let forge = SqliteForge::open(Database::in_memory().unwrap()).await;
    forge.unwrap().with_effort(effort())
}

/// What the forge calls the tool that it makes of an order; none when it refuses.
async fn digest(forge: &SqliteForge, spec: &ToolSpec) -> Option<Digest> {
    match forge.forge(&ana(), spec).await.unwrap() {
        ForgeOutcome::Accepted { tool, .. } => Some(tool.info.digest),
        _ => None,
    }
}

/// A schema of answers that says less than the examples do.
fn wider() -> Schema {
    Schema::new(json!({"type": ["number", "string"]})).unwrap()
}

#[tokio::test]
async fn a_schema_is_part_of_what_a_tool_is() {
    let forge = forge().await;
    for function in [Function::Add(32), Function::Upper] {
        let examples = (1..6).map(|at| function.example(&[format!("word {at}")], &[at * 7]));
        let name = ToolName::new("ordered").unwrap();
        let plain = ToolSpec::new(name, function.description(), examples.collect());
        let mut schema = plain.clone();
        schema.output = Some(wider());
        let (plain, schema) = (digest(&forge, &plain).await, digest(&forge, &schema).await);
        assert!(
            plain.is_some() && schema.is_some() && plain != schema,
            "{function:?}"
        );
    }
}

fn fails(why: String) -> TestCaseError {
    TestCaseError::fail(why)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn an_accepted_tool_does_what_its_examples_say((_, spec, _) in order()) {
        RUNTIME.block_on(async {
            let forge = forge().await;
            reproduces(&forge, &spec).await.map_err(fails)?;
            for tool in forge.list(&ana(), &PageRequest::first(10)).await.unwrap().items {
                digest_is_honest(&tool).map_err(fails)?;
            }
            Ok::<(), TestCaseError>(())
        })?;
    }

    #[test]
    fn contradicting_examples_are_always_refused(
        (_, mut spec, _) in order(),
        (which, place) in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
    ) {
        let mut liar = spec.examples[which.index(spec.examples.len())].clone();
        liar.output = other(&liar.output);
        spec.examples.insert(place.index(spec.examples.len() + 1), liar);
        RUNTIME.block_on(async {
            refuses_contradictions(&forge().await, &spec).await.map_err(fails)
        })?;
    }

    #[test]
    fn the_order_of_the_examples_does_not_matter(
        (_, spec, hidden) in order(),
        turn in 1_usize..6,
        back in any::<bool>(),
    ) {
        let mut turned = spec.clone();
        turned.examples.rotate_left(turn);
        if back {
            turned.examples.reverse();
        }
        RUNTIME.block_on(async {
            ignores_order(&forge().await, &spec, &turned, &hidden).await.map_err(fails)
        })?;
    }

    #[test]
    fn one_order_is_one_digest_and_any_visible_change_another((_, spec, _) in order()) {
        RUNTIME.block_on(async {
            let (one, two) = (forge().await, forge().await);
            let Some(first) = digest(&one, &spec).await else { return Ok(()) };
            prop_assert_eq!(digest(&two, &spec).await, Some(first));
            let mut renamed = spec.clone();
            renamed.name = ToolName::new("renamed").unwrap();
            let mut described = spec.clone();
            described.description.push('.');
            let mut narrowed = spec.clone();
            narrowed.output = Some(wider());
            for changed in [renamed, described] {
                let other = digest(&one, &changed).await;
                prop_assert!(other.is_some() && other != Some(first), "{changed:?}");
            }
            // Another schema is another search, in which examples that barely settled what is meant may not.
            prop_assert_ne!(digest(&one, &narrowed).await, Some(first), "{:?}", narrowed);
            Ok(())
        })?;
    }
}

/// The fields of a tool; each from few values, so that equal ones are common.
fn info() -> impl Strategy<Value = ToolInfo> {
    let permission = prop_oneof![
        Just(Permission::Host("a.example".into())),
        Just(Permission::ReadFile("a.example".into())),
        Just(Permission::WriteFile("a.example".into())),
    ];
    let schema = || prop_oneof![Just("string"), Just("number")].prop_map(Schema::of_type);
    (
        prop_oneof![Just("one"), Just("two")],
        prop_oneof![Just("It counts"), Just("It counts.")],
        schema(),
        schema(),
        prop_oneof![Just(Effect::None), Just(Effect::Read), Just(Effect::Sink)],
        prop::collection::vec(permission, 0..3),
        prop_oneof![Just("1"), Just("2")],
    )
        .prop_map(|(name, says, input, output, effect, permissions, code)| {
            let name = ToolName::new(name).unwrap();
            let code = Digest::of(code.as_bytes());
            ToolInfo::new(name, says, input, output, effect, permissions, code)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_digest_is_equal_when_all_that_is_seen_is((one, two) in (info(), info())) {
        let mut renamed = two.clone();
        renamed.digest = one.digest;
        prop_assert_eq!(one == renamed, one.digest == two.digest);
    }
}

#[tokio::test]
async fn evidence_outlives_the_process() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("home.db");
    let open = async || {
        let forge = SqliteForge::open(Database::open(&path).unwrap()).await;
        forge.unwrap().with_effort(effort())
    };
    let lines: [(&[&str], &[i32]); 6] = [
        (&["a", "b"], &[1, 2]),
        (&["word"], &[7]),
        (&["some", "more"], &[-3, 4]),
        (&["x"], &[0, 0, 5]),
        (&["last", "of", "all"], &[11]),
        (&["y", "z"], &[30, -2]),
    ];
    let mut said = Vec::new();
    let forge = open().await;
    for (at, function) in [
        crate::orders::Function::Upper,
        crate::orders::Function::Sum,
        crate::orders::Function::Add(17),
    ]
    .into_iter()
    .enumerate()
    {
        let examples = lines
            .iter()
            .map(|(words, numbers)| {
                let words: Vec<String> = words.iter().map(ToString::to_string).collect();
                function.example(&words, numbers)
            })
            .collect();
        let name = ToolName::new(format!("tool{at}")).unwrap();
        let mut spec = ToolSpec::new(name, function.description(), examples);
        match forge.forge(&ana(), &spec).await.unwrap() {
            ForgeOutcome::Accepted { tool, report } => said.push((tool, report)),
            other => panic!("{other:?}"),
        }
        // The same order with a lie in it is refused, and what was tried is kept too.
        spec.examples[1] = spec.examples[0].clone();
        spec.examples[1].output = other(&spec.examples[1].output);
        let refused = forge.forge(&ana(), &spec).await.unwrap();
        assert_eq!(forge.refusals(&ana(), &spec.name).await.unwrap(), [refused]);
    }
    let listed = forge
        .list(&ana(), &PageRequest::first(10))
        .await
        .unwrap()
        .items;
    let refused = forge.refusals(&ana(), &said[0].0.info.name).await.unwrap();
    drop(forge);

    let forge = open().await;
    assert_eq!(
        forge
            .list(&ana(), &PageRequest::first(10))
            .await
            .unwrap()
            .items,
        listed
    );
    for (tool, report) in &said {
        let kept = forge.report(&ana(), &tool.info.digest).await.unwrap();
        keeps_evidence(report, &kept).unwrap();
    }
    let name = &said[0].0.info.name;
    assert_eq!(forge.refusals(&ana(), name).await.unwrap(), refused);
    let ben = alma_core::Scope::new("home/ben").unwrap();
    assert_eq!(forge.refusals(&ben, name).await.unwrap(), []);
}
