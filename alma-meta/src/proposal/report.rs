//! Reports: what the gate said and saw, for people.

use alma_core::{Proposal, Refusal, Verdict};
use serde_json::Value;

use super::chain::ProposalState;
use crate::evaluator::changes;

/// A verdict in a sentence.
pub(super) fn said(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Promote { .. } => "promote: the gain is shown and nothing got worse".to_owned(),
        Verdict::NotEnoughEvidence { evidence } if evidence.get("watch").is_some() => {
            "it stays: nothing shows that the version before was better".to_owned()
        }
        Verdict::NotEnoughEvidence { .. } => "not enough evidence yet".to_owned(),
        Verdict::Refuse { reason, .. } => match reason {
            Refusal::Guard(what) => format!("refused: a hard guard failed ({what})"),
            Refusal::NoGain => "refused: the gain is too small to matter".to_owned(),
            Refusal::Expired => "refused: its time ran out without enough evidence".to_owned(),
            Refusal::Stale => {
                "refused: the generation that it starts from is not active any more".to_owned()
            }
            Refusal::NoBudget(what) => format!("not tried: {what}"),
            Refusal::Regressed(what) => format!("go back: {what}"),
            Refusal::Forbidden(what) => format!("refused: {what}"),
            _ => "refused".to_owned(),
        },
        _ => "unknown".to_owned(),
    }
}

pub(super) fn markdown(
    proposal: &Proposal,
    state: ProposalState,
    numbers: &Value,
    said: &str,
) -> String {
    let mut lines = vec![
        format!("# Proposal {}", proposal.id),
        String::new(),
        format!("- subject: {}", line(&proposal.subject)),
        format!("- state: {state}"),
        format!("- said: {}", line(said)),
        format!("- hypothesis: {}", line(&proposal.hypothesis)),
        format!("- origin: {}, {}", line(&proposal.origin), proposal.created),
        format!("- starts from generation {}", proposal.parent),
        String::new(),
        "| parameter | before | after |".to_owned(),
        "|---|---|---|".to_owned(),
    ];
    for (name, before, after) in changes(&proposal.incumbent, &proposal.candidate) {
        let shown = |value: &Value| match value {
            Value::Null => "default".to_owned(),
            value => line(&value.to_string()),
        };
        lines.push(format!(
            "| {} | {} | {} |",
            line(&name),
            shown(&before),
            shown(&after)
        ));
    }
    if let Value::Object(numbers) = numbers {
        lines.extend([
            String::new(),
            "| number | value |".to_owned(),
            "|---|---|".to_owned(),
        ]);
        let mut numbers: Vec<_> = numbers.iter().collect();
        numbers.sort_by_key(|(name, _)| *name);
        lines.extend(numbers.into_iter().map(|(name, value)| {
            format!(
                "| {} | {} |",
                line(name),
                line(&alma_core::canonical_json(value))
            )
        }));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// Text as one line of a table, whatever is in it.
fn line(text: &str) -> String {
    let plain = text.chars().map(|c| match c {
        '\n' | '\r' | '\t' => ' ',
        c => c,
    });
    plain.collect::<String>().replace('|', "\\|")
}
