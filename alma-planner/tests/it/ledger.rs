//! The ledger on SQLite: what its file promises beyond the contract of every ledger.

use alma_core::{
    ErasedState, Erasure, ErasureId, ErrorKind, Ledger, LedgerExt, NewEvent, RecordId, Scope,
    StreamId, Version,
    sqlite::{Database, FaultPlan, Options},
    testkit,
};
use alma_planner::SqliteLedger;
use serde_json::json;

fn ana() -> Scope {
    Scope::new("home/ana").unwrap()
}

fn stream(name: &str) -> StreamId {
    StreamId::new(name).unwrap()
}

fn record(name: &str) -> RecordId {
    RecordId::of_parts(&[name.as_bytes()])
}

fn event(number: u64) -> NewEvent {
    NewEvent::new("counted", json!({ "number": number })).with_key(format!("key {number}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_contract() {
    testkit::ledger(async || {
        SqliteLedger::open(Database::in_memory().unwrap())
            .await
            .unwrap()
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let count = std::cell::Cell::new(0);
    testkit::ledger(async || {
        count.set(count.get() + 1);
        let path = folder.path().join(format!("{}.db", count.get()));
        SqliteLedger::open(Database::open(path).unwrap())
            .await
            .unwrap()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn survives_its_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    for round in 0..3 {
        let ledger = SqliteLedger::open(Database::open(&path).unwrap())
            .await
            .unwrap();
        let at = Version(round * 2);
        let events = vec![event(round * 2), event(round * 2 + 1)];
        ledger
            .append(&ana(), &stream("mission/1"), at, events)
            .await
            .unwrap();
        let all = ledger.read_all(&ana(), &stream("mission/1")).await.unwrap();
        let numbers: Vec<_> = all
            .iter()
            .map(|event| event.body["number"].clone())
            .collect();
        assert_eq!(
            numbers,
            (0..round * 2 + 2).map(|n| json!(n)).collect::<Vec<_>>()
        );
    }
}

/// Once the answer to a commit was lost, the caller reads `Conflict` unless its own write is recognised.
#[tokio::test(flavor = "multi_thread")]
async fn every_lost_answer_and_every_lost_commit_can_be_repeated() {
    // Odd numbers strike before commits, even ones after them.
    for every in [3, 4] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alma.db");
        let plain = SqliteLedger::open(Database::open(&path).unwrap()).await;
        drop(plain.unwrap());
        let options = Options::new().with_faults(FaultPlan::fail_every(every));
        let ledger = SqliteLedger::open(Database::open_with(&path, options).unwrap())
            .await
            .unwrap();
        let mut failed = 0;
        for number in 0..40 {
            let events = || vec![event(number * 2), event(number * 2 + 1)];
            let expected = Version(number * 2);
            loop {
                match ledger
                    .append(&ana(), &stream("s"), expected, events())
                    .await
                {
                    Ok(version) => {
                        assert_eq!(version, Version(number * 2 + 2));
                        break;
                    }
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::Unavailable);
                        failed += 1;
                    }
                }
            }
        }
        assert!(failed >= 20, "{failed}");
        let all = ledger.read_all(&ana(), &stream("s")).await.unwrap();
        assert_eq!(all.len(), 80);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn erased_bodies_leave_no_byte_and_an_unbroken_chain() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    let ledger = SqliteLedger::open(Database::open(&path).unwrap())
        .await
        .unwrap();
    let canary = |n: u64| format!("canary-{}", record(&n.to_string()));
    for number in 0..60 {
        let event = NewEvent::new("said", json!({ "text": canary(number) }))
            .with_sources(vec![record(&format!("source {}", number % 3))]);
        ledger
            .append(&ana(), &stream("night"), Version(number), vec![event])
            .await
            .unwrap();
    }
    let what = Erasure::new(ErasureId::of_parts(&[b"e"]), vec![record("source 1")]);
    let erased = ledger.erase(&ana(), &what).await.unwrap();
    assert_eq!((erased.removed, erased.state), (20, ErasedState::Erased));
    let events = ledger.read_all(&ana(), &stream("night")).await.unwrap();
    assert_eq!(events.iter().filter(|event| event.erased).count(), 20);
    let bytes: Vec<u8> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .flat_map(|path| std::fs::read(path).unwrap())
        .collect();
    let text = String::from_utf8_lossy(&bytes);
    for number in 0..60 {
        assert_eq!(
            text.contains(&canary(number)),
            number % 3 != 1,
            "event {number}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_behind_its_back_is_corrupt() {
    let changes = [
        "UPDATE ledger_events SET body = '{\"number\":9}' WHERE version = 2",
        "UPDATE ledger_events SET body = NULL WHERE version = 2",
        "UPDATE ledger_events SET kind = 'other' WHERE version = 2",
        "UPDATE ledger_events SET recorded = recorded + 1 WHERE version = 2",
        "UPDATE ledger_events SET key = '' WHERE version = 2",
        "UPDATE ledger_events SET sources = zeroblob(16) WHERE version = 2",
        "DELETE FROM ledger_events WHERE version = 2",
        "UPDATE ledger_streams SET version = 5",
    ];
    for change in changes {
        let database = Database::in_memory().unwrap();
        let ledger = SqliteLedger::open(database.clone()).await.unwrap();
        let events = (1..=4).map(event).collect();
        ledger
            .append(&ana(), &stream("s"), Version(0), events)
            .await
            .unwrap();
        database
            .write(move |tx| Ok(tx.execute(change, [])?))
            .await
            .unwrap();
        let error = ledger.read_all(&ana(), &stream("s")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_released_file_still_reads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    let released = rusqlite::Connection::open(&path).unwrap();
    let dump = include_str!("../fixtures/ledger-1.sql");
    released.execute_batch(dump).unwrap();
    drop(released);
    let ledger = SqliteLedger::open(Database::open(&path).unwrap())
        .await
        .unwrap();
    let events = ledger.read_all(&ana(), &stream("mission/1")).await.unwrap();
    let erased: Vec<_> = events.iter().map(|event| event.erased).collect();
    assert_eq!(erased, [false, true, false]);
    assert_eq!(events[2].body, json!({ "number": 3 }));
    assert_eq!(events[2].sources, [record("kept")]);
    ledger
        .append(&ana(), &stream("mission/1"), Version(3), vec![event(4)])
        .await
        .unwrap();
    assert_eq!(
        ledger
            .read_all(&ana(), &stream("mission/1"))
            .await
            .unwrap()
            .len(),
        4
    );
}
