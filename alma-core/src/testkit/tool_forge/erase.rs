//! Clauses on erasure.

use serde_json::json;

use crate::{
    ErasedState, Erasure, ErasureId, ErrorKind, Example, Grant, Need, RecordId, ToolForge,
    ToolState,
    testkit::{ana, ben, clause::Clause as _},
};

use super::{all, built, call, probes::Probes, shout};

pub(super) async fn removes_every_copy(tools: &dyn ToolForge, _probes: &Probes) {
    let (gone, kept) = (RecordId::from_bytes([1; 16]), RecordId::from_bytes([2; 16]));
    let canary = Example {
        input: json!({"text": "canary"}),
        output: json!("CANARY"),
    };
    let mut spec = shout("canary-shout").with_sources(vec![kept, gone]);
    spec.examples.push(canary.clone());
    let tool = built(tools, &ana(), &spec).await;
    let other = built(tools, &ana(), &shout("other").with_sources(vec![kept])).await;
    let his = built(tools, &ben(), &spec).await;

    let erasure = Erasure::new(ErasureId::from_bytes([9; 16]), vec![gone]);
    let erased = tools
        .erase(&ana(), &erasure)
        .await
        .must("ToolForge, erase: answers");
    assert!(
        tool.is_none() || erased.removed >= 1,
        "ToolForge, erase: tells how much was removed"
    );
    assert!(
        !matches!(&erased.state, ErasedState::Pending(why) if why.is_empty()),
        "ToolForge, erase: pending says why"
    );
    let listed = all(tools, &ana()).await;
    assert!(
        !format!("{listed:?}").to_lowercase().contains("canary"),
        "ToolForge, erase: no copy of forgotten records is left"
    );
    if let Some(tool) = tool {
        let state = listed
            .iter()
            .find(|one| one.info.digest == tool.digest)
            .map(|one| one.state);
        assert!(
            matches!(state, None | Some(ToolState::Retired)),
            "ToolForge, erase: a tool built from forgotten records is retired"
        );
        let clause = "ToolForge, erase: a tool built from forgotten records is Gone";
        let answer = tools
            .call(&ana(), call(&tool, json!({"text": "x"})), &Grant::nothing())
            .await;
        answer.must_fail(ErrorKind::Gone, clause);
        let need = Need::text("puts a text into capital letters");
        let found = tools
            .find(&ana(), &need, 5)
            .await
            .must("ToolForge, find: answers");
        assert!(
            found.iter().all(|one| one.tool.digest != tool.digest),
            "ToolForge, erase: it is not found"
        );
    }
    if let Some(other) = other {
        let answer = tools
            .call(
                &ana(),
                call(&other, json!({"text": "x"})),
                &Grant::nothing(),
            )
            .await;
        answer.must("ToolForge, erase: other tools are left alone");
    }
    if let Some(his) = his {
        let answer = tools
            .call(&ben(), call(&his, json!({"text": "x"})), &Grant::nothing())
            .await;
        answer.must("ToolForge, scope: an erasure reaches its own scope alone");
    }
    let clause = "ToolForge, erase: an order made of forgotten records is refused later";
    let late = shout("late").with_sources(vec![gone]);
    tools
        .forge(&ana(), &late)
        .await
        .must_fail(ErrorKind::Gone, clause);
    let again = tools
        .erase(&ana(), &erasure)
        .await
        .must("ToolForge, erase: idempotent");
    assert_eq!(
        again.removed, 0,
        "ToolForge, erase: a repetition removes nothing"
    );
}
