//! Producers and workers on one file, killed at random moments, stopped beyond their leases, and poisoned.

use std::{
    collections::BTreeMap,
    io::Write,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use alma_core::{
    Clock, Cursor, ErrorKind, JobContext, JobHandler, JobState, JobStore, NewJob, Operator,
    OutcomeQuery, Result, SystemClock, sqlite::Options, testkit::Draws,
};
use alma_workers::Pool;
use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Role, all_outcomes, crew::Crew, open, scope, states};
use crate::{
    journal::{self, Journal},
    watched::Watched,
};

/// How many processes are killed; 50 when it is not set.
const KILLS: &str = "ALMA_TEST_KILLS";
const LEASE: Duration = Duration::from_millis(500);
/// Jobs that are queued at once.
const BATCH: usize = 5;
/// One job in so many kills its worker.
const POISON: usize = 500;
/// How often a job is tried that kills its worker.
const TRIES: u32 = 3;

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

/// Works until it is killed.
pub(super) async fn work(home: &Path) {
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

/// How many jobs the producer was told are queued; a kill leaves whole lines, but for the last.
fn told(home: &Path) -> usize {
    let text = std::fs::read_to_string(home.join("told")).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().last().map_or(0, |line| line.parse().unwrap())
}

/// Queues jobs, writes down each answer, and goes on from there when it is started again.
pub(super) async fn produce(home: &Path) {
    let jobs = open(home, Options::new()).await;
    let mut log = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(home.join("told"))
        .unwrap();
    // After half a line a whole one.
    log.write_all(b"\n").unwrap();
    let mut next = told(home);
    while !home.join("enough").exists() {
        let job = |n: usize| match n % POISON {
            100 => NewJob::new("poison", format!("poison/{n}"), json!(n)).with_max_attempts(TRIES),
            _ => NewJob::new("work", format!("work/{n}"), json!(n)).with_max_attempts(1_000),
        };
        let batch = (next..next + BATCH).map(job).collect();
        jobs.enqueue(&scope(), batch).await.unwrap();
        next += BATCH;
        log.write_all(format!("{next}\n").as_bytes()).unwrap();
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
}

/// What an onlooker saw of the leases in the file.
#[derive(Clone, Copy, Debug, Default)]
struct Leases {
    /// The longest that any stood beyond its time, in milliseconds.
    overdue: i64,
    /// The longest time between two looks, which is the machine's doing.
    blind: Duration,
}

/// Looks at the leases until it is told to stop.
fn watch_leases(file: &Path, stop: &AtomicBool) -> Leases {
    let database = rusqlite::Connection::open(file).unwrap();
    database.busy_timeout(Duration::from_secs(10)).unwrap();
    let mut overdue = database
        .prepare("SELECT coalesce(max(?1 - until), 0) FROM jobs WHERE state = 1 AND until <= ?1")
        .unwrap();
    let (mut seen, mut last) = (Leases::default(), Instant::now());
    while !stop.load(Ordering::SeqCst) {
        let now = SystemClock.now().as_millis();
        let here: i64 = overdue.query_row([now], |row| row.get(0)).unwrap();
        seen.overdue = seen.overdue.max(here);
        seen.blind = seen.blind.max(last.elapsed());
        last = Instant::now();
        thread::sleep(Duration::from_millis(5));
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_stopped_and_poisoned_processes_lose_nothing() {
    let wanted = std::env::var(KILLS).map_or(50, |kills| kills.parse().unwrap());
    let home = tempfile::tempdir().unwrap();
    let jobs = open(home.path(), Options::new()).await;
    let stop = Arc::new(AtomicBool::new(false));
    let onlooker = thread::spawn({
        let (stop, file) = (Arc::clone(&stop), home.path().join("alma.db"));
        move || watch_leases(&file, &stop)
    });
    let roles = [Role::Worker, Role::Worker, Role::Worker, Role::Producer];
    let mut crew = Crew::new(home.path(), &roles);
    let mut draws = Draws::new(7);
    let (began, mut next) = (Instant::now(), Duration::from_millis(300));
    let (mut ended, mut cursor) = (0, Cursor::start());
    while !crew.has_produced() || ended < told(home.path()) {
        let limit = Duration::from_secs(120 + 4 * wanted as u64);
        assert!(began.elapsed() < limit, "{ended} jobs ended; {crew:?}");
        crew.mend(LEASE + Duration::from_millis(100));
        let enough = crew.kills >= wanted && crew.stops > 2 && crew.poisoned > 3;
        if enough {
            std::fs::write(home.path().join("enough"), "").unwrap();
        } else if began.elapsed() > next {
            crew.strike(&mut draws);
            next = began.elapsed() + Duration::from_millis(60 + draws.below(180) as u64);
        }
        let query = OutcomeQuery::all().after(cursor).with_limit(1_000);
        let page = jobs.outcomes(&scope(), &query).await.unwrap();
        ended += page.items.len();
        cursor = page.next;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let (kills, stops) = (crew.kills, crew.stops);
    drop(crew);
    stop.store(true, Ordering::SeqCst);
    let leases = onlooker.join().unwrap();

    let count = told(home.path());
    let outcomes = all_outcomes(&jobs).await;
    let by_key: BTreeMap<_, _> = outcomes.iter().map(|one| (one.key.as_str(), one)).collect();
    assert_eq!(outcomes.len(), count, "each job has one outcome");
    for n in 0..count {
        if n % POISON == 100 {
            let outcome = by_key[format!("poison/{n}").as_str()];
            let fault = outcome.result.as_ref().unwrap_err();
            assert_eq!(
                (fault.kind, outcome.attempts),
                (ErrorKind::LeaseLost, TRIES)
            );
        } else {
            let outcome = by_key[format!("work/{n}").as_str()];
            assert_eq!(outcome.result, Ok(json!(n)));
        }
    }
    for (key, state) in states(&jobs).await {
        let dead = key.starts_with("poison");
        assert_eq!(state == JobState::Dead, dead, "{key} is {state:?}");
        assert!(state.is_final());
    }
    let findings = journal::check(&journal::read(home.path()), &outcomes).unwrap();
    assert!(findings.takeovers > 0, "{findings:?}");
    let bound = Duration::from_secs(1) + 2 * leases.blind;
    assert!(
        leases.overdue > 0 && leases.overdue <= bound.as_millis() as i64,
        "{leases:?}, bound {bound:?}"
    );
    let database = rusqlite::Connection::open(home.path().join("alma.db")).unwrap();
    let whole: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(whole, "ok");
    eprintln!(
        "{count} jobs, {kills} kills, {stops} stops, {findings:?}, {leases:?}, {:?}",
        began.elapsed()
    );
}
