//! What every caller relies on, on a file and in memory.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use alma_core::{
    Error, ErrorKind, SystemClock,
    sqlite::{Database, FaultPlan, Options},
};

use super::{STEPS, numbers, open, open_with, put};

async fn both(folder: &tempfile::TempDir) -> [Database; 2] {
    let memory = Database::in_memory().unwrap();
    memory.migrate("numbers", STEPS).await.unwrap();
    [open(folder.path().join("alma.db")).await, memory]
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_what_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    for database in both(&folder).await {
        put(&database, 1).await.unwrap();
        put(&database, 2).await.unwrap();
        assert_eq!(numbers(&database).await, [1, 2]);
    }
    assert_eq!(
        numbers(&open(folder.path().join("alma.db")).await).await,
        [1, 2]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_fails_alone() {
    let folder = tempfile::tempdir().unwrap();
    for database in both(&folder).await {
        // Held back until all are queued, so that they share one group.
        let (release, hold) = mpsc::channel::<()>();
        let held = tokio::spawn({
            let database = database.clone();
            async move { database.write(move |_| Ok(hold.recv())).await }
        });
        let mut calls = Vec::new();
        for number in 0..30 {
            let database = database.clone();
            calls.push(tokio::spawn(async move {
                database
                    .write(move |tx| {
                        tx.execute("INSERT INTO numbers (number) VALUES (?1)", [number])?;
                        match number % 3 {
                            0 => Ok(()),
                            1 => Err(Error::invalid("cannot like this number")),
                            _ => panic!("number {number}"),
                        }
                    })
                    .await
            }));
        }
        release.send(()).unwrap();
        held.await.unwrap().unwrap().unwrap();
        for (number, call) in calls.into_iter().enumerate() {
            let result = call.await.unwrap();
            match number % 3 {
                0 => result.unwrap(),
                1 => assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidInput),
                _ => {
                    let error = result.unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::Internal);
                    assert!(error.message().contains(&format!("number {number}")));
                }
            }
        }
        let kept: Vec<i64> = (0..30).step_by(3).collect();
        assert_eq!(numbers(&database).await, kept);
        put(&database, 100).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panicking_read_harms_nobody() {
    let folder = tempfile::tempdir().unwrap();
    for database in both(&folder).await {
        for _ in 0..20 {
            let read = database.read(|_| -> alma_core::Result<()> { panic!("no") });
            assert_eq!(read.await.unwrap_err().kind(), ErrorKind::Internal);
        }
        put(&database, 1).await.unwrap();
        assert_eq!(numbers(&database).await, [1]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    for database in both(&folder).await {
        let write = database.read(|db| Ok(db.execute("INSERT INTO numbers VALUES (1)", [])?));
        assert!(write.await.is_err());
        put(&database, 1).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_one_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(folder.path().join("alma.db")).await;
    put(&database, 1).await.unwrap();
    let (seen, wait_seen) = tokio::sync::oneshot::channel();
    let (go, wait_go) = mpsc::channel::<()>();
    let count = "SELECT count(*) FROM numbers";
    let reading = tokio::spawn({
        let database = database.clone();
        async move {
            database
                .read(move |db| {
                    let before: i64 = db.query_row(count, [], |row| row.get(0))?;
                    seen.send(()).unwrap();
                    wait_go.recv().unwrap();
                    let after: i64 = db.query_row(count, [], |row| row.get(0))?;
                    Ok((before, after))
                })
                .await
        }
    });
    wait_seen.await.unwrap();
    put(&database, 2).await.unwrap();
    assert_eq!(numbers(&database).await, [1, 2]);
    go.send(()).unwrap();
    assert_eq!(reading.await.unwrap().unwrap(), (1, 1));
    assert_eq!(
        database
            .read_blocking(|db| Ok(db.query_row(count, [], |row| row.get::<_, i64>(0))?))
            .unwrap(),
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_is_overload_and_passes() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = Options::new();
    options.queue = 4;
    let database = open_with(folder.path().join("alma.db"), options).await;
    let (started, wait_started) = tokio::sync::oneshot::channel();
    let (release, hold) = mpsc::channel::<()>();
    let held = tokio::spawn({
        let database = database.clone();
        async move {
            database
                .write(move |_| {
                    started.send(()).unwrap();
                    Ok(hold.recv())
                })
                .await
        }
    });
    wait_started.await.unwrap();
    let mut calls: Vec<_> = (0..6)
        .map(|number| Box::pin(put(&database, number)))
        .collect();
    let mut refused = 0;
    for call in &mut calls {
        // The first poll queues the operation, or hears that there is no room.
        let polled =
            std::future::poll_fn(|context| std::task::Poll::Ready(call.as_mut().poll(context)));
        if let std::task::Poll::Ready(result) = polled.await {
            let error = result.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Overloaded);
            assert!(error.retry_after().is_some());
            refused += 1;
        }
    }
    assert_eq!(refused, 2);
    release.send(()).unwrap();
    held.await.unwrap().unwrap().unwrap();
    for call in calls.into_iter().take(4) {
        call.await.unwrap();
    }
    assert_eq!(numbers(&database).await, [0, 1, 2, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_write_is_done_wholly() {
    let folder = tempfile::tempdir().unwrap();
    for database in both(&folder).await {
        {
            let mut write = Box::pin(put(&database, 7));
            std::future::poll_fn(|context| {
                let _ = write.as_mut().poll(context);
                std::task::Poll::Ready(())
            })
            .await;
        }
        put(&database, 8).await.unwrap();
        assert_eq!(numbers(&database).await, [7, 8]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_handle_may_go_inside_of_an_operation() {
    let folder = tempfile::tempdir().unwrap();
    for database in both(&folder).await {
        let inside = database.clone();
        let (release, hold) = mpsc::channel::<()>();
        let (done, wait_done) = tokio::sync::oneshot::channel();
        let mut write = Box::pin(database.write(move |tx| {
            hold.recv().unwrap();
            tx.execute("INSERT INTO numbers (number) VALUES (9)", [])?;
            drop(inside);
            done.send(()).unwrap();
            Ok(())
        }));
        let polled = std::future::poll_fn(|context| {
            std::task::Poll::Ready(write.as_mut().poll(context).is_pending())
        });
        assert!(polled.await, "it waits for its release");
        drop(write);
        drop(database);
        release.send(()).unwrap();
        wait_done.await.unwrap();
    }
    // Opening waits for the turn, and so for the commit.
    let database = open(folder.path().join("alma.db")).await;
    assert_eq!(numbers(&database).await, [9]);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_seen_within_and_across_connections() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    for database in both(&folder).await {
        let mut changes = database.changes(Arc::new(SystemClock)).unwrap();
        assert!(!changes.wait(Duration::ZERO).await.unwrap());
        put(&database, 1).await.unwrap();
        assert!(changes.wait(Duration::ZERO).await.unwrap());
        while changes.wait(Duration::ZERO).await.unwrap() {}
        let writing = tokio::spawn({
            let database = database.clone();
            async move { put(&database, 2).await }
        });
        assert!(changes.wait(Duration::from_secs(600)).await.unwrap());
        writing.await.unwrap().unwrap();
    }
    // Two handles opened apart know nothing of each other, as two processes.
    let (here, there) = (open(&path).await, open(&path).await);
    let mut changes = here.changes(Arc::new(SystemClock)).unwrap();
    put(&there, 3).await.unwrap();
    assert!(changes.wait(Duration::from_secs(600)).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn planned_faults_lose_work_before_a_commit_and_answers_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    drop(open(&path).await);
    for (boundary, kept) in [(1, false), (2, true)] {
        let options = Options::new().with_faults(FaultPlan::fail_at(boundary));
        let database = open_with(&path, options).await;
        let number = boundary as i64;
        let error = put(&database, number).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(numbers(&database).await.contains(&number), kept);
        put(&database, number + 10).await.unwrap();
    }
}

/// SQLite compiled many a cached statement anew for each value bound to it: a claim cost four times as much.
#[tokio::test]
async fn cached_statements_are_compiled_once() {
    let database = Database::in_memory().unwrap();
    let compiled = database
        .write(|tx| {
            tx.execute_batch(
                "CREATE TABLE line (number INTEGER PRIMARY KEY, state INTEGER, due INTEGER);
                 CREATE INDEX line_waiting ON line (due) WHERE state = 0;",
            )?;
            let query =
                "SELECT number FROM line WHERE state = 0 AND due <= ?1 ORDER BY due LIMIT ?2";
            for due in 0..9 {
                let mut statement = tx.prepare_cached(query)?;
                statement.exists((due, due + 1))?;
            }
            let statement = tx.prepare_cached(query)?;
            Ok(statement.get_status(rusqlite::StatementStatus::RePrepare))
        })
        .await
        .unwrap();
    assert_eq!(compiled, 0);
}
