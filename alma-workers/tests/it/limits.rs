//! Limits, retention and erasure, beyond what the suites ask.

use std::{sync::Arc, time::Duration};

use alma_core::{
    Clock, Cursor, ErasedState, Erasure, ErasureId, ErrorKind, Fault, JobQuery, JobState, JobStore,
    NewJob, OutcomeQuery, PageRequest, RecordId, Scope, Worker, sqlite::Database,
    testkit::ManualClock,
};
use alma_workers::SqliteJobs;
use serde_json::{Value, json};
use tempfile::TempDir;

const LEASE: Duration = Duration::from_secs(30);

fn scope(name: &str) -> Scope {
    Scope::new(format!("home/{name}")).unwrap()
}

fn worker(scope: &Scope) -> Worker {
    Worker::new("one", vec!["work".to_owned()], vec![scope.clone()])
}

fn job(key: impl Into<String>) -> NewJob {
    NewJob::new("work", key, Value::Null)
}

async fn home() -> (TempDir, Arc<ManualClock>, SqliteJobs) {
    let (folder, clock) = (
        tempfile::tempdir().unwrap(),
        Arc::new(ManualClock::default()),
    );
    let database = Database::open(folder.path().join("alma.db")).unwrap();
    let jobs = SqliteJobs::open(database)
        .await
        .unwrap()
        .with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
    (folder, clock, jobs)
}

/// Whether any file of a home holds `text`.
fn holds(folder: &TempDir, text: &str) -> bool {
    std::fs::read_dir(folder.path()).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        path.is_file()
            && std::fs::read(path)
                .unwrap()
                .windows(text.len())
                .any(|window| window == text.as_bytes())
    })
}

#[tokio::test]
async fn a_full_queue_says_so_to_its_own_scope_alone() {
    let (_folder, _, jobs) = home().await;
    let jobs = jobs.with_limit(3);
    let (ana, ben) = (scope("ana"), scope("ben"));
    jobs.enqueue(&ana, vec![job("1"), job("2")]).await.unwrap();
    let full = jobs.enqueue(&ana, vec![job("3"), job("4")]).await;
    assert_eq!(full.unwrap_err().kind(), ErrorKind::Overloaded);
    jobs.enqueue(&ana, vec![job("3"), job("1")]).await.unwrap();
    // What is there already needs no room, and others have their own.
    jobs.enqueue(&ana, vec![job("2"), job("3")]).await.unwrap();
    jobs.enqueue(&ben, vec![job("1"), job("2"), job("3")])
        .await
        .unwrap();
    // Each way to end makes room; a replay takes it again.
    let leases = jobs.claim(&worker(&ana), 2, LEASE).await.unwrap();
    jobs.complete(&ana, leases[0].claim(), json!(1))
        .await
        .unwrap();
    let fault = Fault::new(ErrorKind::Denied, "cannot go on");
    jobs.fail(&ana, leases[1].claim(), fault).await.unwrap();
    jobs.enqueue(&ana, vec![job("4")]).await.unwrap();
    jobs.replay(&ana, &[leases[1].job.id]).await.unwrap();
    let full = jobs.enqueue(&ana, vec![job("5")]).await;
    assert_eq!(full.unwrap_err().kind(), ErrorKind::Overloaded);
    jobs.cancel(&ana, &[leases[1].job.id]).await.unwrap();
    jobs.enqueue(&ana, vec![job("5")]).await.unwrap();
}

