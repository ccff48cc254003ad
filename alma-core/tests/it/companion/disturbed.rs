//! Nights that are cut off, overtaken, or that never end: nothing is lost, doubled or hidden.

use std::{fmt, pin::Pin, sync::Mutex};

use alma_core::{
    Consolidate, Consolidation, ConsolidationId, Error, ErrorKind, Handle, Memory, MemoryExt,
    Mission, MissionId, MissionStatus, Mode, NightOrder, NightReport, NightStep, Observation,
    Operator, Page, PageRequest, Query, Recall, Receipt, Record, RecordId, RecordKind, RecordQuery,
    Result, Scope, Selection, reference::ReferenceMemory,
};
use async_trait::async_trait;

use super::{World, nights::garden, scope};

type Event = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

/// At what a memory is disturbed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum At {
    Consolidating,
    Remembering(RecordKind),
    Remembered(RecordKind),
    Undone,
}

/// A memory that something happens to, once.
struct Disturbed(ReferenceMemory, At, Mutex<Option<Event>>);

impl Disturbed {
    fn by(
        world: &World,
        at: At,
        event: impl Future<Output = Result<()>> + Send + 'static,
    ) -> Handle {
        let event = Mutex::new(Some(Box::pin(event) as Event));
        let memory = Self(world.memory.clone(), at, event);
        world.builder().memory(memory).build().within(scope())
    }

    /// One that breaks off.
    fn by_a_fault(world: &World, at: At) -> Handle {
        Self::by(world, at, async {
            Err(Error::new(ErrorKind::Unavailable, "cannot reach the disk"))
        })
    }

