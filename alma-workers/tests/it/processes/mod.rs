//! Worker processes that are killed, stopped and poisoned: nothing is lost, nothing is accepted twice.
//!
//! The processes are this test binary itself, started again with only [`child`] and a role.

mod boundaries;
mod chaos;
mod crew;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use alma_core::{
    JobQuery, JobState, JobStore, NewJob, Outcome, OutcomeQuery, PageRequest, Scope,
    sqlite::{Database, Options},
};
use alma_workers::SqliteJobs;
use serde_json::json;

const HOME: &str = "ALMA_TEST_HOME";
const ROLE: &str = "ALMA_TEST_ROLE";

/// What a process is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Works until it is killed.
    Worker,
    /// Queues jobs until it is told that there are enough.
    Producer,
    /// Does every kind of write, and aborts at this commit boundary.
    Steps(u64),
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ALMA_TEST_HOME: the other tests run it as a process of its own"]
async fn child() {
    let home = PathBuf::from(std::env::var_os(HOME).unwrap());
    match std::env::var(ROLE).unwrap().as_str() {
        "worker" => chaos::work(&home).await,
        "producer" => chaos::produce(&home).await,
        at => boundaries::steps(&home, at.parse().unwrap()).await,
    }
}

fn start(home: &Path, role: Role) -> Child {
    let role = match role {
        Role::Worker => "worker".to_owned(),
        Role::Producer => "producer".to_owned(),
        Role::Steps(abort_at) => abort_at.to_string(),
    };
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["processes::child", "--exact", "--ignored"])
        .env(HOME, home)
        .env(ROLE, role)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().unwrap()
}

fn scope() -> Scope {
    Scope::new("home/ana").unwrap()
}

async fn open(home: &Path, options: Options) -> SqliteJobs {
    SqliteJobs::open(Database::open_with(home.join("alma.db"), options).unwrap())
        .await
        .unwrap()
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
        let page = jobs
            .jobs(&scope(), &JobQuery::default(), &request)
            .await
            .unwrap();
        all.extend(page.items.into_iter().map(|job| (job.spec.key, job.state)));
        if !page.more {
            return all;
        }
        request.after = page.next;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_reader_hears_of_another_process() {
    let home = tempfile::tempdir().unwrap();
    let jobs = open(home.path(), Options::new()).await;
    let _crew = crew::Crew::new(home.path(), &[Role::Worker]);
    for n in 0..5 {
        let job = NewJob::new("work", n.to_string(), json!(n)).with_group(n.to_string());
        jobs.enqueue(&scope(), vec![job]).await.unwrap();
        let query = OutcomeQuery::group(n.to_string()).with_wait(Duration::from_secs(60));
        let page = jobs.outcomes(&scope(), &query).await.unwrap();
        assert_eq!(page.items[0].result, Ok(json!(n)));
    }
}
