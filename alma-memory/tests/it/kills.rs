//! Killed at random moments, alone and beside another process: what was acknowledged is there.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Lines},
    path::Path,
    process::{Child, ChildStdout},
    time::Duration,
};

use alma_core::{
    Consolidate, Digest, ErrorKind, Memory, MemoryExt, Mode, Observation, Query, RecordQuery,
    Selection, sqlite::Database,
};
use alma_memory::SqliteMemory;

use crate::common::{ana, start, three_subjects};

const PATH: &str = "ALMA_MEMORY_KILL_PATH";
const WORK: &str = "ALMA_MEMORY_KILL_WORK";
const NAME: &str = "ALMA_MEMORY_KILL_NAME";

/// Rounds that a child works at most, should nobody kill it.
const ROUNDS: usize = 200;

fn notes(name: &str, round: usize) -> Vec<Observation> {
    (0..3)
        .map(|at| {
            Observation::text(format!(
                "{name} wrote line {at} of round {round}: zqwolfram{name}{round}x"
            ))
            .with_source(format!("{name}/{round}"))
            .with_position(at)
        })
        .collect()
}

async fn digest(memory: &SqliteMemory, key: &str) -> Digest {
    let run = memory
        .consolidate(&ana(), &Consolidate::new(key))
        .await
        .unwrap();
    Digest::of_json(&serde_json::to_value(run).unwrap())
}

/// The process that is killed: it tells each round that was acknowledged.
#[tokio::test]
async fn child() {
    let Some(path) = std::env::var_os(PATH) else {
        return;
    };
    let (work, name) = (std::env::var(WORK).unwrap(), std::env::var(NAME).unwrap());
    let memory = SqliteMemory::open(Database::open(path).unwrap())
        .await
        .unwrap();
    if work == "consolidate" {
        memory.remember(&ana(), three_subjects(6)).await.unwrap();
    }
    println!("\nready");
    for round in 0..ROUNDS {
        memory.remember(&ana(), notes(&name, round)).await.unwrap();
        let told = match work.as_str() {
            "consolidate" => digest(&memory, &format!("night {round}")).await.to_string(),
            "forget" => {
                let source = Selection::Source(format!("{name}/{round}"));
                let receipt = memory.forget(&ana(), &source, Mode::Erase).await.unwrap();
                assert_eq!(receipt.selected.len(), 3);
                String::new()
            }
            _ => String::new(),
        };
        println!("\nacknowledged {round} {told}");
    }
}

struct Worker {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    fn spawn(path: &Path, work: &str, name: &str) -> Self {
        let orders = [
            (PATH, path.as_os_str()),
            (WORK, work.as_ref()),
            (NAME, name.as_ref()),
        ];
        let mut child = start("kills::child", &orders);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Lets it begin its work.
    fn ready(&mut self) {
        assert!(
            self.lines
                .by_ref()
                .map(Result::unwrap)
                .any(|line| line == "ready")
        );
    }

