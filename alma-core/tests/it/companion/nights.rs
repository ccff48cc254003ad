//! A night: five steps, each accounted for, resumable, repeatable, and undone as a whole.

use std::sync::atomic::{AtomicU32, Ordering};

use alma_core::{
    Case, Consolidate, Consolidation, ConsolidationId, Error, ErrorKind, Feedback, Memory,
    MemoryExt, Mission, MissionId, MissionStatus, Mode, NightOrder, NightStep, Observation,
    Operator, Page, PageRequest, Query, Recall, Receipt, Record, RecordId, RecordKind, RecordQuery,
    Result, Scope, Selection, reference::ReferenceMemory,
};
use async_trait::async_trait;

use super::{World, scope};

async fn garden(ana: &alma_core::Handle) {
    let turns = [
        "tomato seedlings",
        "tomato soil",
        "tomato harvest",
        "tomato recipes",
        "tomato vines",
    ];
    let garden = turns.iter().enumerate().map(|(i, what)| {
        Observation::text(format!(
            "Today we spoke about {what} in the garden, again tomato and garden."
        ))
        .with_source("talk")
        .with_position(i as u64)
    });
    ana.observe(garden.collect()).await.unwrap();
}

#[tokio::test]
async fn five_steps_are_done_once_and_reported() {
    let world = World::new();
    let ana = world.ana();
    garden(&ana).await;
    ana.recall(&Query::text("which parrot sings loudest?"))
        .await
        .unwrap();
    let good = Mission::new(
        MissionId::from_bytes([1; 16]),
        "put a text into capital letters",
    )
    .with_input("s1.text", "x")
    .with_input("text", "x");
    assert_eq!(ana.run(good).await.unwrap().status, MissionStatus::Done);
    let bad = Mission::new(MissionId::from_bytes([2; 16]), "fold the laundry neatly");
    assert!(matches!(
        ana.run(bad).await.unwrap().status,
        MissionStatus::Failed { .. }
    ));
    ana.feedback(Feedback::new(MissionId::from_bytes([1; 16]), true, "nice"))
        .await
        .unwrap();

    let order = NightOrder::new("2026-11-24").with_min_topic(3);
    let report = ana.night(&order).await.unwrap();
    assert!(report.complete);
    assert_eq!(
        report
            .steps
            .iter()
            .map(|step| step.step)
            .collect::<Vec<_>>(),
        NightStep::ALL
    );
    assert!(report.step(NightStep::Consolidate).unwrap().tally.input >= 5);
    let reflected = report.step(NightStep::Reflect).unwrap();
    assert_eq!(reflected.needs[0].text, "which parrot sings loudest?");
    assert_eq!(
        reflected.failures[0].mission,
        MissionId::from_bytes([2; 16])
    );
    assert_eq!(
        report.step(NightStep::FeedBack).unwrap().cases,
        [MissionId::from_bytes([1; 16])]
    );
    let cases = RecordQuery::kinds(vec![RecordKind::Case]);
    let kept = world.memory.all_records(&scope(), &cases).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(Case::from_record(&kept[0]).unwrap().feedback, 1);

    // The same night again does nothing and says the same.
    let records = world
        .memory
        .all_records(&scope(), &RecordQuery::all())
        .await
        .unwrap();
    assert_eq!(ana.night(&order).await.unwrap(), report);
    assert_eq!(
        world
            .memory
            .all_records(&scope(), &RecordQuery::all())
            .await
            .unwrap(),
        records
    );
    assert_eq!(ana.nights().await.unwrap(), ["2026-11-24"]);

    // The next night looks only at what is new.
    let next = ana.night(&NightOrder::new("2026-11-25")).await.unwrap();
    assert!(next.step(NightStep::Reflect).unwrap().needs.is_empty());
}

#[tokio::test]
async fn undoing_a_night_takes_its_summaries_back() {
    let world = World::new();
    let ana = world.ana();
    garden(&ana).await;
    let report = ana
        .night(&NightOrder::new("n").with_min_topic(3))
        .await
        .unwrap();
    assert!(
        !report
            .step(NightStep::Consolidate)
            .unwrap()
            .topics
            .is_empty()
    );
    ana.undo_night("n").await.unwrap();
    ana.undo_night("n").await.unwrap();
    let summaries = RecordQuery::kinds(vec![RecordKind::Summary]);
    assert!(
        world
            .memory
            .all_records(&scope(), &summaries)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(ana.night_report("n").await.unwrap().undone);
    assert_eq!(
        ana.undo_night("never").await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
}

/// A memory whose consolidation breaks off once.
#[derive(Debug)]
struct BreaksOnce(ReferenceMemory, AtomicU32);

#[async_trait]
impl Memory for BreaksOnce {
    async fn remember(
        &self,
        scope: &Scope,
        observations: Vec<Observation>,
    ) -> Result<Vec<RecordId>> {
        self.0.remember(scope, observations).await
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
        if self.1.fetch_add(1, Ordering::SeqCst) == 0 {
            return Err(Error::new(ErrorKind::Unavailable, "cannot reach the disk"));
        }
        self.0.consolidate(scope, order).await
    }
    async fn undo(&self, scope: &Scope, id: ConsolidationId) -> Result<()> {
        self.0.undo(scope, id).await
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
    let memory = BreaksOnce(world.memory.clone(), AtomicU32::new(0));
    let ana = world.builder().memory(memory).build().within(scope());
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
async fn what_jobs_gave_is_remembered_once_with_its_sources() {
    let world = World::new();
    let ana = world.ana();
    let source = world.memory.remember_text(&scope(), "x").await.unwrap();
    let mission = Mission::new(
        MissionId::from_bytes([1; 16]),
        "put a text into capital letters",
    )
    .with_input("s1.text", "good morning")
    .with_input("text", "good morning")
    .with_sources(vec![source]);
    assert_eq!(ana.run(mission).await.unwrap().status, MissionStatus::Done);
    let first = ana.observe_outcomes().await.unwrap();
    assert_eq!((first.input, first.output, first.skipped), (1, 1, 0));
    // The log is read from where the last call stopped; a companion elsewhere knows it too.
    let again = world.ana().observe_outcomes().await.unwrap();
    assert_eq!((again.input, again.output, again.skipped), (0, 0, 0));
    let events = RecordQuery::kinds(vec![RecordKind::Event]);
    let kept = world.memory.all_records(&scope(), &events).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].text, "GOOD MORNING");
    assert_eq!(kept[0].derived_from, [source]);
    // What was forgotten is not remembered by another route.
    ana.forget(&Selection::id(source), Mode::Erase)
        .await
        .unwrap();
    assert_eq!(ana.observe_outcomes().await.unwrap().output, 0);
    let kept = world.memory.all_records(&scope(), &events).await.unwrap();
    assert!(kept.is_empty());
}

#[tokio::test]
async fn what_comes_in_while_a_night_is_cut_off_is_left_to_the_next() {
    let world = World::new();
    let memory = BreaksOnce(world.memory.clone(), AtomicU32::new(0));
    let ana = world.builder().memory(memory).build().within(scope());
    let needs = |report: &alma_core::NightReport| {
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
    let memory = BreaksOnce(world.memory.clone(), AtomicU32::new(0));
    let ana = world.builder().memory(memory).build().within(scope());
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
