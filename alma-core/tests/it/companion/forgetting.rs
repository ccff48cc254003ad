//! Forgetting reaches every part, and a crash in its midst is completed.

use std::sync::atomic::{AtomicBool, Ordering};

use alma_core::{
    Clock, Copies, Draft, Erased, Erasure, Error, ErrorKind, Failure, Feedback, MemoryExt, Mission,
    MissionId, MissionStatus, Mode, NightOrder, Observation, Offer, Planner, Progress, Query,
    RecordId, RecordKind, RecordQuery, Result, Scope, Selection, TimeRange, Trust,
    reference::{ReferenceMemory, ReferencePlanner},
};
use async_trait::async_trait;

use super::{World, ledger_text, scope};

const CANARY: &str = "zanzibar";

#[tokio::test]
async fn one_record_takes_everything_made_of_it_along() {
    let world = World::new();
    let ana = world.ana();
    let text = format!("make a text into capital letters for {CANARY}");
    let reply = ana.chat("1", &text).await.unwrap();
    ana.chat("1", "The kettle is new.").await.unwrap();
    assert!(ledger_text(&world.ledger).await.contains(CANARY));
    let said = Selection::id(reply.said.unwrap());
    let dry = ana.forget(&said, Mode::DryRun).await.unwrap();
    assert_eq!(dry.selected, [reply.said.unwrap()]);
    assert!(ledger_text(&world.ledger).await.contains(CANARY));
    let receipt = ana.forget(&said, Mode::Erase).await.unwrap();
    assert!(receipt.is_erased(), "{receipt:?}");
    let components: Vec<_> = receipt
        .components
        .iter()
        .map(|one| one.component.as_str())
        .collect();
    assert_eq!(components, ["memory", "jobs", "tools", "ledger"]);
    assert!(!ledger_text(&world.ledger).await.contains(CANARY));
    let left = world
        .memory
        .all_records(&scope(), &RecordQuery::all())
        .await
        .unwrap();
    assert_eq!(left.len(), 1);
    // The mission is gone with its goal, and can be made of it no more.
    let id = reply.mission.unwrap().mission.id;
    assert_eq!(ana.mission(id).await.unwrap_err().kind(), ErrorKind::Gone);
    let again = Mission::new(MissionId::from_bytes([9; 16]), "shout")
        .with_sources(vec![reply.said.unwrap()]);
    assert_eq!(ana.run(again).await.unwrap_err().kind(), ErrorKind::Gone);
}

