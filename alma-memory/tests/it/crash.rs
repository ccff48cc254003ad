//! Cut short at every commit boundary: nothing acknowledged is lost, nothing is half done.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader},
    path::Path,
    process::Child,
};

use alma_core::{
    Consolidate, ConsolidationId, ErrorKind, Memory, MemoryExt, Mode, Observation, Query,
    RecordQuery, Result, Selection,
    sqlite::{Database, FaultPlan, Options},
};
use alma_memory::SqliteMemory;

use crate::common::{ana, open, start, three_subjects};

const PATH: &str = "ALMA_MEMORY_CRASH_PATH";
const AT: &str = "ALMA_MEMORY_CRASH_AT";

/// Steps of the life that is cut short, in order.
const STEPS: usize = 8;

fn night(key: &str) -> ConsolidationId {
    ConsolidationId::of_parts(&[ana().as_str().as_bytes(), key.as_bytes()])
}

fn corrected(at: usize) -> Observation {
    Observation::text(format!("Corrected: the boiler valve of note {at} holds."))
        .with_source(format!("notes/{at}"))
        .with_position(0)
}

/// One step. Done twice it is done once, which is what a caller does who got no answer.
async fn step(memory: &SqliteMemory, number: usize) -> Result<()> {
    let notes = three_subjects(10);
    match number {
        0 => drop(memory.remember(&ana(), notes[..18].to_vec()).await?),
        1 => {
            let mut derived = Observation::text("A conclusion about the boiler.");
            derived.derived_from = vec![notes[0].id(&ana())];
            memory.remember(&ana(), vec![corrected(3), derived]).await?;
        }
        2 => drop(
            memory
                .consolidate(&ana(), &Consolidate::new("night 1"))
                .await?,
        ),
        3 => {
            let first = Selection::id(notes[0].id(&ana()));
            memory.forget(&ana(), &first, Mode::Erase).await?;
        }
        4 => drop(memory.remember(&ana(), notes[18..].to_vec()).await?),
        5 => drop(
            memory
                .consolidate(&ana(), &Consolidate::new("night 2"))
                .await?,
        ),
        6 => match memory.undo(&ana(), night("night 2")).await {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            other => other?,
        },
        _ => {
            let third = Selection::Source("notes/3".into());
            memory.forget(&ana(), &third, Mode::Erase).await?;
        }
    }
    Ok(())
}

/// The process that is killed: it tells each step that was acknowledged.
#[tokio::test]
async fn child() {
    let Some(path) = std::env::var_os(PATH) else {
        return;
    };
    let at = std::env::var(AT).unwrap().parse().unwrap();
    let options = Options::new().with_faults(FaultPlan::abort_at(at));
    let memory = SqliteMemory::open(Database::open_with(path, options).unwrap())
        .await
        .unwrap();
    for number in 0..STEPS {
        step(&memory, number).await.unwrap();
        println!("\nacknowledged {number}");
    }
    println!("\nfinished");
}

fn spawn(path: &Path, at: u64) -> Child {
    let at = at.to_string();
    start(
        "crash::child",
        &[(PATH, path.as_os_str()), (AT, at.as_ref())],
    )
}

/// How many steps were acknowledged, and whether it came to its end.
fn heard(child: &mut Child) -> (usize, bool) {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (mut count, mut finished) = (0, false);
    for line in lines.map(Result::unwrap) {
        count += usize::from(line.starts_with("acknowledged"));
        finished |= line == "finished";
    }
    child.wait().unwrap();
    (count, finished)
}

/// What the steps leave, times aside.
async fn state(memory: &SqliteMemory) -> BTreeSet<String> {
    let mut all = RecordQuery::all();
    all.superseded = true;
    let records = memory.all_records(&ana(), &all).await.unwrap();
    records
        .iter()
        .map(|record| {
            let replaced = record.superseded.is_some();
            format!(
                "{} {:?} {replaced} {:?} {}",
                record.id, record.kind, record.trust, record.text
            )
        })
        .collect()
}