#[tokio::test]
async fn a_purged_key_stays_used_and_readers_who_missed_something_hear_of_it() {
    let (_folder, clock, jobs) = home().await;
    let ana = scope("ana");
    let count = 1_200;
    let batch = (0..count).map(|n| job(n.to_string()).with_group("g"));
    let ids = jobs.enqueue(&ana, batch.collect()).await.unwrap();
    let mut done = 0;
    while done < count {
        for lease in jobs.claim(&worker(&ana), 500, LEASE).await.unwrap() {
            jobs.complete(&ana, lease.claim(), json!(1)).await.unwrap();
            done += 1;
        }
    }
    let few = OutcomeQuery::group("g").with_limit(10);
    let early = jobs.outcomes(&ana, &few).await.unwrap().next;
    let mut all = few.clone().with_limit(1_000);
    let late = loop {
        let page = jobs.outcomes(&ana, &all).await.unwrap();
        if !page.more {
            break page.next;
        }
        all = all.after(page.next);
    };
    clock.advance(Duration::from_secs(1));
    assert_eq!(jobs.purge(&ana, clock.now()).await.unwrap(), count);
    assert_eq!(
        jobs.outcomes(&ana, &few.clone().after(early))
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::Gone
    );
    assert!(jobs.status(&ana, &ids).await.unwrap().is_empty());
    assert_eq!(jobs.enqueue(&ana, vec![job("7")]).await.unwrap(), [ids[7]]);
    assert!(
        jobs.claim(&worker(&ana), 10, LEASE)
            .await
            .unwrap()
            .is_empty()
    );
    // Who had read all goes on as if nothing had happened.
    jobs.enqueue(&ana, vec![job("new").with_group("g")])
        .await
        .unwrap();
    let lease = &jobs.claim(&worker(&ana), 1, LEASE).await.unwrap()[0];
    jobs.complete(&ana, lease.claim(), json!("news"))
        .await
        .unwrap();
    for cursor in [late, Cursor::start()] {
        let page = jobs
            .outcomes(&ana, &few.clone().after(cursor))
            .await
            .unwrap();
        assert_eq!(page.items.len(), 1);
        assert_eq!(page.items[0].key, "new");
    }
}

#[tokio::test]
async fn a_replayed_job_outlives_the_purge_of_its_first_end() {
    let (_folder, clock, jobs) = home().await;
    let ana = scope("ana");
    let id = jobs.enqueue(&ana, vec![job("a")]).await.unwrap()[0];
    let lease = &jobs.claim(&worker(&ana), 1, LEASE).await.unwrap()[0];
    let fault = Fault::new(ErrorKind::Denied, "cannot go on");
    jobs.fail(&ana, lease.claim(), fault).await.unwrap();
    clock.advance(Duration::from_secs(1));
    assert_eq!(jobs.replay(&ana, &[id]).await.unwrap(), 1);
    assert_eq!(jobs.purge(&ana, clock.now()).await.unwrap(), 0);
    let lease = &jobs.claim(&worker(&ana), 1, LEASE).await.unwrap()[0];
    jobs.complete(&ana, lease.claim(), json!("risen"))
        .await
        .unwrap();
    let page = jobs.outcomes(&ana, &OutcomeQuery::all()).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!(page.items[0].result, Ok(json!("risen")));
}

#[tokio::test]
async fn erased_bytes_are_in_no_file_and_an_open_reader_is_no_lie() {
    let (folder, _, jobs) = home().await;
    let ana = scope("ana");
    let (gone, kept) = (RecordId::from_bytes([1; 16]), RecordId::from_bytes([2; 16]));
    let made = |key: &str, text: &str, source| {
        NewJob::new("work", key, json!({ "text": text })).with_sources(vec![source])
    };
    let batch = vec![
        made("done", "canary-payload-one", gone),
        made("dead", "canary-payload-two", gone),
        made("kept", "finch-payload", kept),
        made("waiting", "canary-payload-three", gone).with_priority(-1),
    ];
    jobs.enqueue(&ana, batch).await.unwrap();
    for lease in jobs.claim(&worker(&ana), 3, LEASE).await.unwrap() {
        let claim = lease.claim();
        match lease.job.spec.key.as_str() {
            "done" => jobs
                .complete(&ana, claim, json!("canary-result"))
                .await
                .unwrap(),
            "dead" => {
                let fault = Fault::new(ErrorKind::Denied, "cannot print canary-fault");
                jobs.fail(&ana, claim, fault).await.unwrap();
                // Twice dead: the outcome of the first time is blanked too.
                jobs.replay(&ana, &[claim.job]).await.unwrap();
                let again = &jobs.claim(&worker(&ana), 1, LEASE).await.unwrap()[0];
                let fault = Fault::new(ErrorKind::Denied, "cannot print canary-again");
                jobs.fail(&ana, again.claim(), fault).await.unwrap();
            }
            _ => jobs
                .complete(&ana, claim, json!("finch-result"))
                .await
                .unwrap(),
        }
    }
    let what = Erasure::new(ErasureId::from_bytes([9; 16]), vec![gone]);
    // A reader of another program holds an older state of the file.
    let reader = rusqlite::Connection::open(folder.path().join("alma.db")).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    let _: i64 = reader
        .query_row("SELECT count(*) FROM jobs", [], |row| row.get(0))
        .unwrap();
    let pending = jobs.erase(&ana, &what).await.unwrap();
    assert!(matches!(pending.state, ErasedState::Pending(_)));
    assert_eq!(pending.removed, 3);
    let page = jobs
        .jobs(&ana, &JobQuery::default(), &PageRequest::default())
        .await
        .unwrap();
    assert!(!format!("{page:?}").contains("canary"));
    let page = jobs.outcomes(&ana, &OutcomeQuery::all()).await.unwrap();
    assert_eq!(page.items.len(), 5);
    assert!(!format!("{page:?}").contains("canary"));
    reader.execute_batch("COMMIT").unwrap();
    drop(reader);
    let erased = jobs.erase(&ana, &what).await.unwrap();
    assert_eq!((erased.state, erased.removed), (ErasedState::Erased, 0));
    assert!(!holds(&folder, "canary"));
    assert!(holds(&folder, "finch-payload") && holds(&folder, "finch-result"));
}

