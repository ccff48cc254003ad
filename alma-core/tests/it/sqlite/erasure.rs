//! What is forgotten is gone to the last byte, and stays forgotten.

use std::path::Path;

use alma_core::{
    Digest, ErasedState, Erasure, ErasureId, ErrorKind, PageRequest, RecordId, Result, Scope,
    sqlite::{Database, FaultPlan, Options, tombstones},
};

use super::child;

const STEPS: &[&str] = &["
    CREATE TABLE notes (id INTEGER PRIMARY KEY, record BLOB NOT NULL UNIQUE, text TEXT NOT NULL) STRICT;
    CREATE VIRTUAL TABLE words USING fts5 (text, content = '', contentless_delete = 1);
"];

fn scope() -> Scope {
    Scope::new("home/ana").unwrap()
}

fn record(number: usize) -> RecordId {
    RecordId::of_parts(&[&number.to_le_bytes()])
}

fn erasure(name: &str, records: impl IntoIterator<Item = usize>) -> Erasure {
    let records = records.into_iter().map(record).collect();
    Erasure::new(ErasureId::of_parts(&[name.as_bytes()]), records)
}

/// A word that nothing else contains, and whose tail no other word has.
fn canary(number: usize) -> String {
    let digest = Digest::of(&number.to_le_bytes()).to_string();
    format!("canary{}", &digest[..16])
}

async fn open(path: &Path, options: Options) -> Database {
    let database = Database::open_with(path, options).unwrap();
    database.migrate("notes", STEPS).await.unwrap();
    database
}

async fn add(database: &Database, numbers: impl IntoIterator<Item = usize>) -> Result<()> {
    let numbers: Vec<_> = numbers.into_iter().collect();
    database
        .write(move |tx| {
            for number in numbers {
                tombstones::check(tx, &scope(), &[record(number)])?;
                let text = format!(
                    "note {number} {} {}",
                    canary(number),
                    "filler ".repeat(number % 90)
                );
                tx.prepare_cached("INSERT INTO notes (record, text) VALUES (?1, ?2)")?
                    .execute((record(number), &text))?;
                tx.prepare_cached("INSERT INTO words (rowid, text) VALUES (?1, ?2)")?
                    .execute((tx.last_insert_rowid(), &text))?;
            }
            Ok(())
        })
        .await
}

async fn erase(database: &Database, what: &Erasure) -> Result<alma_core::Erased> {
    let records = what.records.clone();
    database
        .erase("notes", &scope(), what, move |tx| {
            let mut removed = 0;
            for record in records {
                tx.prepare_cached(
                    "DELETE FROM words WHERE rowid = (SELECT id FROM notes WHERE record = ?1)",
                )?
                .execute([record])?;
                removed += tx
                    .prepare_cached("DELETE FROM notes WHERE record = ?1")?
                    .execute([record])? as u64;
            }
            tx.execute("INSERT INTO words (words) VALUES ('optimize')", [])?;
            Ok(removed)
        })
        .await
}

async fn texts(database: &Database) -> usize {
    database
        .read(|db| Ok(db.query_row("SELECT count(*) FROM notes", [], |row| row.get::<_, i64>(0))?))
        .await
        .unwrap() as usize
}

/// How many of the canaries stand somewhere in the files of the folder.
fn found(folder: &Path, numbers: impl IntoIterator<Item = usize>) -> usize {
    let mut bytes = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                bytes.extend(std::fs::read(path).unwrap());
            }
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    // The tail too: a full-text index shares the beginnings of words among its terms.
    numbers
        .into_iter()
        .filter(|number| text.contains(&canary(*number)[8..]))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_byte_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder.path().join("alma.db"), Options::new()).await;
    for start in (0..2_000).step_by(100) {
        add(&database, start..start + 100).await.unwrap();
    }
    assert_eq!(found(folder.path(), 0..2_000), 2_000);
    let (gone, kept): (Vec<_>, Vec<_>) = (0..2_000).partition(|number| number % 10 < 3);
    let erased = erase(&database, &erasure("one", gone.clone()))
        .await
        .unwrap();
    assert_eq!(erased.removed, 600);
    assert_eq!(erased.state, ErasedState::Erased);
    assert_eq!(found(folder.path(), gone), 0);
    assert_eq!(found(folder.path(), kept), 1_400);
}

