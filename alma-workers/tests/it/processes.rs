//! Worker processes that are killed, stopped and poisoned: nothing is lost, nothing is accepted twice.
//!
//! The workers are this test binary itself, started again with only [`child`].

use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use alma_core::{
    Clock, Cursor, Erasure, ErasureId, ErrorKind, Fault, JobContext, JobHandler, JobQuery,
    JobState, JobStore, NewJob, Operator, Outcome, OutcomeQuery, PageRequest, RecordId, Result,
    Scope, SystemClock, Worker,
    sqlite::{Database, FaultPlan, Options},
    testkit::Draws,
};
use alma_workers::{Pool, SqliteJobs};
use async_trait::async_trait;
use serde_json::{Value, json};

use crate::{
    journal::{self, Journal},
    watched::Watched,
};

const HOME: &str = "ALMA_TEST_HOME";
const ABORT: &str = "ALMA_TEST_ABORT_AT";
const LEASE: Duration = Duration::from_millis(500);

fn scope() -> Scope {
    Scope::new("home/ana").unwrap()
}

async fn open(home: &Path, options: Options) -> SqliteJobs {
    SqliteJobs::open(Database::open_with(home.join("alma.db"), options).unwrap())
        .await
        .unwrap()
}

/// Takes a moment; a poison job ends its worker instead.
#[derive(Debug)]
struct Work(&'static str);

#[async_trait]
impl JobHandler for Work {
    fn kind(&self) -> &str {
        self.0
    }

    async fn run(&self, context: &JobContext) -> Result<Value> {
        tokio::time::sleep(Duration::from_millis(2)).await;
        if self.0 == "poison" {
            std::process::abort();
        }
        Ok(context.job.spec.payload.clone())
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ALMA_TEST_HOME: the other tests run it as a process of its own"]
async fn child() {
    let home = PathBuf::from(std::env::var_os(HOME).unwrap());
    match std::env::var(ABORT) {
        Ok(at) => steps(&home, at.parse().unwrap()).await,
        Err(_) => work(&home).await,
    }
}

fn start(home: &Path, abort_at: Option<u64>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["processes::child", "--exact", "--ignored"])
        .env(HOME, home)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if let Some(at) = abort_at {
        command.env(ABORT, at.to_string());
    }
    command.spawn().unwrap()
}

/// Works until it is killed.
async fn work(home: &Path) {
    let jobs = open(home, Options::new()).await;
    let signal = jobs.signal();
    let watched = Watched {
        store: jobs,
        watch: Journal::in_folder(home),
    };
    Pool::for_all(&Operator::assume(), "child", watched)
        .with_handler(Arc::new(Work("work")))
        .with_handler(Arc::new(Work("poison")))
        .with_signal(signal)
        .with_lease(LEASE)
        .with_look(Duration::from_millis(100))
        .with_concurrency(4)
        .run()
        .await;
}

fn signal(child: &Child, name: &str) {
    let told = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status();
    assert!(told.unwrap().success());
}

async fn all_outcomes(jobs: &SqliteJobs) -> Vec<Outcome> {
    let mut query = OutcomeQuery::all().with_limit(1_000);
    let mut all = Vec::new();
    loop {
        let page = jobs.outcomes(&scope(), &query).await.unwrap();
        all.extend(page.items);
        if !page.more {
            return all;
        }
        query = query.after(page.next);
    }
}

async fn states(jobs: &SqliteJobs) -> BTreeMap<String, JobState> {
    let (mut request, mut all) = (PageRequest::first(1_000), BTreeMap::new());
    loop {
        let page = jobs.jobs(&scope(), &JobQuery::default(), &request).await.unwrap();
        all.extend(page.items.into_iter().map(|job| (job.spec.key, job.state)));
        if !page.more {
            return all;
        }
        request.after = page.next;
    }
}

/// Three workers on one file, struck one at a time; whoever died is replaced.
struct Crew {
    home: PathBuf,
    workers: Vec<Child>,
    stopped: Option<(usize, Instant)>,
    deaths: usize,
}

impl Crew {
    fn new(home: &Path, size: usize) -> Self {
        Self {
            home: home.to_owned(),
            workers: (0..size).map(|_| start(home, None)).collect(),
            stopped: None,
            deaths: 0,
        }
    }

    fn replace_the_dead(&mut self) {
        for at in 0..self.workers.len() {
            if self.workers[at].try_wait().unwrap().is_some() {
                self.deaths += 1;
                self.workers[at] = start(&self.home, None);
                self.stopped = self.stopped.filter(|(stopped, _)| *stopped != at);
            }
        }
        if let Some((at, since)) = self.stopped
            && since.elapsed() > LEASE + LEASE / 2
        {
            signal(&self.workers[at], "-CONT");
            self.stopped = None;
        }
    }

    fn strike(&mut self, draws: &mut Draws) {
        let at = draws.below(self.workers.len());
        if draws.below(2) == 0 {
            self.workers[at].kill().unwrap();
        } else if self.stopped.is_none() && self.workers[at].try_wait().unwrap().is_none() {
            signal(&self.workers[at], "-STOP");
            self.stopped = Some((at, Instant::now()));
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        for worker in &mut self.workers {
            let _ = worker.kill();
            let _ = worker.wait();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_stopped_and_poisoned_workers_lose_nothing() {
    const JOBS: usize = 4_000;
    const POISON: usize = 4;
    let home = tempfile::tempdir().unwrap();
    let jobs = open(home.path(), Options::new()).await;
    let mut batch: Vec<NewJob> = (0..JOBS)
        .map(|n| NewJob::new("work", format!("work/{n}"), json!(n)).with_max_attempts(1_000))
        .collect();
    for n in 0..POISON {
        let poison = NewJob::new("poison", format!("poison/{n}"), json!(n));
        batch.insert((n + 1) * JOBS / (POISON + 1), poison.with_max_attempts(3));
    }
    // The order of queueing is the order of claiming, so that poison comes in the midst.
    for piece in batch.chunks(50) {
        jobs.enqueue(&scope(), piece.to_vec()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let mut crew = Crew::new(home.path(), 3);
    let mut draws = Draws::new(7);
    let (began, mut strikes, mut next) = (Instant::now(), 0, Duration::from_millis(300));
    let mut starved = Duration::ZERO;
    let mut ended = 0;
    let mut cursor = Cursor::start();
    while ended < JOBS + POISON {
        assert!(began.elapsed() < Duration::from_secs(300), "{ended} jobs ended");
        let before = Instant::now();
        crew.replace_the_dead();
        if began.elapsed() > next {
            crew.strike(&mut draws);
            strikes += 1;
            next = began.elapsed() + Duration::from_millis(100 + draws.below(200) as u64);
        }
        let query = OutcomeQuery::all().after(cursor).with_limit(1_000);
        let page = jobs.outcomes(&scope(), &query).await.unwrap();
        ended += page.items.len();
        cursor = page.next;
        tokio::time::sleep(Duration::from_millis(20)).await;
        starved = starved.max(before.elapsed().saturating_sub(Duration::from_millis(20)));
    }
    let deaths = crew.deaths;
    drop(crew);

    let outcomes = all_outcomes(&jobs).await;
    assert_eq!(outcomes.len(), JOBS + POISON, "each job has one outcome");
    for outcome in &outcomes {
        let number = outcome.key.split('/').nth(1).unwrap();
        if outcome.key.starts_with("poison") {
            let fault = outcome.result.as_ref().unwrap_err();
            assert_eq!(fault.kind, ErrorKind::LeaseLost);
            assert_eq!(outcome.attempts, 3, "a job that kills its worker is tried as often as allowed");
        } else {
            assert_eq!(outcome.result, Ok(json!(number.parse::<usize>().unwrap())));
        }
    }
    let dead = states(&jobs).await;
    assert_eq!(dead.values().filter(|state| **state == JobState::Dead).count(), POISON);
    let findings = journal::check(&journal::read(home.path()), &outcomes).unwrap();
    assert!(strikes >= 5 && deaths > 3 * POISON, "{strikes} strikes, {deaths} deaths");
    assert!(findings.takeovers > 0, "{findings:?}");
    // Workers look each 100 ms; what a busy machine adds to that is known from this process.
    let bound = Duration::from_secs(1) + 2 * starved;
    assert!(
        u128::try_from(findings.overdue).unwrap_or(0) <= bound.as_millis(),
        "{findings:?}, bound {bound:?}"
    );
    let database = rusqlite::Connection::open(home.path().join("alma.db")).unwrap();
    let whole: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(whole, "ok");
}

/// Every kind of write, one after the other; each answer is written down once it is there.
async fn steps(home: &Path, abort_at: u64) {
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
    let leases = jobs.claim(&worker, 10, Duration::from_secs(60)).await.unwrap();
    for lease in &leases {
        let claim = lease.claim();
        let key = lease.job.spec.key.as_str();
        match key {
            "done" => jobs.complete(&scope(), claim, json!("result")).await.unwrap(),
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
    Erasure::new(ErasureId::from_bytes([9; 16]), vec![RecordId::from_bytes([1; 16])])
}

fn batch() -> Vec<NewJob> {
    let keys = [
        "done", "dead", "released", "cancelled", "replayed", "renewed", "forgotten",
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
        let whole = start(home.path(), Some(at)).wait().unwrap().success();
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
            let logged = outcomes.iter().filter(|outcome| outcome.key == *key).count();
            let replayed = key == "replayed" && *state == JobState::Ready;
            assert_eq!(
                logged,
                usize::from(state.is_final() || replayed && !told.contains(&"purged") && logged == 1),
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

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_reader_hears_of_another_process() {
    let home = tempfile::tempdir().unwrap();
    let jobs = open(home.path(), Options::new()).await;
    let worker = start(home.path(), None);
    let crew = Crew {
        home: home.path().to_owned(),
        workers: vec![worker],
        stopped: None,
        deaths: 0,
    };
    for n in 0..5 {
        let job = NewJob::new("work", n.to_string(), json!(n)).with_group(n.to_string());
        jobs.enqueue(&scope(), vec![job]).await.unwrap();
        let query = OutcomeQuery::group(n.to_string()).with_wait(Duration::from_secs(60));
        let page = jobs.outcomes(&scope(), &query).await.unwrap();
        assert_eq!(page.items[0].result, Ok(json!(n)));
    }
    drop(crew);
}