#[tokio::test]
async fn what_memory_alone_has_forgotten_is_neither_run_nor_accepted() {
    let (folder, _, jobs) = home().await;
    let ana = scope("ana");
    let gone = RecordId::from_bytes([1; 16]);
    let made = |key: &str| job(key).with_sources(vec![gone]);
    let running = jobs.enqueue(&ana, vec![made("running")]).await.unwrap()[0];
    let lease = &jobs.claim(&worker(&ana), 1, LEASE).await.unwrap()[0];
    let waiting = jobs.enqueue(&ana, vec![made("waiting")]).await.unwrap()[0];
    let what = Erasure::new(ErasureId::from_bytes([9; 16]), vec![gone]);
    let database = Database::open(folder.path().join("alma.db")).unwrap();
    database
        .erase("memory", &ana, &what, |_| Ok(0))
        .await
        .unwrap();
    let late = jobs.complete(&ana, lease.claim(), json!("canary")).await;
    assert_eq!(late.unwrap_err().kind(), ErrorKind::LeaseLost);
    assert!(
        jobs.claim(&worker(&ana), 10, LEASE)
            .await
            .unwrap()
            .is_empty()
    );
    for status in jobs.status(&ana, &[running, waiting]).await.unwrap() {
        assert_eq!(status.state, JobState::Cancelled);
    }
    assert!(!holds(&folder, "canary"));
}

#[tokio::test]
async fn neither_a_long_line_nor_delayed_jobs_hide_what_is_due() {
    let (_folder, clock, jobs) = home().await;
    let (ana, ben) = (scope("ana"), scope("ben"));
    let later = clock.now().plus(Duration::from_secs(3_600));
    let delayed = (0..300).map(|n| {
        job(format!("delayed-{n}"))
            .with_priority(9 - n % 3)
            .with_run_at(later)
    });
    jobs.enqueue(&ana, delayed.collect()).await.unwrap();
    let other = (0..300).map(|n| NewJob::new("other", format!("other-{n}"), Value::Null));
    jobs.enqueue(&ana, other.collect()).await.unwrap();
    jobs.enqueue(&ben, vec![job("his").with_priority(1)])
        .await
        .unwrap();
    clock.advance(Duration::from_millis(1));
    jobs.enqueue(&ana, vec![job("mine"), job("first").with_priority(2)])
        .await
        .unwrap();
    let both = Worker::new("both", vec!["work".to_owned()], vec![ana, ben]);
    let leases = jobs.claim(&both, 10, LEASE).await.unwrap();
    let keys: Vec<_> = leases
        .iter()
        .map(|lease| lease.job.spec.key.as_str())
        .collect();
    assert_eq!(keys, ["first", "his", "mine"]);
}
