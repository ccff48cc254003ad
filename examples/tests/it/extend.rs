//! Each own part in `extend/` runs, is short, and keeps the contract of what it stands in for.
#![expect(
    unreachable_pub,
    reason = "the files are programs of their own, written as a crate would"
)]

use alma_core::{
    reference::{
        ReferenceEvaluator, ReferenceExecutor, ReferenceForge, ReferenceMemory, ReferencePlanner,
    },
    testkit::{self, block_on},
};

#[path = "../../extend/own_evaluator.rs"]
mod own_evaluator;
#[path = "../../extend/own_executor.rs"]
mod own_executor;
#[path = "../../extend/own_memory.rs"]
mod own_memory;
#[path = "../../extend/own_planner.rs"]
mod own_planner;
#[path = "../../extend/own_tool_forge.rs"]
mod own_tool_forge;

#[test]
fn memory() {
    own_memory::main().unwrap();
    block_on(testkit::memory(async || {
        own_memory::Masking(ReferenceMemory::default())
    }));
}

#[test]
fn planner() {
    own_planner::main().unwrap();
    block_on(testkit::planner(async || {
        own_planner::ByName(ReferencePlanner)
    }));
}

#[test]
fn tool_forge() {
    own_tool_forge::main().unwrap();
    block_on(testkit::tool_forge(async |tools| {
        let forge = ReferenceForge::default();
        let forge = tools.into_iter().fold(forge, ReferenceForge::with);
        own_tool_forge::Metered::new(forge, u64::MAX)
    }));
}

#[test]
fn executor() {
    own_executor::main().unwrap();
    block_on(testkit::executor(async |handlers| {
        own_executor::MissionsFirst(ReferenceExecutor::new(handlers))
    }));
}

#[test]
fn evaluator() {
    own_evaluator::main().unwrap();
    block_on(testkit::evaluator(async |parts| {
        let inner = ReferenceEvaluator::new(parts.ledger, parts.clock);
        own_evaluator::Frozen {
            inner: inner.with_suite(&parts.scope, parts.subject, parts.suite),
            subjects: vec!["planner"],
        }
    }));
}

#[test]
fn each_is_shorter_than_eighty_lines() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/extend");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines < 80, "{} has {lines} lines", path.display());
    }
}