/// Copies whose disk fails until it is mended.
#[derive(Debug)]
struct Flaky(&'static AtomicBool);

#[async_trait]
impl Copies for Flaky {
    async fn erase(&self, _scope: &Scope, _what: &Erasure) -> Result<Erased> {
        if self.0.load(Ordering::SeqCst) {
            return Err(Error::new(
                ErrorKind::Unavailable,
                "cannot reach the reports",
            ));
        }
        Ok(Erased::done("reports", 1))
    }
}

#[tokio::test]
async fn what_broke_off_is_completed_later() {
    static BROKEN: AtomicBool = AtomicBool::new(true);
    let world = World::new();
    let ana = world
        .builder()
        .copies(Flaky(&BROKEN))
        .build()
        .within(scope());
    let id = ana.observe(vec![Observation::text(CANARY)]).await.unwrap()[0];
    let error = ana
        .forget(&Selection::id(id), Mode::Erase)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    BROKEN.store(false, Ordering::SeqCst);
    let receipts = ana.complete_forgetting().await.unwrap();
    assert_eq!(receipts.len(), 1);
    assert!(receipts[0].is_erased());
    assert_eq!(receipts[0].selected, [id]);
    assert!(
        world
            .memory
            .all_records(&scope(), &RecordQuery::all())
            .await
            .unwrap()
            .is_empty()
    );
    // Nothing is left to complete.
    assert!(ana.complete_forgetting().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_question_that_speaks_of_what_is_forgotten_goes_along() {
    let world = World::new();
    let ana = world.ana();
    let asked = async |text: &str| {
        let found = ana.recall(&Query::text(text)).await.unwrap();
        assert!(found.abstains(), "{text}: {found:?}");
    };
    asked("who is zanzibar?").await;
    asked("who stole the kettle?").await;
    let told = vec![
        Observation::text("The vault opens with zanzibar, beside the kettle."),
        Observation::text("The kettle is new."),
    ];
    let ids = ana.observe(told).await.unwrap();
    let dry = ana
        .forget(&Selection::id(ids[0]), Mode::DryRun)
        .await
        .unwrap();
    let receipt = ana
        .forget(&Selection::id(ids[0]), Mode::Erase)
        .await
        .unwrap();
    assert_eq!((receipt.selected.len(), receipt.derived.len()), (1, 1));
    assert_eq!(
        (dry.selected, dry.derived),
        (receipt.selected, receipt.derived)
    );
    let left = ledger_text(&world.ledger).await;
    assert!(!left.contains(CANARY), "{left}");
    assert!(left.contains("stole the kettle"), "another record says it");
    // What is asked again is kept again, until everything is forgotten.
    asked("who is zanzibar?").await;
    assert!(ledger_text(&world.ledger).await.contains(CANARY));
    ana.forget(&Selection::All, Mode::Erase).await.unwrap();
    let left = ledger_text(&world.ledger).await;
    assert!(!left.contains(CANARY) && !left.contains("kettle"), "{left}");
}

#[tokio::test]
async fn a_mission_of_no_record_is_forgotten_by_its_own_id_and_with_everything() {
    let world = World::new();
    let ana = world.ana();
    let goal = format!("make a text into capital letters for {CANARY}");
    for selection in [None, Some(Selection::All)] {
        let report = ana.run_goal(&goal).await.unwrap();
        let id = report.mission.id;
        ana.feedback(Feedback::new(id, true, CANARY)).await.unwrap();
        ana.night(&NightOrder::new(id.to_string())).await.unwrap();
        let own = RecordId::from_bytes(*id.as_bytes());
        let receipt = ana
            .forget(&selection.unwrap_or(Selection::id(own)), Mode::Erase)
            .await
            .unwrap();
        assert!(receipt.selected.contains(&own), "{receipt:?}");
        assert!(receipt.is_erased(), "{receipt:?}");
        let left = ledger_text(&world.ledger).await;
        assert!(!left.contains(CANARY), "{left}");
        let left = world
            .memory
            .all_records(&scope(), &RecordQuery::all())
            .await
            .unwrap();
        assert!(left.is_empty(), "the case went along: {left:?}");
        assert_eq!(ana.mission(id).await.unwrap_err().kind(), ErrorKind::Gone);
    }
}

/// Plans as the reference does, and says whose case it follows, in its words.
#[derive(Debug)]
struct Follower;

#[async_trait]
impl Planner for Follower {
    async fn plan(&self, scope: &Scope, mission: &Mission, offer: &Offer) -> Result<Draft> {
        let mut draft = ReferencePlanner.plan(scope, mission, offer).await?;
        if let Some(case) = offer.cases.first() {
            draft.follows = Some(case.mission);
            draft.reason = format!("as for {}", case.goal);
        }
        Ok(draft)
    }

    async fn repair(
        &self,
        scope: &Scope,
        progress: &Progress,
        failure: &Failure,
        offer: &Offer,
    ) -> Result<Draft> {
        ReferencePlanner
            .repair(scope, progress, failure, offer)
            .await
    }
}

#[tokio::test]
async fn a_mission_that_follows_a_forgotten_one_goes_along() {
    let world = World::new();
    let ana = world.builder().planner(Follower).build().within(scope());
    let note = vec![Observation::text("note").with_trust(Trust::Owner)];
    let root = ana.observe(note).await.unwrap()[0];
    let goal = "put a text into capital letters";
    let first = Mission::new(
        MissionId::from_bytes([1; 16]),
        format!("{goal} for {CANARY}"),
    )
    .with_input("text", "x")
    .with_sources(vec![root]);
    ana.run(first).await.unwrap();
    ana.night(&NightOrder::new("one")).await.unwrap();
    let second = Mission::new(MissionId::from_bytes([2; 16]), goal).with_input("text", "y");
    let report = ana.run(second.clone()).await.unwrap();
    assert!(report.plan.unwrap().reason().contains(CANARY));
    ana.night(&NightOrder::new("two")).await.unwrap();
    let third = Mission::new(MissionId::from_bytes([3; 16]), "fold the laundry");
    ana.run(third.clone()).await.unwrap();

    let receipt = ana.forget(&Selection::id(root), Mode::Erase).await.unwrap();
    assert!(receipt.is_erased(), "{receipt:?}");
    let left = ledger_text(&world.ledger).await;
    assert!(!left.contains(CANARY), "{left}");
    let error = ana.mission(second.id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Gone);
    ana.mission(third.id).await.unwrap();
    let cases = RecordQuery::kinds(vec![RecordKind::Case]);
    let cases = world.memory.all_records(&scope(), &cases).await.unwrap();
    assert!(cases.is_empty(), "{cases:?}");
}

#[tokio::test]
async fn repeated_after_a_lost_answer_it_answers_the_same() {
    let world = World::new();
    let ana = world.ana();
    let at = world.clock.now();
    let told = |text: &str| {
        vec![
            Observation::text(text)
                .with_source("diary")
                .with_occurred(at),
        ]
    };
    let time = TimeRange {
        from: Some(at),
        until: None,
    };
    let selections = [
        Selection::Source("diary".into()),
        Selection::Time(time),
        Selection::All,
    ];
    for (n, selection) in selections.into_iter().enumerate() {
        let id = ana.observe(told(&format!("zanzibar {n}"))).await.unwrap()[0];
        let receipt = ana.forget(&selection, Mode::Erase).await.unwrap();
        assert_eq!(receipt.selected, [id]);
        assert_eq!(
            ana.forget(&selection, Mode::Erase).await.unwrap(),
            receipt,
            "{selection:?}"
        );
        let again = ana.forget(&Selection::id(id), Mode::Erase).await.unwrap();
        assert_eq!((again.id, again.selected), (receipt.id, receipt.selected));
        // What is new is another act.
        let new = ana.observe(told(&format!("kettle {n}"))).await.unwrap()[0];
        let receipt = ana.forget(&selection, Mode::Erase).await.unwrap();
        assert_eq!(receipt.selected, [new]);
    }
    let never = Selection::Source("never there".into());
    let receipt = ana.forget(&never, Mode::Erase).await.unwrap();
    assert!(receipt.records().is_empty());
}

/// A record that a newer version had replaced counted as gone: brought back with memory alone, it stayed.
#[tokio::test]
async fn a_replaced_version_that_a_restore_brought_back_is_forgotten_again() {
    let world = World::new();
    let told = |text: &str| {
        vec![
            Observation::text(text)
                .with_source("diary")
                .with_position(1),
        ]
    };
    let ana = world.ana();
    let old = ana.observe(told(CANARY)).await.unwrap()[0];
    ana.observe(told("kettle")).await.unwrap();
    let selection = Selection::id(old);
    let receipt = ana.forget(&selection, Mode::Erase).await.unwrap();
    assert!(receipt.is_erased());
    // An older state of memory, beside the ledger as it is.
    let older = ReferenceMemory::new(world.clock.clone());
    let ana = world
        .builder()
        .memory(older.clone())
        .build()
        .within(scope());
    assert_eq!(ana.observe(told(CANARY)).await.unwrap(), [old]);
    ana.observe(told("kettle")).await.unwrap();
    ana.forget(&selection, Mode::Erase).await.unwrap();
    let mut all = RecordQuery::all();
    all.superseded = true;
    let left = older.all_records(&scope(), &all).await.unwrap();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0].text, "kettle");
}

/// What was answered from a record once kept the goal, which was made of none.
#[tokio::test]
async fn a_mission_of_no_record_that_was_answered_from_one_is_forgotten_whole() {
    let world = World::new();
    let ana = world.ana();
    let id = MissionId::from_bytes([1; 16]);
    let goal = format!("put a text into capital letters for {CANARY}");
    let mission = || Mission::new(id, &goal);
    let report = ana.run(mission()).await.unwrap();
    let MissionStatus::Asking { questions } = report.status else {
        panic!("{report:?}")
    };
    let note = ana.observe(vec![Observation::text("note")]).await.unwrap();
    let answer = format!("{}.{}", questions[0].task, questions[0].input);
    let answered = mission().with_input(answer, "x").with_sources(note);
    ana.run(answered).await.unwrap();
    let own = RecordId::from_bytes(*id.as_bytes());
    ana.forget(&Selection::id(own), Mode::Erase).await.unwrap();
    let left = ledger_text(&world.ledger).await;
    assert!(!left.contains(CANARY), "{left}");
}
