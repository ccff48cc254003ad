//! The references keep the contracts: bare, shared and boxed.

use std::sync::Arc;

use alma_core::{
    Evaluator, Executor, JobStore, Ledger, Memory, Planner, ToolForge,
    reference::{
        NativeTool, ReferenceEvaluator, ReferenceExecutor, ReferenceForge, ReferenceJobs,
        ReferenceLedger, ReferenceMemory, ReferencePlanner,
    },
    testkit::{self, EvaluatorParts, block_on},
};

#[test]
fn memory() {
    block_on(testkit::memory(async || ReferenceMemory::default()));
    block_on(testkit::memory(async || {
        Arc::new(ReferenceMemory::default()) as Arc<dyn Memory>
    }));
    block_on(testkit::memory(async || {
        Box::new(ReferenceMemory::default()) as Box<dyn Memory>
    }));
}

#[test]
fn twenty_thousand_random_operations_leak_nothing() {
    let looked_at = block_on(testkit::leaks(&ReferenceMemory::default(), 1, 20_000));
    assert!(
        looked_at > 10_000,
        "only {looked_at} records were looked at"
    );
}

#[test]
fn ledger() {
    block_on(testkit::ledger(async || ReferenceLedger::default()));
    block_on(testkit::ledger(async || {
        Arc::new(ReferenceLedger::default()) as Arc<dyn Ledger>
    }));
    block_on(testkit::ledger(async || {
        Box::new(ReferenceLedger::default()) as Box<dyn Ledger>
    }));
}

#[test]
fn job_store() {
    block_on(testkit::job_store(async |clock| ReferenceJobs::new(clock)));
    block_on(testkit::job_store(async |clock| {
        Arc::new(ReferenceJobs::new(clock)) as Arc<dyn JobStore>
    }));
    block_on(testkit::job_store(async |clock| {
        Box::new(ReferenceJobs::new(clock)) as Box<dyn JobStore>
    }));
}

fn reference_evaluator(parts: EvaluatorParts) -> ReferenceEvaluator {
    ReferenceEvaluator::new(parts.ledger, parts.clock).with_suite(
        &parts.scope,
        parts.subject,
        parts.suite,
    )
}

#[test]
fn evaluator() {
    block_on(testkit::evaluator(async |parts| reference_evaluator(parts)));
    block_on(testkit::evaluator(async |parts| {
        Arc::new(reference_evaluator(parts)) as Arc<dyn Evaluator>
    }));
    block_on(testkit::evaluator(async |parts| {
        Box::new(reference_evaluator(parts)) as Box<dyn Evaluator>
    }));
}

#[test]
fn executor() {
    block_on(testkit::executor(async |handlers| {
        ReferenceExecutor::new(handlers)
    }));
    block_on(testkit::executor(async |handlers| {
        Arc::new(ReferenceExecutor::new(handlers)) as Arc<dyn Executor>
    }));
    block_on(testkit::executor(async |handlers| {
        Box::new(ReferenceExecutor::new(handlers)) as Box<dyn Executor>
    }));
}

fn reference_forge(tools: Vec<NativeTool>) -> ReferenceForge {
    tools
        .into_iter()
        .fold(ReferenceForge::default(), ReferenceForge::with)
}

#[test]
fn tool_forge() {
    block_on(testkit::tool_forge(async |tools| reference_forge(tools)));
    block_on(testkit::tool_forge(async |tools| {
        Arc::new(reference_forge(tools)) as Arc<dyn ToolForge>
    }));
    block_on(testkit::tool_forge(async |tools| {
        Box::new(reference_forge(tools)) as Box<dyn ToolForge>
    }));
}

#[test]
fn planner() {
    block_on(testkit::planner(async || ReferencePlanner));
    block_on(testkit::planner(async || {
        Arc::new(ReferencePlanner) as Arc<dyn Planner>
    }));
    block_on(testkit::planner(async || {
        Box::new(ReferencePlanner) as Box<dyn Planner>
    }));
}