    async fn at(&self, at: At) -> Result<()> {
        let event = (at == self.1).then(|| self.2.lock().unwrap().take());
        match event.flatten() {
            Some(event) => event.await,
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Disturbed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Disturbed").field(&self.0).finish()
    }
}

#[async_trait]
impl Memory for Disturbed {
    async fn remember(
        &self,
        scope: &Scope,
        observations: Vec<Observation>,
    ) -> Result<Vec<RecordId>> {
        let kind = observations.first().map(|first| first.kind);
        let kind = kind.unwrap_or_default();
        self.at(At::Remembering(kind)).await?;
        let ids = self.0.remember(scope, observations).await?;
        self.at(At::Remembered(kind)).await?;
        Ok(ids)
    }
    async fn recall(&self, scope: &Scope, query: &Query) -> Result<Recall> {
        self.0.recall(scope, query).await
    }
    async fn records(
        &self,
        scope: &Scope,
        query: &RecordQuery,
        page: &PageRequest,
    ) -> Result<Page<Record>> {
        self.0.records(scope, query, page).await
    }
    async fn consolidate(&self, scope: &Scope, order: &Consolidate) -> Result<Consolidation> {
        self.at(At::Consolidating).await?;
        self.0.consolidate(scope, order).await
    }
    async fn undo(&self, scope: &Scope, id: ConsolidationId) -> Result<()> {
        self.0.undo(scope, id).await?;
        self.at(At::Undone).await
    }
    async fn forget(&self, scope: &Scope, selection: &Selection, mode: Mode) -> Result<Receipt> {
        self.0.forget(scope, selection, mode).await
    }
    async fn scopes(&self, operator: &Operator, page: &PageRequest) -> Result<Page<Scope>> {
        self.0.scopes(operator, page).await
    }
}

#[tokio::test]
async fn a_night_goes_on_with_the_step_that_broke_off() {
    let world = World::new();
    let ana = Disturbed::by_a_fault(&world, At::Consolidating);
    let order = NightOrder::new("n");
    assert_eq!(
        ana.night(&order).await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
    // Somebody else has to wait for the lease of the one that broke off.
    let error = ana.night(&order).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.retry_after().is_some());
    world.clock.pass(order.lease);
    let report = ana.night(&order).await.unwrap();
    assert!(report.complete);
    assert_eq!(report.steps.len(), 5);
}

#[tokio::test]
async fn what_comes_in_while_a_night_is_cut_off_is_left_to_the_next() {
    let world = World::new();
    let ana = Disturbed::by_a_fault(&world, At::Consolidating);
    let needs = |report: &NightReport| {
        let reflected = report.step(NightStep::Reflect).unwrap();
        let texts = reflected.needs.iter().map(|need| need.text.clone());
        texts.collect::<Vec<_>>()
    };
    let ask = async |question: &str| ana.recall(&Query::text(question)).await.unwrap();

    ask("which parrot sings loudest?").await;
    let order = NightOrder::new("a").with_holder("the only one");
    ana.night(&order).await.unwrap_err();
    ask("who rides the bicycle race?").await;
    // The name holds the lease already: there is nobody to wait for.
    let report = ana.night(&order).await.unwrap();
    assert_eq!(needs(&report), ["which parrot sings loudest?"]);
    let next = ana.night(&NightOrder::new("b")).await.unwrap();
    assert_eq!(needs(&next), ["who rides the bicycle race?"]);
    let quiet = ana.night(&NightOrder::new("c")).await.unwrap();
    assert_eq!(needs(&quiet), [""; 0]);
}

#[tokio::test]
async fn a_night_that_never_ended_hides_nothing_from_the_next() {
    let world = World::new();
    let ana = Disturbed::by_a_fault(&world, At::Consolidating);
    ana.recall(&Query::text("which parrot sings loudest?"))
        .await
        .unwrap();
    ana.night(&NightOrder::new("a")).await.unwrap_err();
    let report = ana.night(&NightOrder::new("b")).await.unwrap();
    assert_eq!(report.step(NightStep::Reflect).unwrap().needs.len(), 1);
    let error = ana.undo_night("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.remedy().is_some());
}

#[tokio::test]
async fn who_outlasts_its_lease_is_overtaken_and_doubles_nothing() {
    let world = World::new();
    let order = NightOrder::new("n").with_min_topic(3);
    let (other, clock) = (world.ana(), world.clock.clone());
    let theirs = order.clone();
    let ana = Disturbed::by(&world, At::Consolidating, async move {
        // It takes so long that another process may take over, and does.
        clock.pass(theirs.lease);
        assert!(other.night(&theirs).await?.complete);
        Ok(())
    });
    garden(&ana).await;
    let error = ana.night(&order).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.message().contains("took it over"), "{error:?}");
    assert!(error.remedy().is_some());
    let report = ana.night(&order).await.unwrap();
    assert!(report.complete);
    let steps: Vec<_> = report.steps.iter().map(|step| step.step).collect();
    assert_eq!(steps, NightStep::ALL);
    let summaries = RecordQuery::kinds(vec![RecordKind::Summary]);
    let summaries = world
        .memory
        .all_records(&scope(), &summaries)
        .await
        .unwrap();
    assert_eq!(summaries.len(), report.steps[1].topics.len());
}

fn shouted(id: MissionId) -> Mission {
    Mission::new(id, "put a text into capital letters")
        .with_input("s1.text", "zanzibar")
        .with_input("text", "zanzibar")
}

/// A case that was kept just before a crash, and forgotten then, once stopped this night and all that came later.
#[tokio::test]
async fn a_case_that_was_forgotten_before_the_night_ended_stops_no_night() {
    let world = World::new();
    let ana = Disturbed::by_a_fault(&world, At::Remembered(RecordKind::Case));
    let id = MissionId::from_bytes([1; 16]);
    assert_eq!(
        ana.run(shouted(id)).await.unwrap().status,
        MissionStatus::Done
    );
    let order = NightOrder::new("n").with_holder("the only one");
    ana.night(&order).await.unwrap_err();
    let case = Selection::Source(format!("mission/{id}"));
    ana.forget(&case, Mode::Erase).await.unwrap();
    for order in [order, NightOrder::new("o")] {
        assert!(ana.night(&order).await.unwrap().complete);
    }
    let report = ana.night_report("n").await.unwrap();
    let step = report.step(NightStep::FeedBack).unwrap();
    assert_eq!((step.tally.skipped, step.cases.len()), (1, 0), "{step:?}");
}

/// What a job of a mission of no record gave was once kept for good when it came in while the mission was forgotten.
#[tokio::test]
async fn a_result_that_comes_in_while_its_mission_is_forgotten_goes_along() {
    let world = World::new();
    let id = MissionId::from_bytes([1; 16]);
    let other = world.ana();
    let ana = Disturbed::by(&world, At::Remembering(RecordKind::Event), async move {
        let own = RecordId::from_bytes(*id.as_bytes());
        other.forget(&Selection::id(own), Mode::Erase).await?;
        Ok(())
    });
    assert_eq!(
        ana.run(shouted(id)).await.unwrap().status,
        MissionStatus::Done
    );
    let tally = ana.observe_outcomes().await.unwrap();
    assert_eq!((tally.input, tally.output, tally.skipped), (1, 0, 1));
    let all = RecordQuery::all();
    let left = world.memory.all_records(&scope(), &all).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn undoing_that_broke_off_is_completed() {
    let world = World::new();
    let ana = Disturbed::by_a_fault(&world, At::Undone);
    garden(&ana).await;
    let order = NightOrder::new("n").with_min_topic(3);
    ana.night(&order).await.unwrap();
    ana.undo_night("n").await.unwrap_err();
    assert!(!ana.night_report("n").await.unwrap().undone);
    ana.undo_night("n").await.unwrap();
    assert!(ana.night_report("n").await.unwrap().undone);
}
