//! A tool that the mission will lack: first from examples that no rule fits, then from good ones.

use alma_core::{Example, ForgeOutcome, MemoryExt, Need, RecordQuery, Result, ToolName, ToolSpec};
use serde_json::json;

use super::stage::{Stage, broken};
use crate::{commands::tools::in_words, home::Home, licences::FORGED};

const WHAT: &str = "separates the choices that stand between slashes";

/// What the tool must do, out of manifests that were just read: a slash is the old way to write a choice.
const EXAMPLES: [(&str, &[&str]); 5] = [
    ("MIT/Apache-2.0", &["MIT", "Apache-2.0"]),
    ("Unlicense/MIT", &["Unlicense", "MIT"]),
    ("Apache-2.0/ISC/MIT", &["Apache-2.0", "ISC", "MIT"]),
    ("Zlib", &["Zlib"]),
    ("BSD-3-Clause", &["BSD-3-Clause"]),
];

/// One of them, told differently: no rule fits both.
const CONTRADICTION: (&str, &[&str]) = ("MIT/Apache-2.0", &["Apache-2.0"]);

/// Has a bad candidate refused and a good one admitted.
pub(super) async fn forge(home: &Home, stage: &Stage) -> Result<()> {
    let need = Need::text(WHAT);
    let found = home.tools().find(home.scope(), &need, 1).await?;
    stage.item(
        &json!({ "step": "need", "need": WHAT, "found": found.len() }),
        format!(
            "needed: a tool that {WHAT}\nfound: {}",
            if found.is_empty() {
                "none"
            } else {
                "one that may fit"
            }
        ),
    )?;

    let mut bad = EXAMPLES.to_vec();
    bad.push(CONTRADICTION);
    let outcome = order(home, &bad).await?;
    let ForgeOutcome::Refused { .. } = &outcome else {
        return Err(broken("examples that contradict each other gave a tool"));
    };
    stage.item(
        &json!({ "step": "forge", "outcome": outcome }),
        format!(
            "with examples that contradict each other:\n{}",
            in_words(&outcome)
        ),
    )?;

    let outcome = order(home, &EXAMPLES).await?;
    let ForgeOutcome::Accepted { .. } = &outcome else {
        return Err(broken("good examples gave no tool"));
    };
    stage.item(
        &json!({ "step": "forge", "outcome": outcome }),
        format!("with {} good ones:\n{}", EXAMPLES.len(), in_words(&outcome)),
    )
}

async fn order(home: &Home, examples: &[(&str, &[&str])]) -> Result<ForgeOutcome> {
    let examples = examples
        .iter()
        .map(|(from, to)| Example {
            input: json!({ "licence": from }),
            output: json!(to),
        })
        .collect();
    let spec =
        ToolSpec::new(ToolName::new(FORGED)?, WHAT, examples).with_sources(sources(home).await?);
    home.tools().forge(home.scope(), &spec).await
}

/// The records of the manifests that the examples were taken from.
async fn sources(home: &Home) -> Result<Vec<alma_core::RecordId>> {
    let mut ids = Vec::new();
    let mut query = RecordQuery::all();
    query.kinds = vec![alma_core::RecordKind::Fact];
    for record in home.memory().all_records(home.scope(), &query).await? {
        if EXAMPLES.iter().any(|(from, _)| {
            from.contains('/') && record.metadata.get("licence") == Some(&json!(from))
        }) {
            ids.push(record.id);
        }
    }
    ids.sort_unstable();
    Ok(ids)
}
