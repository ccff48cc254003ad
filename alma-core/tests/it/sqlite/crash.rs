//! `kill -9` takes nothing that was acknowledged, and leaves nothing half done.

use std::{collections::BTreeSet, path::Path};

use alma_core::{
    Digest,
    sqlite::{FaultPlan, Options},
};

use super::{child, numbers, open, open_with, put};

/// Each write leaves two rows; one without the other is half an operation.
async fn put_pair(database: &alma_core::sqlite::Database, number: i64) {
    database
        .write(move |tx| {
            for number in [number, -number] {
                tx.prepare_cached("INSERT INTO numbers (number) VALUES (?1)")?
                    .execute([number])?;
            }
            Ok(())
        })
        .await
        .unwrap();
}

/// What was acknowledged and is not there; panics on half of an operation or a damaged file.
async fn lost(path: &Path, acknowledged: &[i64]) -> Vec<i64> {
    let database = open(path).await;
    assert_eq!(database.check().await.unwrap(), [""; 0]);
    let kept: BTreeSet<_> = numbers(&database).await.into_iter().collect();
    for number in &kept {
        assert!(kept.contains(&-number), "half of operation {number}");
    }
    let lost = acknowledged.iter().filter(|number| !kept.contains(number));
    lost.copied().collect()
}

/// Writes 1, 2, 3 … from four tasks and says each number once it is acknowledged, until it is killed.
#[tokio::test(flavor = "multi_thread")]
async fn child_that_writes_until_killed() {
    let Some((path, order)) = child::order() else {
        return;
    };
    let first: i64 = order.parse().unwrap();
    let database = open(&path).await;
    let tasks = (0..4).map(|task| {
        let database = database.clone();
        tokio::spawn(async move {
            for number in (first..).skip(task).step_by(4) {
                put_pair(&database, number).await;
                child::say(number);
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_moment_loses_nothing_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    let mut acknowledged = Vec::new();
    for round in 0..20_u64 {
        let first = i64::try_from(round * 1_000_000 + 1).unwrap();
        let name = "sqlite::crash::child_that_writes_until_killed";
        let mut process = child::spawn(name, &path, first);
        for _ in 0..Digest::of(&round.to_le_bytes()).number() % 60 + 1 {
            acknowledged.push(process.next().expect("the child writes until it is killed"));
        }
        acknowledged.extend(process.kill());
        assert_eq!(lost(&path, &acknowledged).await, [0; 0]);
    }
    assert!(acknowledged.len() > 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_among_two_that_share_lose_nothing_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    let name = "sqlite::crash::child_that_writes_until_killed";
    let mut survivor = child::spawn(name, &path, 1_000_000_000);
    let mut acknowledged = vec![survivor.next().unwrap()];
    for round in 0..20_u64 {
        let first = i64::try_from(round * 1_000_000 + 1).unwrap();
        let mut process = child::spawn(name, &path, first);
        for _ in 0..Digest::of(&round.to_le_bytes()).number() % 30 + 1 {
            acknowledged.push(process.next().unwrap());
            acknowledged.push(survivor.next().expect("the other process goes on"));
        }
        acknowledged.extend(process.kill());
    }
    acknowledged.extend(survivor.kill());
    assert_eq!(lost(&path, &acknowledged).await, [0; 0]);
}

/// Writes ten numbers and dies at the commit boundary that was ordered.
#[tokio::test(flavor = "multi_thread")]
async fn child_that_dies_at_a_boundary() {
    let Some((path, order)) = child::order() else {
        return;
    };
    let options = Options::new().with_faults(FaultPlan::abort_at(order.parse().unwrap()));
    let database = open_with(&path, options).await;
    for number in 1..=10 {
        put_pair(&database, number).await;
        child::say(number);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_commit_boundary_loses_anything_acknowledged() {
    let mut deaths = 0;
    for boundary in 1.. {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alma.db");
        let name = "sqlite::crash::child_that_dies_at_a_boundary";
        let (acknowledged, end) = child::spawn(name, &path, boundary).rest();
        assert_eq!(
            lost(&path, &acknowledged).await,
            [0; 0],
            "boundary {boundary}"
        );
        if end.success() {
            assert_eq!(acknowledged.len(), 10);
            break;
        }
        deaths += 1;
    }
    // Before and after the migration and ten writes.
    assert_eq!(deaths, 22);
}

/// A store that acknowledges what it only holds in memory, and writes every third time.
#[tokio::test(flavor = "multi_thread")]
async fn child_that_acknowledges_too_early() {
    let Some((path, order)) = child::order() else {
        return;
    };
    let options = Options::new().with_faults(FaultPlan::abort_at(order.parse().unwrap()));
    let database = open_with(&path, options).await;
    let mut held = Vec::new();
    for number in 1..=10 {
        held.push(number);
        child::say(number);
        if held.len() == 3 {
            for number in held.drain(..) {
                put_pair(&database, number).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_acknowledges_too_early_is_found_out() {
    let mut caught = 0;
    for boundary in 1..=8 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alma.db");
        let name = "sqlite::crash::child_that_acknowledges_too_early";
        let (acknowledged, end) = child::spawn(name, &path, boundary).rest();
        assert!(!end.success());
        caught += usize::from(!lost(&path, &acknowledged).await.is_empty());
    }
    assert!(caught >= 5, "{caught}");
}

/// The answers after a fault tell the truth: what failed before its commit is not there.
#[tokio::test(flavor = "multi_thread")]
async fn periodic_faults_lose_nothing_acknowledged() {
    // Before every third commit, then after every second.
    for (every, acknowledged, kept) in [(5, 34, 34), (4, 25, 50)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alma.db");
        drop(open(&path).await);
        let options = Options::new().with_faults(FaultPlan::fail_every(every));
        let database = open_with(&path, options).await;
        let mut answers = 0;
        for number in 0..50 {
            let answered = put(&database, number).await.is_ok();
            let found = numbers(&database).await.contains(&number);
            assert!(found || !answered, "{number}");
            answers += usize::from(answered);
        }
        assert_eq!(answers, acknowledged);
        assert_eq!(numbers(&database).await.len(), kept);
    }
}
