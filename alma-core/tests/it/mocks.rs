//! Mocks, for "was asked once, with this".

use std::sync::Arc;

use alma_core::{
    Error, ErrorKind, Ledger, Memory, MemoryExt, Query, Recall, Scope, StreamId, Subject, Verdict,
    Version, mock, testkit::block_on,
};
use serde_json::Value;

fn ana() -> Scope {
    Scope::new("home/ana").unwrap()
}

#[test]
fn a_mocked_memory_is_asked_once_with_this() {
    let mut memory = mock::MockMemory::new();
    memory
        .expect_recall()
        .withf(|scope, query| scope.as_str() == "home/ana" && query.text == "keys?" && query.k == 3)
        .once()
        .returning(|_, _| Ok(Recall::new(Vec::new(), 1.0)));
    let memory: Arc<dyn Memory> = Arc::new(memory);
    let recall = block_on(memory.recall(&ana(), &Query::text("keys?").with_k(3))).unwrap();
    assert!(recall.abstains());
}

#[test]
fn comfort_passes_a_mocks_errors_on() {
    let mut memory = mock::MockMemory::new();
    memory
        .expect_remember()
        .returning(|_, _| Err(Error::new(ErrorKind::Overloaded, "cannot take more")));
    let error = block_on(memory.remember_text(&ana(), "text")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overloaded);
}

#[test]
fn a_memory_that_gives_no_id_is_a_defect_and_no_panic() {
    let mut memory = mock::MockMemory::new();
    memory.expect_remember().returning(|_, _| Ok(Vec::new()));
    let error = block_on(memory.remember_text(&ana(), "text")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
}

#[test]
fn every_trait_has_a_mock_that_fits_where_the_trait_does() {
    #[derive(Debug)]
    struct Nothing;
    #[async_trait::async_trait]
    impl Subject for Nothing {
        fn name(&self) -> &str {
            "nothing"
        }
        fn parameters(&self) -> Vec<alma_core::Parameter> {
            Vec::new()
        }
        async fn run(&self, _: &alma_core::Settings, _: &Value) -> alma_core::Result<Value> {
            Ok(Value::Null)
        }
    }
    let mut evaluator = mock::MockEvaluator::new();
    evaluator.expect_judge().once().returning(|_, _, _| {
        Ok(Verdict::NotEnoughEvidence {
            evidence: Value::Null,
        })
    });
    let mut ledger = mock::MockLedger::new();
    ledger
        .expect_append()
        .once()
        .returning(|_, _, expected, events| Ok(Version(expected.0 + events.len() as u64)));
    let alma = alma_core::Alma::builder()
        .memory(mock::MockMemory::new())
        .planner(mock::MockPlanner::new())
        .tools(mock::MockToolForge::new())
        .executor(mock::MockExecutor::new())
        .evaluator(mock::MockEvaluator::new())
        .build();
    drop(alma);
    let subject: Arc<dyn Subject> = Arc::new(Nothing);
    let stream = StreamId::new("s").unwrap();
    block_on(async {
        let event = alma_core::NewEvent::new("k", Value::Null);
        let at = ledger
            .append(&ana(), &stream, Version(4), vec![event])
            .await;
        assert_eq!(at.unwrap(), Version(5));
        let proposal = alma_core::Proposal::new(
            "nothing",
            alma_core::Digest::of(b""),
            alma_core::Settings::default(),
            alma_core::Settings::default(),
            "none",
            "owner",
            alma_core::Timestamp::from_millis(0),
        );
        alma_core::Evaluator::judge(&evaluator, &ana(), &subject, &proposal)
            .await
            .unwrap();
    });
}
