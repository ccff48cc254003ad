//! Each suite rejects backends that break one clause each, and names the clause.

use std::{
    fmt::Debug,
    panic::{AssertUnwindSafe, catch_unwind},
};

use alma_core::testkit::{self, block_on, broken::*};

/// What a suite says when it rejects; a suite that accepts fails the test.
fn rejected(defect: impl Debug, clause: &str, suite: impl Future<Output = ()>) {
    let run = AssertUnwindSafe(|| block_on(suite));
    let Err(panic) = catch_unwind(run) else {
        panic!("the suite accepts {defect:?}");
    };
    let text = panic.downcast_ref::<String>().cloned();
    let said = text
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_default();
    assert!(
        said.contains(clause),
        "{defect:?} was rejected for another reason: {said}"
    );
}

#[test]
fn memories_are_rejected() {
    for defect in MemoryDefect::ALL.iter().copied() {
        let suite = testkit::memory(async || BrokenMemory::new(defect));
        rejected(defect, defect.clause(), suite);
    }
}

#[test]
fn ledgers_are_rejected() {
    for defect in LedgerDefect::ALL.iter().copied() {
        let suite = testkit::ledger(async || BrokenLedger::new(defect));
        rejected(defect, defect.clause(), suite);
    }
}

#[test]
fn job_stores_are_rejected() {
    for defect in JobStoreDefect::ALL.iter().copied() {
        let suite = testkit::job_store(async |clock| BrokenJobs::new(clock, defect));
        rejected(defect, defect.clause(), suite);
    }
}

#[test]
fn executors_are_rejected() {
    for defect in ExecutorDefect::ALL.iter().copied() {
        let suite = testkit::executor(async |handlers| BrokenExecutor::new(handlers, defect));
        rejected(defect, defect.clause(), suite);
    }
}

#[test]
fn forges_are_rejected() {
    for defect in ForgeDefect::ALL.iter().copied() {
        let suite = testkit::tool_forge(async |tools| BrokenForge::new(tools, defect));
        rejected(defect, defect.clause(), suite);
    }
}

#[test]
fn planners_are_rejected() {
    for defect in PlannerDefect::ALL.iter().copied() {
        let suite = testkit::planner(async || BrokenPlanner::new(defect));
        rejected(defect, defect.clause(), suite);
    }
}
