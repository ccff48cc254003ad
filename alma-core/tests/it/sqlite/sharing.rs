//! Several processes on one file.

use super::{child, numbers, open, put};

/// Opens a file that may not be there yet, and writes one number.
#[tokio::test(flavor = "multi_thread")]
async fn child_that_opens() {
    let Some((path, order)) = child::order() else {
        return;
    };
    child::say(0);
    child::wait_for_sign();
    let database = open(&path).await;
    put(&database, order.parse().unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn first_opens_at_once_are_safe() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alma.db");
        let mut processes: Vec<_> = (1..=4)
            .map(|number| child::spawn("sqlite::sharing::child_that_opens", &path, number))
            .collect();
        for process in &mut processes {
            assert_eq!(process.next(), Some(0));
        }
        for process in &mut processes {
            process.sign();
        }
        for process in processes {
            assert!(process.rest().1.success());
        }
        assert_eq!(numbers(&open(&path).await).await, [1, 2, 3, 4]);
    }
}

/// Sixteen callers that write without pause; says how many writes were acknowledged, every 50.
#[tokio::test(flavor = "multi_thread")]
async fn child_that_writes_without_pause() {
    let Some((path, order)) = child::order() else {
        return;
    };
    let first: i64 = order.parse().unwrap();
    let database = open(&path).await;
    child::say(0);
    child::wait_for_sign();
    let done = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(0));
    let tasks = (0..16).map(|task| {
        let (database, done) = (database.clone(), done.clone());
        tokio::spawn(async move {
            for number in (first..).skip(task).step_by(16) {
                put(&database, number).await.unwrap();
                let count = done.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
                if count % 50 == 0 {
                    child::say(count);
                }
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

/// With SQLite's own lock alone, one of four processes did 64 writes while another did 107,726.
#[tokio::test(flavor = "multi_thread")]
async fn four_processes_take_fair_turns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    let mut processes: Vec<_> = (0..4_i64)
        .map(|number| {
            let first = number * 1_000_000_000 + 1;
            child::spawn(
                "sqlite::sharing::child_that_writes_without_pause",
                &path,
                first,
            )
        })
        .collect();
    for process in &mut processes {
        assert_eq!(process.next(), Some(0));
    }
    for process in &mut processes {
        process.sign();
    }
    let counts: Vec<_> = processes
        .into_iter()
        .map(|mut process| {
            std::thread::spawn(move || {
                // An error, such as "database is locked", would end the child before.
                while process.next().expect("the child writes on") < 1_000 {}
                process
            })
        })
        .collect::<Vec<_>>()
        .into_iter()
        .map(|reading| reading.join().unwrap())
        .collect::<Vec<_>>()
        .into_iter()
        .map(|process| process.kill().last().copied().unwrap_or(1_000))
        .collect();
    let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
    assert!(most / least < 10, "{counts:?}");
}
