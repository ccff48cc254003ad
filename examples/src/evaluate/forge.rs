//! How well a forge builds tools from examples, and how it refuses what no rule fits.

use std::time::Instant;

use alma_core::{
    Call, Digest, Effect, Example, ForgeOutcome, Grant, Result, Scope, Tool, ToolForge, ToolName,
    ToolSpec,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::score::{percentile, rounded};

/// One tool to build.
#[derive(Debug, Deserialize)]
pub struct Task {
    /// Its id.
    pub id: String,
    /// What the tool does.
    pub description: String,
    /// What the builder may see.
    pub examples: Vec<Example>,
    /// What decides afterwards, and the builder never sees.
    pub checks: Vec<Example>,
    /// What should become of it.
    pub expect: Expect,
}

/// What should become of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expect {
    /// A tool that is right on all checks.
    Solve,
    /// No tool: no rule fits the examples.
    Refuse,
}

/// What came out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Report {
    /// How many tasks.
    pub tasks: usize,
    /// Accepted, and right on all checks.
    pub solved: usize,
    /// Accepted, and wrong on a check or not to be solved at all.
    pub accepted_wrong: usize,
    /// Refused where no rule fits.
    pub refused_right: usize,
    /// Half of the tasks took at most this.
    pub seconds_p50: f64,
}

/// Has every tool built, each in a scope of its own, and tries the accepted ones on their checks.
///
/// # Errors
/// `InvalidInput` when a task's id cannot be made into a name. An order that the forge
/// cannot read counts as refused.
pub async fn evaluate(
    forge: &dyn ToolForge,
    tasks: &[Task],
    mut each: impl FnMut(&Task, &str),
) -> Result<Report> {
    let (mut solved, mut accepted_wrong, mut refused_right) = (0, 0, 0);
    let mut seconds = Vec::with_capacity(tasks.len());
    for task in tasks {
        let name = name(&task.id)?;
        // Alone in its scope, no task is answered with another one's tool.
        let scope = Scope::new(format!(
            "evaluation/{}",
            Digest::of(task.id.as_bytes()).short()
        ))?;
        let spec = ToolSpec::new(name, &task.description, task.examples.clone());
        let start = Instant::now();
        let outcome = forge.forge(&scope, &spec).await;
        seconds.push(start.elapsed().as_secs_f64());
        let verdict = match outcome {
            Ok(ForgeOutcome::Accepted { tool, .. }) => {
                if task.expect == Expect::Solve && passes(forge, &scope, &tool, &task.checks).await
                {
                    solved += 1;
                    "solved"
                } else {
                    accepted_wrong += 1;
                    "accepted, but wrong"
                }
            }
            Ok(ForgeOutcome::Draft { .. }) => "left as a draft",
            Ok(_) | Err(_) => {
                if task.expect == Expect::Refuse {
                    refused_right += 1;
                }
                "refused"
            }
        };
        each(task, verdict);
    }
    Ok(Report {
        tasks: tasks.len(),
        solved,
        accepted_wrong,
        refused_right,
        seconds_p50: rounded(percentile(&seconds, 0.5)),
    })
}

async fn passes(forge: &dyn ToolForge, scope: &Scope, tool: &Tool, checks: &[Example]) -> bool {
    // A tool built from examples computes and nothing else; whatever wants more is wrong.
    let grant = Grant::nothing().with_effect(Effect::None);
    for (check, number) in checks.iter().zip(1..) {
        let call = Call::new(
            tool.info.digest,
            check.input.clone(),
            format!("check-{number}"),
        );
        match forge.call(scope, call, &grant).await {
            Ok(result) if same(&result.output, &check.output) => {}
            _ => return false,
        }
    }
    true
}

/// Equal as JSON, where 2 and 2.0 are one number.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right
                || left
                    .as_f64()
                    .zip(right.as_f64())
                    .is_some_and(|(a, b)| a == b)
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(a, b)| same(a, b))
        }
        _ => left == right,
    }
}

fn name(id: &str) -> Result<ToolName> {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    ToolName::new(id.chars().map(plain).collect::<String>())
}