    /// Kills it after `moment` and answers with what it told per acknowledged round.
    fn kill(mut self, moment: Duration) -> Vec<String> {
        std::thread::sleep(moment);
        // It may have come to its end already.
        let _ = self.child.kill();
        let told = self
            .lines
            .map(Result::unwrap)
            .filter_map(|line| {
                Some(
                    line.strip_prefix("acknowledged ")?
                        .split_once(' ')?
                        .1
                        .to_owned(),
                )
            })
            .collect();
        self.child.wait().unwrap();
        told
    }
}

/// Repeatable moments, so that a failure can be seen again.
struct Moments(u64);

impl Moments {
    fn next(&mut self, most: u64) -> Duration {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        Duration::from_micros((self.0 >> 33) % (most * 1_000))
    }
}

async fn opened(path: &Path) -> SqliteMemory {
    let database = Database::open(path).unwrap();
    assert!(database.check().await.unwrap().is_empty());
    SqliteMemory::open(database).await.unwrap()
}

/// What every round left is wholly there, and found by its words and its vector.
async fn check_remembered(memory: &SqliteMemory, name: &str, rounds: usize) {
    let held: BTreeSet<_> = memory
        .all_records(&ana(), &RecordQuery::all())
        .await
        .unwrap()
        .iter()
        .map(|record| record.id)
        .collect();
    for round in 0..rounds {
        for note in notes(name, round) {
            assert!(
                held.contains(&note.id(&ana())),
                "round {round} of {name} is lost"
            );
        }
    }
    if let Some(last) = rounds.checked_sub(1) {
        let question = Query::text(format!("zqwolfram{name}{last}x")).with_k(3);
        let recall = memory.recall(&ana(), &question).await.unwrap();
        assert!(
            recall
                .hits
                .iter()
                .all(|hit| hit.record.source == format!("{name}/{last}"))
        );
        assert!(recall.hits.iter().all(|hit| hit.ranks.len() == 2));
    }
}

#[tokio::test]
async fn fifty_kills_while_remembering() {
    let mut moments = Moments(1);
    for _ in 0..50 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alma.db");
        let mut worker = Worker::spawn(&path, "remember", "ana");
        worker.ready();
        let rounds = worker.kill(moments.next(30)).len();
        check_remembered(&opened(&path).await, "ana", rounds).await;
    }
}

#[tokio::test]
async fn fifty_kills_while_consolidating() {
    let mut moments = Moments(2);
    for _ in 0..50 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alma.db");
        let mut worker = Worker::spawn(&path, "consolidate", "ana");
        worker.ready();
        let told = worker.kill(moments.next(120));
        let memory = opened(&path).await;
        for (round, told) in told.iter().enumerate() {
            assert_eq!(
                digest(&memory, &format!("night {round}")).await.to_string(),
                *told
            );
        }
        // The last is told by all its summaries or by none, and can be carried on from.
        let next = memory
            .consolidate(&ana(), &Consolidate::new("after"))
            .await
            .unwrap();
        for topic in &next.topics {
            memory.record(&ana(), topic.summary).await.unwrap();
        }
        let summaries = RecordQuery::kinds(vec![alma_core::RecordKind::Summary]);
        let current = memory.all_records(&ana(), &summaries).await.unwrap();
        assert_eq!(current.len(), next.topics.len());
    }
}

#[tokio::test]
async fn fifty_kills_while_forgetting() {
    let mut moments = Moments(3);
    for _ in 0..50 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alma.db");
        let mut worker = Worker::spawn(&path, "forget", "ana");
        worker.ready();
        let rounds = worker.kill(moments.next(60)).len();
        let memory = opened(&path).await;
        for round in 0..rounds {
            let back = memory
                .remember(&ana(), notes("ana", round))
                .await
                .unwrap_err();
            assert_eq!(back.kind(), ErrorKind::Gone, "round {round}");
        }
        // What was begun is done or undone: no part of a round is left alone.
        let left = memory
            .all_records(&ana(), &RecordQuery::all())
            .await
            .unwrap();
        assert!(
            left.is_empty() || left.len() == 3,
            "{} records of one round",
            left.len()
        );
        memory
            .forget(&ana(), &Selection::All, Mode::Erase)
            .await
            .unwrap();
        drop(memory);
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let file = entry.unwrap().path();
            if file.is_file() {
                let bytes = std::fs::read(&file).unwrap();
                let found = bytes.windows(9).any(|window| window == b"zqwolfram");
                assert!(!found, "{} still holds what was forgotten", file.display());
            }
        }
    }
}

#[tokio::test]
async fn twenty_kills_beside_another_process() {
    let mut moments = Moments(4);
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alma.db");
        let (mut ana, mut rui) = (
            Worker::spawn(&path, "remember", "ana"),
            Worker::spawn(&path, "remember", "rui"),
        );
        ana.ready();
        rui.ready();
        let of_ana = ana.kill(moments.next(30)).len();
        let of_rui = rui.kill(moments.next(30) + Duration::from_millis(10)).len();
        let memory = opened(&path).await;
        check_remembered(&memory, "ana", of_ana).await;
        check_remembered(&memory, "rui", of_rui).await;
        assert!(of_rui > 0, "the other process stood still");
    }
}