#[tokio::test(flavor = "multi_thread")]
async fn under_a_reader_it_is_pending_and_completes_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    let database = open(&path, Options::new()).await;
    add(&database, 0..50).await.unwrap();
    // Another process, as far as the database can tell.
    let other = Database::open(&path).unwrap();
    let (reading, wait_reading) = tokio::sync::oneshot::channel();
    let (release, hold) = std::sync::mpsc::channel::<()>();
    let reader = tokio::spawn(async move {
        other
            .read(move |db| {
                let count: i64 =
                    db.query_row("SELECT count(*) FROM notes", [], |row| row.get(0))?;
                reading.send(()).unwrap();
                hold.recv().unwrap();
                Ok(count)
            })
            .await
    });
    wait_reading.await.unwrap();
    let what = erasure("one", 0..25);
    let erased = erase(&database, &what).await.unwrap();
    let ErasedState::Pending(why) = erased.state else {
        panic!("an open reader was overlooked")
    };
    assert!(why.contains("another process"), "{why}");
    assert_eq!(texts(&database).await, 25);
    release.send(()).unwrap();
    assert_eq!(reader.await.unwrap().unwrap(), 50);
    assert_eq!(database.settle().await.unwrap(), ErasedState::Erased);
    assert_eq!(found(folder.path(), 0..25), 0);
    assert_eq!(found(folder.path(), 25..50), 25);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forgotten_is_refused_in_its_scope_alone() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder.path().join("alma.db"), Options::new()).await;
    add(&database, 0..5).await.unwrap();
    erase(&database, &erasure("one", [1, 3])).await.unwrap();
    let error = add(&database, [3]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Gone);
    assert!(error.message().contains(&record(3).to_string()));
    let ben = Scope::new("home/ben").unwrap();
    database
        .read(move |db| tombstones::check(db, &ben, &[record(3)]))
        .await
        .unwrap();
    let listed = database
        .read(|db| {
            let first = tombstones::list(db, &scope(), &PageRequest::first(1))?;
            assert!(first.more);
            let rest = tombstones::list(db, &scope(), &PageRequest::after(first.next, 10))?;
            assert!(!rest.more);
            Ok([first.items, rest.items].concat())
        })
        .await
        .unwrap();
    let mut expected = [record(1), record(3)];
    expected.sort();
    assert_eq!(
        listed.iter().map(|stone| stone.record).collect::<Vec<_>>(),
        expected
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_revives_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (path, backup) = (
        folder.path().join("alma.db"),
        folder.path().join("backup.db"),
    );
    let (before, later) = (erasure("before", [0]), erasure("later", [1, 2]));
    {
        let database = open(&path, Options::new()).await;
        add(&database, 0..5).await.unwrap();
        erase(&database, &before).await.unwrap();
        database.finish_erasure(&scope(), before.id).await.unwrap();
        database.backup_to(&backup).await.unwrap();
        assert_eq!(
            database.backup_to(&backup).await.unwrap_err().kind(),
            ErrorKind::Conflict
        );
        erase(&database, &later).await.unwrap();
        database.finish_erasure(&scope(), later.id).await.unwrap();
        assert!(database.unfinished_erasures().await.unwrap().is_empty());
        let refused = Database::restore(&backup, &path).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Conflict);
    }
    Database::restore(&backup, &path).unwrap();
    std::fs::remove_file(&backup).unwrap();
    let database = open(&path, Options::new()).await;
    assert_eq!(texts(&database).await, 4);
    for number in [0, 1, 2] {
        assert_eq!(
            add(&database, [number]).await.unwrap_err().kind(),
            ErrorKind::Gone
        );
    }
    let unfinished = database.unfinished_erasures().await.unwrap();
    assert_eq!(unfinished.len(), 1);
    assert_eq!(unfinished[0].1.id, later.id);
    for (_, what) in unfinished {
        assert_eq!(erase(&database, &what).await.unwrap().removed, 2);
    }
    assert_eq!(texts(&database).await, 2);
    assert_eq!(found(folder.path(), [0, 1, 2]), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_failed_is_not_forgotten_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    let what = erasure("one", [1]);
    {
        let database = open(&path, Options::new()).await;
        add(&database, 0..3).await.unwrap();
    }
    {
        let database = open(&path, Options::new().with_faults(FaultPlan::fail_at(1))).await;
        assert!(erase(&database, &what).await.is_err());
        assert_eq!(texts(&database).await, 3);
        // The next erasure must not step over what the failed one left beside the file.
        erase(&database, &erasure("two", [2])).await.unwrap();
        assert_eq!(
            add(&database, [1]).await.unwrap_err().kind(),
            ErrorKind::Gone
        );
    }
    let database = open(&path, Options::new()).await;
    let unfinished = database.unfinished_erasures().await.unwrap();
    assert!(unfinished.contains(&(scope(), what)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_beside_comes_back_when_it_is_lost_or_torn() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    let beside = folder.path().join("alma.db.forgotten");
    {
        let database = open(&path, Options::new()).await;
        add(&database, 0..4).await.unwrap();
        erase(&database, &erasure("one", [0, 1])).await.unwrap();
    }
    std::fs::remove_file(&beside).unwrap();
    drop(open(&path, Options::new()).await);
    let text = std::fs::read_to_string(&beside).unwrap();
    assert!(text.contains(&record(0).to_string()) && text.contains(&record(1).to_string()));
    // A crash in the middle of a line.
    std::fs::write(&beside, format!("{text}home/ana {}", record(2))).unwrap();
    let database = open(&path, Options::new()).await;
    assert!(add(&database, [4]).await.is_ok());
    erase(&database, &erasure("two", [3])).await.unwrap();
    drop(database);
    let lost = std::fs::remove_file(folder.path().join("alma.db"));
    lost.unwrap();
    let database = open(&path, Options::new()).await;
    for (number, gone) in [(0, true), (1, true), (2, false), (3, true)] {
        assert_eq!(
            add(&database, [number]).await.is_err(),
            gone,
            "record {number}"
        );
    }
}

/// Forgets half of what is there, and dies at the commit boundary that was ordered.
#[tokio::test(flavor = "multi_thread")]
async fn child_that_forgets() {
    let Some((path, order)) = child::order() else {
        return;
    };
    let plan = FaultPlan::abort_at(order.parse().unwrap());
    let database = open(&path, Options::new().with_faults(plan)).await;
    let what = erasure("half", 0..20);
    let erased = erase(&database, &what).await.unwrap();
    assert_eq!(erased.state, ErasedState::Erased);
    child::say(0);
    database.finish_erasure(&scope(), what.id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn forgetting_survives_a_death_at_every_boundary() {
    let (mut deaths, mut begun) = (0, 0);
    for boundary in 1.. {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alma.db");
        add(&open(&path, Options::new()).await, 0..40)
            .await
            .unwrap();
        let child = child::spawn("sqlite::erasure::child_that_forgets", &path, boundary);
        let (said, end) = child.rest();
        if !said.is_empty() {
            assert_eq!(found(folder.path(), 0..20), 0, "boundary {boundary}");
        }
        let database = open(&path, Options::new()).await;
        assert_eq!(database.check().await.unwrap(), [""; 0]);
        for number in [0, 19] {
            let refused = add(&database, [number]).await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Gone, "boundary {boundary}");
        }
        for (_, what) in database.unfinished_erasures().await.unwrap() {
            let erased = erase(&database, &what).await.unwrap();
            assert_eq!(erased.state, ErasedState::Erased);
            begun += 1;
        }
        assert_eq!(texts(&database).await, 20);
        assert_eq!(found(folder.path(), 0..20), 0, "boundary {boundary}");
        assert_eq!(found(folder.path(), 20..40), 20);
        if end.success() {
            break;
        }
        deaths += 1;
    }
    // Around the erasure's commit, after the rewrite, after the log is empty, and around the note that all is done.
    assert_eq!((deaths, begun), (6, 5));
}
