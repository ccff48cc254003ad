//! A night: five steps, each accounted for, resumable, repeatable, and undone as a whole.

use alma_core::{
    Case, ErrorKind, Feedback, MemoryExt, Mission, MissionId, MissionStatus, Mode, NightOrder,
    NightStep, Observation, Query, RecordKind, RecordQuery, Selection, reference::ReferenceMemory,
};

use super::{World, scope};

pub(super) async fn garden(ana: &alma_core::Handle) {
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

/// With one record of one topic the step of the report is forgotten; the night was then called undone with all other summaries left.
#[tokio::test]
async fn a_night_is_undone_whose_step_was_forgotten() {
    let world = World::new();
    let ana = world.ana();
    garden(&ana).await;
    let kettles =
        (0..5).map(|i| Observation::text(format!("The kettle whistles, kettle number {i}.")));
    let kettles = ana.observe(kettles.collect()).await.unwrap();
    let order = NightOrder::new("n").with_min_topic(3);
    let report = ana.night(&order).await.unwrap();
    assert_eq!(report.step(NightStep::Consolidate).unwrap().topics.len(), 2);
    ana.forget(&Selection::id(kettles[0]), Mode::Erase)
        .await
        .unwrap();
    assert!(
        ana.night_report("n")
            .await
            .unwrap()
            .step(NightStep::Consolidate)
            .is_none()
    );
    let summaries = RecordQuery::kinds(vec![RecordKind::Summary]);
    let left = async || world.memory.all_records(&scope(), &summaries).await;
    assert_eq!(left().await.unwrap().len(), 1);
    ana.undo_night("n").await.unwrap();
    assert!(left().await.unwrap().is_empty());
}

/// A memory keeps the last consolidations alone; that it did not know one was once taken for undone.
#[tokio::test]
async fn a_night_that_memory_no_longer_knows_is_not_called_undone() {
    let world = World::new();
    let ana = world.ana();
    garden(&ana).await;
    ana.night(&NightOrder::new("n").with_min_topic(3))
        .await
        .unwrap();
    let other = ReferenceMemory::new(world.clock.clone());
    let other = world.builder().memory(other).build().within(scope());
    for _ in 0..2 {
        let error = other.undo_night("n").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Gone);
        assert!(error.remedy().is_some());
        assert!(!other.night_report("n").await.unwrap().undone);
    }
    ana.undo_night("n").await.unwrap();
}

/// What was said after the night of a mission once never came to planning.
#[tokio::test]
async fn a_later_word_makes_the_case_anew() {
    let world = World::new();
    let ana = world.ana();
    let id = MissionId::from_bytes([1; 16]);
    let goal = "put a text into capital letters";
    let mission = Mission::new(id, goal)
        .with_input("s1.text", "x")
        .with_input("text", "x");
    assert_eq!(ana.run(mission).await.unwrap().status, MissionStatus::Done);
    let cases = RecordQuery::kinds(vec![RecordKind::Case]);
    let words = [None, Some(false), Some(true), Some(false), None];
    let feedback = [0, -1, 1, -1, -1];
    for (night, (word, expected)) in words.into_iter().zip(feedback).enumerate() {
        if let Some(good) = word {
            ana.feedback(Feedback::new(id, good, "well")).await.unwrap();
        }
        let report = ana
            .night(&NightOrder::new(night.to_string()))
            .await
            .unwrap();
        let anew = report.step(NightStep::FeedBack).unwrap().cases.len();
        assert_eq!(anew, usize::from(night == 0 || word.is_some()));
        let kept = world.memory.all_records(&scope(), &cases).await.unwrap();
        let kept: Vec<_> = kept
            .iter()
            .map(|one| Case::from_record(one).unwrap())
            .collect();
        assert_eq!((kept.len(), kept[0].feedback), (1, expected));
        assert_eq!(kept[0].goal, goal);
    }
}
