//! Forgetting along provenance.

use alma_core::{
    Consolidate, ErrorKind, Memory, MemoryExt, Mode, Observation, Query, RecordKind, RecordQuery,
    Selection, TimeRange, Timestamp, Trust,
};

use crate::common::{ana, memory, rui, talk, three_subjects};

#[tokio::test]
async fn what_was_derived_goes_too_and_nothing_comes_back() {
    let memory = memory().await;
    let root = memory
        .remember_text(&ana(), "The vault code is heliotrope.")
        .await
        .unwrap();
    let mut child = Observation::text("A code was mentioned.").with_kind(RecordKind::Fact);
    child.derived_from = vec![root];
    let child_id = memory.remember(&ana(), vec![child.clone()]).await.unwrap()[0];
    let mut grandchild = Observation::text("Something about codes.").with_kind(RecordKind::Case);
    grandchild.derived_from = vec![child_id];
    let grandchild_id = memory.remember(&ana(), vec![grandchild]).await.unwrap()[0];
    let other = memory
        .remember_text(&ana(), "Unrelated words.")
        .await
        .unwrap();

    let selection = Selection::id(root);
    let dry = memory
        .forget(&ana(), &selection, Mode::DryRun)
        .await
        .unwrap();
    let mut derived = vec![child_id, grandchild_id];
    derived.sort_unstable();
    assert_eq!((&dry.selected, &dry.derived), (&vec![root], &derived));
    assert_eq!(
        memory
            .all_records(&ana(), &RecordQuery::all())
            .await
            .unwrap()
            .len(),
        4
    );

    let receipt = memory
        .forget(&ana(), &selection, Mode::Erase)
        .await
        .unwrap();
    assert!(receipt.is_erased(), "{receipt:?}");
    assert_eq!((receipt.id, receipt.derived.clone()), (dry.id, derived));
    assert_eq!(receipt.components[0].removed, 3);
    let left = memory
        .all_records(&ana(), &RecordQuery::all())
        .await
        .unwrap();
    assert_eq!(
        left.iter().map(|record| record.id).collect::<Vec<_>>(),
        [other]
    );
    let recall = memory
        .recall(&ana(), &Query::text("vault code heliotrope"))
        .await
        .unwrap();
    assert_eq!(recall.hits.len(), 1);

    let again = memory
        .remember_text(&ana(), "The vault code is heliotrope.")
        .await
        .unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Gone);
    let derived_again = memory.remember(&ana(), vec![child]).await.unwrap_err();
    assert_eq!(derived_again.kind(), ErrorKind::Gone);
    // The act repeated answers the same, so that other components can complete it.
    let repeated = memory
        .forget(&ana(), &selection, Mode::Erase)
        .await
        .unwrap();
    assert_eq!(
        (repeated.id, repeated.records()),
        (receipt.id, receipt.records())
    );
    // Another scope may say the very same words.
    memory
        .remember_text(&rui(), "The vault code is heliotrope.")
        .await
        .unwrap();
}

#[tokio::test]
async fn one_gone_observation_stores_nothing_of_the_call() {
    let memory = memory().await;
    let id = memory.remember_text(&ana(), "gone").await.unwrap();
    memory
        .forget(&ana(), &Selection::id(id), Mode::Erase)
        .await
        .unwrap();
    let both = vec![Observation::text("fine"), Observation::text("gone")];
    assert_eq!(
        memory.remember(&ana(), both).await.unwrap_err().kind(),
        ErrorKind::Gone
    );
    assert!(
        memory
            .all_records(&ana(), &RecordQuery::all())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn selections_name_sources_times_and_everything() {
    let memory = memory().await;
    memory
        .remember(&ana(), talk("a", &["one", "two"]))
        .await
        .unwrap();
    memory
        .remember(&ana(), talk("b", &["three", "four"]))
        .await
        .unwrap();
    let newer = talk("a", &["one, corrected"]);
    memory.remember(&ana(), newer).await.unwrap();
    memory.remember(&rui(), talk("a", &["kept"])).await.unwrap();
    let count = async |selection: Selection| {
        memory
            .forget(&ana(), &selection, Mode::DryRun)
            .await
            .unwrap()
            .selected
            .len()
    };
    assert_eq!(
        count(Selection::Source("a".into())).await,
        3,
        "every version"
    );
    assert_eq!(count(Selection::Source("nowhere".into())).await, 0);
    let first = TimeRange {
        from: None,
        until: Some(Timestamp::from_millis(1_700_000_000_001)),
    };
    assert_eq!(count(Selection::Time(first)).await, 3);
    memory
        .forget(&ana(), &Selection::All, Mode::Erase)
        .await
        .unwrap();
    assert_eq!(count(Selection::All).await, 0);
    assert_eq!(
        memory
            .all_records(&rui(), &RecordQuery::all())
            .await
            .unwrap()
            .len(),
        1
    );
    let foreign = memory
        .all_records(&rui(), &RecordQuery::all())
        .await
        .unwrap()[0]
        .id;
    assert_eq!(
        count(Selection::id(foreign)).await,
        0,
        "a foreign id is no id"
    );
}

#[tokio::test]
async fn distrust_lowers_and_removes_nothing() {
    let memory = memory().await;
    let root = Observation::text("said by the owner").with_trust(Trust::Owner);
    let root = memory.remember(&ana(), vec![root]).await.unwrap()[0];
    let mut derived = Observation::text("concluded").with_trust(Trust::Owner);
    derived.derived_from = vec![root];
    let derived = memory.remember(&ana(), vec![derived]).await.unwrap()[0];
    assert_eq!(
        memory.record(&ana(), derived).await.unwrap().trust,
        Trust::Derived
    );
    memory
        .forget(&ana(), &Selection::id(root), Mode::Distrust)
        .await
        .unwrap();
    for id in [root, derived] {
        assert_eq!(
            memory.record(&ana(), id).await.unwrap().trust,
            Trust::External
        );
    }
}

#[tokio::test]
async fn a_summary_goes_with_any_of_its_sources_and_its_label_with_it() {
    let memory = memory().await;
    memory.remember(&ana(), three_subjects(12)).await.unwrap();
    let order = Consolidate::new("night 1");
    let run = memory.consolidate(&ana(), &order).await.unwrap();
    assert_eq!(
        run.topics.len(),
        3,
        "{:?}",
        run.topics.iter().map(|t| &t.label).collect::<Vec<_>>()
    );
    let topic = &run.topics[0];
    let summary = memory.record(&ana(), topic.summary).await.unwrap();
    let source = summary.derived_from[0];
    let receipt = memory
        .forget(&ana(), &Selection::id(source), Mode::Erase)
        .await
        .unwrap();
    assert_eq!(receipt.derived, [topic.summary]);
    let told = memory.consolidate(&ana(), &order).await.unwrap();
    assert_eq!(
        told.topics.len(),
        2,
        "the stored consolidation no longer tells of it"
    );
    let next = memory
        .consolidate(&ana(), &Consolidate::new("night 2"))
        .await
        .unwrap();
    assert_eq!(next.topics.len(), 3);
    let successor = next.topics.iter().find(|one| one.id == topic.id).unwrap();
    assert_eq!(successor.members.len(), topic.members.len() - 1);
    assert_ne!(successor.summary, topic.summary);
}
