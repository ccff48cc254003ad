//! What every forge must keep, as checks that say what was broken; `crooked` shows that each can fail.

use alma_core::{
    Call, ErrorKind, Example, ForgeOutcome, ForgeReport, Grant, Need, Scope, StageResult, Tool,
    ToolForge, ToolInfo, ToolSpec, Trust,
};
use serde_json::Value;

/// Nothing, or what was broken.
pub(crate) type Law = Result<(), String>;

pub(crate) fn ana() -> Scope {
    Scope::new("home/ana").unwrap()
}

pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
        _ => a == b,
    }
}

async fn forged(forge: &dyn ToolForge, spec: &ToolSpec) -> Result<ForgeOutcome, String> {
    let outcome = forge.forge(&ana(), spec).await;
    outcome.map_err(|error| format!("no outcome: {error}"))
}

/// What a tool says of each input; `None` for an error.
pub(crate) async fn answers(
    forge: &dyn ToolForge,
    tool: &ToolInfo,
    examples: &[Example],
) -> Vec<Option<Value>> {
    let mut out = Vec::new();
    for example in examples {
        let call = Call::new(tool.digest, example.input.clone(), "key/1");
        let result = forge.call(&ana(), call, &Grant::nothing()).await;
        out.push(result.ok().map(|result| result.output));
    }
    out
}

/// What is accepted does to each example what the example says, and passed every stage.
pub(crate) async fn reproduces(forge: &dyn ToolForge, spec: &ToolSpec) -> Law {
    let ForgeOutcome::Accepted { tool, report } = forged(forge, spec).await? else {
        return Ok(());
    };
    if report.candidate != Some(tool.info.digest) {
        return Err("the evidence is about another digest".into());
    }
    let stages: Vec<&str> = report.stages.iter().map(|one| one.name.as_str()).collect();
    if stages != ["text", "permissions", "examples", "fuzz", "differential"]
        || report
            .stages
            .iter()
            .any(|one| one.result != StageResult::Passed)
    {
        return Err(format!("admitted after {:?}", report.stages));
    }
    let said = answers(forge, &tool.info, &spec.examples).await;
    for (example, said) in spec.examples.iter().zip(said) {
        if !said
            .as_ref()
            .is_some_and(|said| same(said, &example.output))
        {
            return Err(format!(
                "{} gave {said:?}, not {}",
                example.input, example.output
            ));
        }
    }
    Ok(())
}

/// Examples that contradict each other make no tool and no draft, and the reason says which they are.
pub(crate) async fn refuses_contradictions(forge: &dyn ToolForge, spec: &ToolSpec) -> Law {
    match forged(forge, spec).await? {
        ForgeOutcome::Refused { reason, report }
            if reason.contains("contradict")
                && report.stages.last().map(|one| one.result) == Some(StageResult::Failed) =>
        {
            Ok(())
        }
        other => Err(format!("not refused: {other:?}")),
    }
}

/// Two orders of the same examples in another order make one tool, or two that say the same.
pub(crate) async fn ignores_order(
    forge: &dyn ToolForge,
    spec: &ToolSpec,
    turned: &ToolSpec,
    inputs: &[Example],
) -> Law {
    let (one, two) = (forged(forge, spec).await?, forged(forge, turned).await?);
    let (ForgeOutcome::Accepted { tool: one, .. }, ForgeOutcome::Accepted { tool: two, .. }) =
        (one, two)
    else {
        return Ok(());
    };
    if one.info.digest == two.info.digest {
        return Ok(());
    }
    let (a, b) = (
        answers(forge, &one.info, inputs).await,
        answers(forge, &two.info, inputs).await,
    );
    for (a, b) in a.iter().zip(&b) {
        if !a.as_ref().zip(b.as_ref()).is_none_or(|(a, b)| same(a, b)) {
            return Err(format!("one order says {a:?}, the other {b:?}"));
        }
    }
    Ok(())
}

/// A tool's digest is that of all that is seen of it.
pub(crate) fn digest_is_honest(tool: &Tool) -> Law {
    let info = &tool.info;
    if info.computed_digest() != info.digest {
        return Err(format!("{} is named by another digest", info.name));
    }
    Ok(())
}

/// An input that breaks the schema is an invalid input, an output that breaks it an internal fault.
pub(crate) async fn checks_both_ways(
    forge: &dyn ToolForge,
    tool: &ToolInfo,
    input: &Value,
    expected: Option<ErrorKind>,
) -> Law {
    let call = Call::new(tool.digest, input.clone(), "key/1").with_trust(Trust::Owner);
    let result = forge.call(&ana(), call, &Grant::nothing()).await;
    let kind = result.as_ref().err().map(alma_core::Error::kind);
    if kind == expected {
        Ok(())
    } else {
        Err(format!("{input} ended in {result:?}, not in {expected:?}"))
    }
}

/// A grant that lacks something denies the call.
pub(crate) async fn denies(forge: &dyn ToolForge, tool: &ToolInfo, grant: &Grant) -> Law {
    let call = Call::new(tool.digest, Value::from("x"), "key/1").with_trust(Trust::Owner);
    match forge.call(&ana(), call, grant).await {
        Err(error) if error.kind() == ErrorKind::Denied && error.remedy().is_some() => Ok(()),
        other => Err(format!("{:?} on {grant:?}: {other:?}", tool.effect)),
    }
}

/// What is kept of a tool's admission is what was said when it was admitted.
pub(crate) fn keeps_evidence(said: &ForgeReport, kept: &ForgeReport) -> Law {
    if said == kept && kept.stages.iter().all(|one| !one.evidence.is_null()) {
        Ok(())
    } else {
        Err(format!("said {said:?}, kept {kept:?}"))
    }
}

/// A need that nothing covers finds nothing.
pub(crate) async fn abstains(forge: &dyn ToolForge, need: &Need) -> Law {
    let found = forge.find(&ana(), need, 5).await;
    match found {
        Ok(found) if found.is_empty() => Ok(()),
        other => Err(format!("'{}' found {other:?}", need.text)),
    }
}
