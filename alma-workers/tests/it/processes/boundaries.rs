//! Kills at every commit boundary, by injection, so that no moment is left to luck.

use std::{io::Write, path::Path, time::Duration};

use alma_core::{
    Clock, Erasure, ErasureId, ErrorKind, Fault, JobState, JobStore, NewJob, RecordId, SystemClock,
    Worker,
    sqlite::{FaultPlan, Options},
};
use serde_json::json;

use super::{Role, all_outcomes, open, scope, start, states};

/// Every kind of write, one after the other; each answer is written down once it is there.
pub(super) async fn steps(home: &Path, abort_at: u64) {
    let options = Options::new().with_faults(FaultPlan::abort_at(abort_at));
    let jobs = open(home, options).await;
    let mut told = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(home.join("told"))
        .unwrap();
    let mut tell = |what: &str| writeln!(told, "{what}").unwrap();
    let worker = Worker::new("one", vec!["step".to_owned()], vec![scope()]);
    jobs.enqueue(&scope(), batch()).await.unwrap();
    tell("queued");
    let leases = jobs
        .claim(&worker, 10, Duration::from_secs(60))
        .await
        .unwrap();
    for lease in &leases {
        let claim = lease.claim();
        let key = lease.job.spec.key.as_str();
        match key {
            "done" => jobs
                .complete(&scope(), claim, json!("result"))
                .await
                .unwrap(),
            "dead" | "replayed" => {
                let fault = Fault::new(ErrorKind::Denied, "cannot go on");
                jobs.fail(&scope(), claim, fault).await.unwrap();
            }
            "released" => jobs.release(&scope(), claim).await.unwrap(),
            "cancelled" => {
                jobs.cancel(&scope(), &[claim.job]).await.unwrap();
            }
            "renewed" => {
                jobs.renew(&scope(), &[claim], Duration::from_secs(60))
                    .await
                    .unwrap();
            }
            _ => {}
        }
        tell(key);
    }
    let replayed = batch()[4].id(&scope());
    jobs.replay(&scope(), &[replayed]).await.unwrap();
    tell("replay");
    jobs.erase(&scope(), &erasure()).await.unwrap();
    tell("erased");
    jobs.purge(&scope(), SystemClock.now().plus(Duration::from_secs(60)))
        .await
        .unwrap();
    tell("purged");
}

fn erasure() -> Erasure {
    Erasure::new(
        ErasureId::from_bytes([9; 16]),
        vec![RecordId::from_bytes([1; 16])],
    )
}

fn batch() -> Vec<NewJob> {
    let keys = [
        "done",
        "dead",
        "released",
        "cancelled",
        "replayed",
        "renewed",
        "forgotten",
    ];
    let job = |key: &&str| {
        let job = NewJob::new("step", *key, json!("payload"));
        match *key {
            "forgotten" => job.with_sources(erasure().records),
            _ => job,
        }
    };
    keys.iter().map(job).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_commit_boundary_loses_nothing_that_was_told() {
    let mut at = 1;
    loop {
        let home = tempfile::tempdir().unwrap();
        let whole = start(home.path(), Role::Steps(at))
            .wait()
            .unwrap()
            .success();
        let told = std::fs::read_to_string(home.path().join("told")).unwrap_or_default();
        let told: Vec<&str> = told.lines().collect();
        let jobs = open(home.path(), Options::new()).await;
        let states = states(&jobs).await;
        let outcomes = all_outcomes(&jobs).await;
        assert!(
            states.is_empty() || states.len() == batch().len() || told.contains(&"erased"),
            "a batch is queued wholly or not at all: {states:?}"
        );
        assert!(!told.contains(&"queued") || !states.is_empty());
        let is = |key: &str, state: JobState| {
            let purged = told.contains(&"erased") && state.is_final() && !states.contains_key(key);
            assert!(
                !told.contains(&key) || states.get(key) == Some(&state) || purged,
                "boundary {at}: {key} was told to be {state:?}, and is not in {states:?}"
            );
        };
        is("done", JobState::Done);
        is("dead", JobState::Dead);
        is("released", JobState::Ready);
        is("cancelled", JobState::Cancelled);
        is("renewed", JobState::Leased);
        if told.contains(&"replay") {
            assert_eq!(states["replayed"], JobState::Ready);
        }
        // A state that ended and its outcome are one: neither is there without the other.
        for (key, state) in &states {
            let logged = outcomes
                .iter()
                .filter(|outcome| outcome.key == *key)
                .count();
            let replayed = key == "replayed" && *state == JobState::Ready;
            assert_eq!(
                logged,
                usize::from(
                    state.is_final() || replayed && !told.contains(&"purged") && logged == 1
                ),
                "boundary {at}: {key} is {state:?}"
            );
        }
        // What was begun is completed by repeating it, whatever moment it was cut at.
        let ids = jobs.enqueue(&scope(), batch()[..6].to_vec()).await.unwrap();
        assert_eq!(ids.len(), 6);
        jobs.erase(&scope(), &erasure()).await.unwrap();
        let again = jobs.enqueue(&scope(), batch()[6..].to_vec()).await;
        assert_eq!(again.unwrap_err().kind(), ErrorKind::Gone);
        if whole {
            assert!(at > 20, "all steps pass more than {at} boundaries");
            return;
        }
        at += 1;
    }
}
