//! The companion over the reference backends.

mod approvals;
mod chatting;
mod crowds;
mod disturbed;
mod failing;
mod forgetting;
mod modelled;
mod nights;
mod purged;

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use alma_core::{
    Alma, AlmaBuilder, Clock, DenyAll, Digest, Effect, Evaluator, Handle, Ledger, Memory, Schema,
    Scope, SeededIds, Timestamp, ToolHandler, ToolInfo, ToolName,
    reference::{
        NativeTool, ReferenceExecutor, ReferenceForge, ReferenceLedger, ReferenceMemory,
        ReferencePlanner,
    },
};
use async_trait::async_trait;

/// A clock that moves when it is told, and when somebody sleeps.
#[derive(Debug)]
struct Hand(AtomicI64);

impl Hand {
    fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(1_700_000_000_000)))
    }

    fn pass(&self, by: Duration) {
        self.0.fetch_add(by.as_millis() as i64, Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.fetch_add(1, Ordering::SeqCst))
    }

    async fn sleep(&self, by: Duration) {
        self.pass(by);
    }
}

/// A whole Alma on reference backends that can be looked into.
struct World {
    clock: Arc<Hand>,
    memory: ReferenceMemory,
    ledger: ReferenceLedger,
    tools: ReferenceForge,
    executor: ReferenceExecutor,
}

impl World {
    fn new() -> Self {
        let clock = Hand::new();
        let dynamic: Arc<dyn Clock> = clock.clone();
        let tools = ReferenceForge::new(dynamic.clone()).with(shout());
        let handler = ToolHandler::new(tools.clone(), DenyAll);
        Self {
            memory: ReferenceMemory::new(dynamic.clone()),
            ledger: ReferenceLedger::new(dynamic.clone()),
            executor: ReferenceExecutor::with_clock(vec![Arc::new(handler)], dynamic),
            tools,
            clock,
        }
    }

    fn builder(&self) -> AlmaBuilder {
        Alma::builder()
            .memory(self.memory.clone())
            .planner(ReferencePlanner)
            .tools(self.tools.clone())
            .executor(self.executor.clone())
            .ledger(self.ledger.clone())
            .clock(self.clock.clone())
            .ids(Arc::new(SeededIds::new(1)))
    }

    fn ana(&self) -> Handle {
        self.builder().build().within(scope())
    }
}

fn scope() -> Scope {
    Scope::new("home/ana").unwrap()
}

fn shout() -> NativeTool {
    let text = || Schema::of_type("string");
    let info = ToolInfo::new(
        ToolName::new("shout").unwrap(),
        "Put a text into capital letters",
        Schema::object([("text", text())]),
        text(),
        Effect::None,
        Vec::new(),
        Digest::of(b"shout 1"),
    );
    NativeTool::new(info, |input| {
        let text = input["text"].as_str().unwrap_or_default();
        Ok(text.to_uppercase().into())
    })
}

/// Every body in every stream of the scope, as one text.
async fn ledger_text(ledger: &dyn Ledger) -> String {
    use alma_core::LedgerExt;
    let mut text = String::new();
    for info in ledger.all_streams(&scope(), "").await.unwrap() {
        for event in ledger.read_all(&scope(), &info.id).await.unwrap() {
            text.push_str(&format!("{} {}\n", event.kind, event.body));
        }
    }
    text
}

#[tokio::test]
async fn a_part_that_is_missing_is_named_with_the_remedy() {
    use alma_core::{ErrorKind, Observation};
    let bare = Alma::builder().build().within(scope());
    let error = bare
        .observe(vec![Observation::text("x")])
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Missing);
    assert!(error.remedy().unwrap().contains("memory"));
    let error = bare.run_goal("do it").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Missing);
}

/// Parts are shared as trait objects and as `Arc`s alike.
#[test]
fn parts_may_be_shared() {
    fn takes(memory: impl Memory, evaluator: Option<Arc<dyn Evaluator>>) -> AlmaBuilder {
        let builder = Alma::builder().memory(memory);
        match evaluator {
            Some(evaluator) => builder.evaluator(evaluator),
            None => builder,
        }
    }
    let shared: Arc<dyn Memory> = Arc::new(ReferenceMemory::default());
    let _ = takes(shared, None).build();
}
