//! What a long line costs: a claim does the same work, whatever waits, runs or has ended beside it.

use std::{sync::Arc, time::Duration};

use alma_core::{Clock, JobStore, NewJob, Scope, Worker, sqlite::Database, testkit::ManualClock};
use rusqlite::{Connection, StatementStatus};
use serde_json::Value;

use super::{
    SqliteJobs,
    claim::{ANY_SILENT, BELOW, DUE, LANE, LANES, SILENT, TAKE},
    row::select,
    schema::STEPS,
};

const LEASE: Duration = Duration::from_secs(30);

/// Every query with which a claim touches jobs.
const QUERIES: [&str; 9] = [
    LANES,
    LANE,
    BELOW,
    DUE,
    ANY_SILENT,
    SILENT,
    TAKE,
    select!("p.payload", "j.number = ?1"),
    select!("NULL", "j.number = ?1"),
];

#[test]
fn no_query_of_a_claim_scans_or_sorts() {
    let db = Connection::open_in_memory().unwrap();
    for step in STEPS {
        db.execute_batch(step).unwrap();
    }
    for query in QUERIES {
        let mut explain = db.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
        let count = explain.parameter_count();
        let steps: Vec<String> = explain
            .query_map(rusqlite::params_from_iter(vec![0; count]), |row| row.get(3))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert!(!steps.is_empty());
        for step in &steps {
            assert!(step.starts_with("SEARCH"), "{query}: {steps:?}");
        }
    }
}

fn scope() -> Scope {
    Scope::new("home/ana").unwrap()
}

fn worker(kind: &str) -> Worker {
    Worker::new("one", vec![kind.to_owned()], vec![scope()])
}

/// `count` jobs each that are ready, delayed and before them, urgent but another's, done, and leased.
async fn fill(jobs: &SqliteJobs, now: alma_core::Timestamp, count: usize) {
    for kind in ["work", "delayed", "other", "done", "leased"] {
        let job = |n| {
            let key = format!("{kind}/{n}");
            match kind {
                "delayed" => NewJob::new("work", key, Value::Null)
                    .with_priority(3)
                    .with_run_at(now.plus(LEASE * 1_000)),
                "other" => NewJob::new(kind, key, Value::Null).with_priority(9),
                _ => NewJob::new(kind, key, Value::Null),
            }
        };
        let batch = (0..count).map(job).collect();
        jobs.enqueue(&scope(), batch).await.unwrap();
    }
    for kind in ["done", "leased"] {
        for _ in 0..count / 100 {
            for lease in jobs.claim(&worker(kind), 100, LEASE).await.unwrap() {
                if kind == "done" {
                    let (scope, claim) = (scope(), lease.claim());
                    jobs.complete(&scope, claim, Value::Null).await.unwrap();
                }
            }
        }
    }
}

/// The work of all queries since the last call: instructions, steps of a full scan, sorts.
async fn work(database: &Database) -> [i32; 3] {
    let count = |tx: &Connection| {
        let mut work = [0; 3];
        for query in QUERIES {
            let statement = tx.prepare_cached(query)?;
            let kinds = [
                StatementStatus::VmStep,
                StatementStatus::FullscanStep,
                StatementStatus::Sort,
            ];
            for (sum, kind) in work.iter_mut().zip(kinds) {
                *sum += statement.reset_status(kind);
            }
        }
        Ok(work)
    };
    // In memory there is one connection, with the statements of reads and writes alike.
    database.write(move |tx| count(tx)).await.unwrap()
}

#[tokio::test]
async fn a_claim_does_the_same_work_whatever_the_line() {
    let mut seen = Vec::new();
    for count in [200, 4_000] {
        let clock = Arc::new(ManualClock::default());
        let database = Database::in_memory().unwrap();
        let jobs = SqliteJobs::open(database.clone()).await.unwrap();
        let jobs = jobs.with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
        fill(&jobs, clock.now(), count).await;
        work(&database).await;
        let mut instructions = Vec::new();
        // One, several, and one after all leases have expired, of which a claim returns a hundred.
        for (n, wait) in [(1, Duration::ZERO), (20, Duration::ZERO), (1, LEASE)] {
            clock.advance(wait);
            let leases = jobs.claim(&worker("work"), n, LEASE).await.unwrap();
            assert_eq!(leases.len(), n);
            let [steps, scanned, sorted] = work(&database).await;
            assert_eq!((scanned, sorted), (0, 0));
            instructions.push(steps);
        }
        seen.push(instructions);
    }
    assert!(seen[0].iter().all(|steps| *steps > 0), "{seen:?}");
    assert_eq!(seen[0], seen[1], "a longer line costs more instructions");
}
