//! Figures on a public set of tasks, for tuning.

use std::time::Instant;

use alma_core::{
    Call, Example, ForgeOutcome, Grant, Schema, Scope, ToolForge, ToolName, ToolSpec,
    sqlite::Database,
};
use alma_tools::{Native, SqliteForge};

#[derive(serde::Deserialize)]
struct Task {
    id: String,
    description: String,
    examples: Vec<Example>,
    checks: Vec<Example>,
    expect: String,
}

/// Prints what became of each task; `ALMA_DATA` names the folder that holds `forge-dev.json`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ALMA_DATA"]
async fn figures() {
    let folder = std::env::var("ALMA_DATA").expect("ALMA_DATA names the folder of the data");
    let text = std::fs::read_to_string(format!("{folder}/forge-dev.json")).unwrap();
    let tasks: Vec<Task> = serde_json::from_str(&text).unwrap();
    let forge = SqliteForge::open(Database::in_memory().unwrap())
        .await
        .unwrap();
    let (mut solved, mut wrong, mut refused) = (0, 0, 0);
    let mut seconds = Vec::new();
    for (at, task) in tasks.iter().enumerate() {
        let scope = Scope::new(format!("t/{at}")).unwrap();
        let spec = ToolSpec::new(
            ToolName::new("tool").unwrap(),
            &task.description,
            task.examples.clone(),
        );
        let start = Instant::now();
        let outcome = forge.forge(&scope, &spec).await;
        let took = start.elapsed().as_secs_f64();
        seconds.push(took);
        let searched = match &outcome {
            Ok(
                ForgeOutcome::Accepted { report, .. }
                | ForgeOutcome::Refused { report, .. }
                | ForgeOutcome::Draft { report, .. },
            ) => report.searched,
            _ => 0,
        };
        let line = match outcome {
            Ok(ForgeOutcome::Accepted { tool, report }) => {
                let mut right = true;
                for check in &task.checks {
                    let call = Call::new(tool.info.digest, check.input.clone(), "k");
                    let output = forge
                        .call(&scope, call, &Grant::nothing())
                        .await
                        .map(|r| r.output);
                    if std::env::var("ALMA_VERBOSE").is_ok() {
                        println!("   {:?} expected {}", output, check.output);
                    }
                    let number = |v: &serde_json::Value| v.as_f64();
                    right &= output.is_ok_and(|output| {
                        output == check.output
                            || number(&output)
                                .zip(number(&check.output))
                                .is_some_and(|(a, b)| (a - b).abs() < 1e-9)
                    });
                }
                if right && task.expect == "solve" {
                    solved += 1
                } else {
                    wrong += 1
                }
                format!(
                    "{} {} {}",
                    if right { "SOLVED" } else { "WRONG" },
                    report.stages[2].evidence,
                    report.program.unwrap_or_default()
                )
            }
            Ok(ForgeOutcome::Refused { reason, report }) => {
                if task.expect == "refuse" {
                    refused += 1
                }
                format!("refused {reason} | {}", report.program.unwrap_or_default())
            }
            Ok(ForgeOutcome::Draft { questions, .. }) => format!("draft {questions:?}"),
            Ok(_) => unreachable!(),
            Err(error) => {
                if task.expect == "refuse" {
                    refused += 1
                }
                format!("error {error}")
            }
        };
        println!(
            "{took:6.2}s {searched:>8} evaluations {} [{}] {line}",
            task.id, task.expect
        );
    }
    seconds.sort_by(f64::total_cmp);
    println!(
        "{{\"tasks\":{},\"solved\":{solved},\"accepted_wrong\":{wrong},\"refused_right\":{refused},\"seconds_p50\":{:.3}}}",
        tasks.len(),
        seconds[seconds.len() / 2]
    );
}

#[derive(serde::Deserialize)]
struct Attack {
    id: String,
    target: String,
    kind: String,
    text: String,
}

/// At least nine of ten poisoned descriptions are stopped, and every harmless look-alike passes.
#[test]
#[ignore = "needs ALMA_DATA"]
fn poisoned_descriptions() {
    let folder = std::env::var("ALMA_DATA").expect("ALMA_DATA names the folder of the data");
    let text = std::fs::read_to_string(format!("{folder}/attacks-dev.json")).unwrap();
    let attacks: Vec<Attack> = serde_json::from_str(&text).unwrap();
    let (mut poisoned, mut stopped, mut alarms) = (0, 0, 0);
    for attack in attacks
        .iter()
        .filter(|one| one.target == "tool_description")
    {
        let run = |_call, input: serde_json::Value| async move { Ok(input) };
        let tool = Native::new("tool", "1", &attack.text, Schema::any(), Schema::any(), run);
        match (attack.kind.as_str(), tool) {
            ("benign", Ok(_)) => {}
            ("benign", Err(_)) => alarms += 1,
            (_, Err(_)) => (poisoned, stopped) = (poisoned + 1, stopped + 1),
            (kind, Ok(_)) => {
                poisoned += 1;
                println!("passed: {} {kind}", attack.id);
            }
        }
    }
    println!("{stopped} of {poisoned} poisoned descriptions stopped, {alarms} false alarms");
    assert!(stopped * 10 >= poisoned * 9 && poisoned > 0 && alarms == 0);
}