/// What must hold at any moment, with `done` steps acknowledged.
async fn check(memory: &SqliteMemory, database: &Database, done: usize) {
    assert!(database.check().await.unwrap().is_empty());
    let current = memory
        .all_records(&ana(), &RecordQuery::all())
        .await
        .unwrap();
    let recall = memory
        .recall(&ana(), &Query::text("boiler").with_k(1_000))
        .await
        .unwrap();
    assert_eq!(recall.hits.len(), current.len());
    for record in &current {
        let recall = memory
            .recall(&ana(), &Query::text(&record.text).with_k(20))
            .await
            .unwrap();
        let hit = recall.hits.iter().find(|hit| hit.record.id == record.id);
        let ranks = &hit
            .unwrap_or_else(|| panic!("{} is not found", record.text))
            .ranks;
        assert_eq!(
            ranks.len(),
            2,
            "{} lacks postings or its vector",
            record.text
        );
    }
    let orphans: i64 = database
        .read(|db| {
            Ok(db.query_row(
                "SELECT (SELECT count(*) FROM memory_text t WHERE NOT EXISTS
                             (SELECT 1 FROM memory_record r WHERE r.number = t.number))
                      + (SELECT count(*) FROM memory_vector v WHERE NOT EXISTS
                             (SELECT 1 FROM memory_record r WHERE r.number = v.number))
                      + (SELECT count(*) FROM memory_link l WHERE NOT EXISTS
                             (SELECT 1 FROM memory_record r WHERE r.number = l.child))",
                [],
                |row| row.get(0),
            )?)
        })
        .await
        .unwrap();
    assert_eq!(orphans, 0);
    let notes = three_subjects(10);
    let ids: BTreeSet<_> = current.iter().map(|record| record.id).collect();
    let summaries = current
        .iter()
        .filter(|record| record.source.starts_with("topic/"))
        .count();
    if done > 0 {
        for at in [1, 2, 4, 17] {
            assert!(ids.contains(&notes[at].id(&ana())), "note {at} is lost");
        }
    }
    if (2..=7).contains(&done) {
        let replaced = memory.record(&ana(), notes[3].id(&ana())).await;
        // The last step may have forgotten it before it was cut short.
        assert!(done == 7 || replaced.unwrap().superseded.is_some());
    }
    if done == 3 {
        // All of a consolidation, or, when the next step has begun to forget, all that is left of it.
        assert!((2..=3).contains(&summaries), "{summaries} summaries");
    }
    if done > 3 {
        assert!(
            !ids.contains(&notes[0].id(&ana())),
            "what was forgotten is back"
        );
        assert!(
            current
                .iter()
                .all(|record| !record.text.starts_with("A conclusion"))
        );
    }
    if done > 4 {
        assert!(ids.contains(&notes[29].id(&ana())));
    }
}

/// Opens what a dead process left, checks it, and goes on from the first step that was not acknowledged.
async fn survive(path: &Path, done: usize, expected: &BTreeSet<String>) {
    let database = Database::open(path).unwrap();
    let memory = SqliteMemory::open(database.clone()).await.unwrap();
    check(&memory, &database, done).await;
    for number in done..STEPS {
        step(&memory, number).await.unwrap();
    }
    check(&memory, &database, STEPS).await;
    assert_eq!(state(&memory).await, *expected);
}

async fn undisturbed() -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let memory = open(&folder.path().join("alma.db")).await;
    for number in 0..STEPS {
        step(&memory, number).await.unwrap();
    }
    state(&memory).await
}

#[tokio::test]
async fn every_commit_boundary_is_survived() {
    let expected = undisturbed().await;
    for at in 1.. {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alma.db");
        let (done, finished) = heard(&mut spawn(&path, at));
        survive(&path, done, &expected).await;
        if finished {
            assert!(at > 20, "only {at} boundaries were met");
            break;
        }
    }
}

#[tokio::test]
async fn an_answer_that_was_lost_is_asked_for_again() {
    let expected = undisturbed().await;
    for every in [2, 3, 5] {
        let folder = tempfile::tempdir().unwrap();
        let options = Options::new().with_faults(FaultPlan::fail_every(every));
        let database = Database::open_with(folder.path().join("alma.db"), options).unwrap();
        let memory = loop {
            match SqliteMemory::open(database.clone()).await {
                Ok(memory) => break memory,
                Err(error) => assert!(error.is_transient(), "{error:?}"),
            }
        };
        for number in 0..STEPS {
            let mut tries = 0;
            while let Err(error) = step(&memory, number).await {
                assert!(error.is_transient(), "step {number}: {error:?}");
                tries += 1;
                assert!(tries < 20, "step {number} never ends");
            }
        }
        assert_eq!(state(&memory).await, expected);
    }
}
