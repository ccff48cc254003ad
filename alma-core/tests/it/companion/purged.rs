//! Jobs and outcomes that were purged: nobody waits for them for ever, and what was made of them is found.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use alma_core::{
    Erased, Erasure, ErrorKind, Executor, JobId, JobStatus, MemoryExt, Mission, MissionId,
    MissionStatus, Mode, NewJob, NightOrder, Outcome, OutcomeQuery, Page, RecordId, RecordQuery,
    Result, Scope, Selection, reference::ReferenceExecutor,
};
use async_trait::async_trait;

use super::{World, scope};

/// An executor that does its work and hides outcomes.
#[derive(Debug)]
struct Purging {
    inner: ReferenceExecutor,
    /// Whether it hides them, from the start or at the first look alone.
    outcomes: Arc<AtomicBool>,
    once: bool,
    /// Whether it hides the jobs, too.
    jobs: bool,
}

impl Purging {
    fn of(world: &World, outcomes: bool) -> Self {
        Self {
            inner: world.executor.clone(),
            outcomes: Arc::new(AtomicBool::new(outcomes)),
            once: false,
            jobs: false,
        }
    }
}

#[async_trait]
impl Executor for Purging {
    async fn submit(&self, scope: &Scope, jobs: Vec<NewJob>) -> Result<Vec<JobId>> {
        self.inner.submit(scope, jobs).await
    }

    async fn status(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        match self.jobs {
            true => Ok(Vec::new()),
            false => self.inner.status(scope, ids).await,
        }
    }

    async fn outcomes(&self, scope: &Scope, query: &OutcomeQuery) -> Result<Page<Outcome>> {
        let page = self.inner.outcomes(scope, query).await?;
        if !self.outcomes.load(Ordering::SeqCst) {
            return Ok(page);
        }
        if self.once && !page.items.is_empty() {
            self.outcomes.store(false, Ordering::SeqCst);
        }
        Ok(Page::new(Vec::new(), page.next, false))
    }

    async fn cancel(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        self.inner.cancel(scope, ids).await
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        self.inner.erase(scope, what).await
    }
}

fn mission(world: &World) -> Mission {
    use alma_core::Clock;
    let later = world.clock.now().plus(std::time::Duration::from_secs(30));
    Mission::new(
        MissionId::from_bytes([1; 16]),
        "put a text into capital letters",
    )
    .with_input("s1.text", "zanzibar")
    .with_input("text", "zanzibar")
    .with_deadline(later)
}

/// A mission once waited for ever for a job whose outcome was purged.
#[tokio::test]
async fn a_task_whose_outcome_is_not_kept_has_failed() {
    for jobs in [false, true] {
        let world = World::new();
        let executor = Purging {
            jobs,
            ..Purging::of(&world, true)
        };
        let ana = world.builder().executor(executor).build().within(scope());
        let report = ana.run(mission(&world)).await.unwrap();
        let MissionStatus::Failed { fault } = report.status else {
            panic!("{report:?}")
        };
        assert_eq!(fault.kind, ErrorKind::NotFound, "{fault:?}");
        assert!(fault.message.contains("outcome"), "{fault:?}");
    }
}

/// What a driver read past, while another one was ahead and then died, is in the log: it has not failed.
#[tokio::test]
async fn an_outcome_that_was_read_past_is_found_again() {
    let world = World::new();
    let executor = Purging {
        once: true,
        ..Purging::of(&world, true)
    };
    let ana = world.builder().executor(executor).build().within(scope());
    let report = ana.run(mission(&world)).await.unwrap();
    assert_eq!(report.status, MissionStatus::Done);
}

/// The log of outcomes was once the only way from a mission of no record to what its jobs gave.
#[tokio::test]
async fn results_are_forgotten_with_their_mission_when_the_log_is_gone() {
    let world = World::new();
    let executor = Purging::of(&world, false);
    let purged = Arc::clone(&executor.outcomes);
    let ana = world.builder().executor(executor).build().within(scope());
    let report = ana.run(mission(&world)).await.unwrap();
    assert_eq!(report.status, MissionStatus::Done);
    ana.night(&NightOrder::new("n")).await.unwrap();
    let records = async || {
        world
            .memory
            .all_records(&scope(), &RecordQuery::all())
            .await
    };
    assert!(
        records()
            .await
            .unwrap()
            .iter()
            .any(|one| one.text == "ZANZIBAR")
    );
    purged.store(true, Ordering::SeqCst);
    let own = RecordId::from_bytes(*report.mission.id.as_bytes());
    ana.forget(&Selection::id(own), Mode::Erase).await.unwrap();
    let left = records().await.unwrap();
    assert!(left.is_empty(), "{left:?}");
}
