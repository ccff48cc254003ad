//! A search holds no more memory than its effort says, and ends by counts, whatever is ordered.

use std::process::Command;

use alma_core::{Example, ForgeOutcome, ToolForge, ToolName, ToolSpec, sqlite::Database};
use alma_tools::{SqliteForge, build::Effort};
use serde_json::{Value, json};

use crate::laws::ana;

const BYTES: usize = 24 << 20;
/// The program, the runtime, and what answers are put together from.
const BESIDE: usize = 48 << 20;

/// Texts of random words whose outputs follow from nothing.
fn noise(examples: usize, words: usize) -> ToolSpec {
    let mut state = 7_u64;
    let mut roll = move |sides: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % sides
    };
    let mut text = move |words: usize| -> String {
        let mut word = || -> String {
            let letter = |number| char::from(b'a' + u8::try_from(number).unwrap());
            (0..1 + roll(9)).map(|_| letter(roll(26))).collect()
        };
        (0..words).map(|_| word()).collect::<Vec<_>>().join(" ")
    };
    let examples = (0..examples).map(|_| Example {
        input: json!({"a": text(words), "b": text(2)}),
        output: json!(text(words / 2 + 1)),
    });
    ToolSpec::new(
        ToolName::new("noise").unwrap(),
        "Split the words, sort them, join the longest and replace what is left",
        examples.collect(),
    )
}

async fn peak_after(spec: &ToolSpec, effort: Effort) -> (usize, Value) {
    let forge = SqliteForge::open(Database::in_memory().unwrap()).await;
    let forge = forge.unwrap().with_effort(effort);
    let report = match forge.forge(&ana(), spec).await.unwrap() {
        ForgeOutcome::Refused { report, .. } => report,
        other => panic!("noise made {other:?}"),
    };
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes: usize = peak
        .unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap();
    (
        kibibytes << 10,
        report.stages.last().unwrap().evidence.clone(),
    )
}

#[tokio::test]
#[ignore = "run by a_search_holds_what_it_says, in a process of its own"]
async fn in_a_process_of_its_own() {
    let effort = Effort {
        bytes: BYTES,
        evaluations: 2_000_000,
        ..Effort::default()
    };
    let (peak, evidence) = peak_after(&noise(24, 40), effort).await;
    assert_eq!(evidence["spent"], json!(true), "{evidence}");
    // The bytes were what ran out.
    assert!(
        evidence["evaluations"].as_u64().unwrap() < 2_000_000,
        "{evidence}"
    );
    assert!(peak <= BYTES + BESIDE, "it held {} MiB", peak >> 20);
    println!("it held {} MiB, {evidence}", peak >> 20);
}

#[test]
fn a_search_holds_what_it_says() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "bounds::in_a_process_of_its_own",
            "--exact",
            "--ignored",
            "--nocapture",
        ])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("it held"),
        "{said}"
    );
}

#[tokio::test]
async fn an_order_at_its_limits_ends_and_repeats_itself() {
    let effort = Effort {
        evaluations: 5_000,
        ..Effort::default()
    };
    let spec = noise(64, 20);
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        let forge = SqliteForge::open(Database::in_memory().unwrap()).await;
        let forge = forge.unwrap().with_effort(effort);
        outcomes.push(forge.forge(&ana(), &spec).await.unwrap());
    }
    assert_eq!(outcomes[0], outcomes[1]);
    let ForgeOutcome::Refused { report, .. } = &outcomes[0] else {
        panic!("{:?}", outcomes[0]);
    };
    assert!(report.searched <= 5_000, "{report:?}");
}

#[tokio::test]
async fn an_example_beyond_all_measure_is_an_error() {
    let mut spec = noise(3, 4);
    spec.examples[1].input["a"] = json!("x".repeat(40_000));
    let forge = SqliteForge::open(Database::in_memory().unwrap())
        .await
        .unwrap();
    let error = forge.forge(&ana(), &spec).await.unwrap_err();
    assert_eq!(error.kind(), alma_core::ErrorKind::InvalidInput);
    assert!(error.message().contains("example 2"), "{error}");
    assert!(error.remedy().is_some());
}
