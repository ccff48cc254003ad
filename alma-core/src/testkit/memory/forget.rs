//! Clauses on forgetting.

use crate::{
    Consolidate, ErasedState, ErrorKind, Memory, MemoryExt as _, Mode, Observation, Query, Receipt,
    Record, RecordId, RecordKind, RecordQuery, Scope, Selection, TimeRange, Timestamp, Trust,
    testkit::{ana, ben, clause::Clause as _},
};

use super::{current, everything, ids, remember, three_subjects};

async fn forget(memory: &dyn Memory, scope: &Scope, what: &Selection, mode: Mode) -> Receipt {
    let receipt = memory
        .forget(scope, what, mode)
        .await
        .must("Memory, forget: an order is carried out");
    assert_eq!(
        receipt.mode, mode,
        "Memory, forget: the receipt names its mode"
    );
    assert!(
        receipt.selected.is_sorted() && receipt.derived.is_sorted(),
        "Memory, forget: the receipt's lists are sorted"
    );
    let both = receipt
        .selected
        .iter()
        .any(|id| receipt.derived.contains(id));
    assert!(
        !both,
        "Memory, forget: a record was selected or derived, not both"
    );
    if mode == Mode::Erase {
        assert!(
            !receipt.components.is_empty(),
            "Memory, forget: a component answers for the bytes"
        );
        for component in &receipt.components {
            let silent = matches!(&component.state, ErasedState::Pending(why) if why.is_empty());
            assert!(!silent, "Memory, forget: pending says why");
        }
    } else {
        assert!(
            !receipt.is_erased(),
            "Memory, forget: {mode:?} erases nothing"
        );
    }
    receipt
}

/// Fails when any call still answers with one of `gone` or with a canary.
async fn nowhere(memory: &dyn Memory, scope: &Scope, gone: &[RecordId]) {
    let clause = "Memory, forget: no call of any kind answers with what was forgotten";
    let mut seen: Vec<Record> = everything(memory, scope).await;
    let by_id = RecordQuery::ids(gone.to_vec());
    seen.extend(
        memory
            .all_records(scope, &by_id)
            .await
            .must("Memory: records are listed"),
    );
    for time in [None, Some(Timestamp::from_millis(i64::MAX / 2))] {
        for text in ["canary", "", "zebra"] {
            let mut query = Query::text(text).with_k(Query::MAX_K);
            query.as_of = time;
            let recall = memory
                .recall(scope, &query)
                .await
                .must("Memory: recall answers");
            seen.extend(recall.hits.into_iter().map(|hit| hit.record));
            let far = memory
                .recall(&ben(), &query.with_reach(vec![scope.clone()]))
                .await;
            seen.extend(
                far.must("Memory: recall answers")
                    .hits
                    .into_iter()
                    .map(|hit| hit.record),
            );
        }
    }
    for record in seen {
        assert!(!gone.contains(&record.id), "{clause}");
        assert!(!format!("{record:?}").contains("canary"), "{clause}");
    }
}

fn said(text: &str, place: u64) -> Observation {
    Observation::text(text)
        .with_source("talk")
        .with_position(place)
}

fn sorted(mut ids: Vec<RecordId>) -> Vec<RecordId> {
    ids.sort_unstable();
    ids
}

pub(super) async fn follows_provenance(memory: &dyn Memory) {
    let scope = ana();
    let roots = remember(
        memory,
        &scope,
        vec![said("canary zebra root", 0), said("kept zebra root", 1)],
    )
    .await;
    let child = said("canary fact", 2)
        .with_kind(RecordKind::Fact)
        .with_derived_from(vec![roots[0], roots[1]]);
    let child = remember(memory, &scope, vec![child]).await[0];
    let grandchild = said("canary case", 3)
        .with_kind(RecordKind::Case)
        .with_derived_from(vec![child]);
    let grandchild = remember(memory, &scope, vec![grandchild]).await[0];
    let other = said("kept child", 4).with_derived_from(vec![roots[1]]);
    let other = remember(memory, &scope, vec![other]).await[0];
    let kept_before: Vec<_> = current(memory, &scope)
        .await
        .into_iter()
        .filter(|one| one.id == roots[1] || one.id == other)
        .collect();

    let receipt = forget(memory, &scope, &Selection::id(roots[0]), Mode::Erase).await;
    assert_eq!(
        receipt.selected,
        [roots[0]],
        "Memory, forget: the receipt names what was selected"
    );
    assert_eq!(
        receipt.derived,
        sorted(vec![child, grandchild]),
        "Memory, forget: all that was derived goes along, however far"
    );
    nowhere(memory, &scope, &receipt.records()).await;
    assert_eq!(
        everything(memory, &scope).await,
        kept_before,
        "Memory, forget: the rest stays as it was"
    );

    let again = forget(memory, &scope, &Selection::id(roots[0]), Mode::Erase).await;
    assert_eq!(
        again.id, receipt.id,
        "Memory, forget: repeating names the same act"
    );
    assert_eq!(
        (again.selected, again.derived),
        (receipt.selected, receipt.derived),
        "Memory, forget: what was forgotten before is selected again"
    );
    let unknown = Selection::Ids(vec![RecordId::from_bytes([3; 16])]);
    let none = forget(memory, &scope, &unknown, Mode::Erase).await;
    assert!(
        none.records().is_empty(),
        "Memory, forget: ids that the scope does not have are ignored"
    );
    let foreign = forget(
        memory,
        &ben(),
        &Selection::Ids(vec![roots[1], roots[0]]),
        Mode::Erase,
    )
    .await;
    assert!(
        foreign.records().is_empty(),
        "Memory, scope: foreign ids are ignored"
    );
    assert_eq!(
        everything(memory, &scope).await,
        kept_before,
        "Memory, scope: a foreign forget removes nothing"
    );
}

pub(super) async fn never_takes_back(memory: &dyn Memory) {
    let scope = ana();
    let secret = said("canary zebra", 0);
    let id = remember(memory, &scope, vec![secret.clone()]).await[0];
    let child = said("canary child", 1).with_derived_from(vec![id]);
    let child_id = remember(memory, &scope, vec![child.clone()]).await[0];
    let exported: Vec<_> = everything(memory, &scope)
        .await
        .iter()
        .map(Record::to_observation)
        .collect();
    forget(memory, &scope, &Selection::id(id), Mode::Erase).await;
    let new = said("canary grandchild", 2).with_derived_from(vec![child_id]);
    let mixed = vec![said("innocent", 3), secret.clone()];
    for batch in [
        vec![secret.clone()],
        vec![child],
        vec![new],
        mixed,
        exported,
    ] {
        let clause = "Memory, forget: what was forgotten, or derives from it, is refused later";
        memory
            .remember(&scope, batch)
            .await
            .must_fail(ErrorKind::Gone, clause);
    }
    let all = everything(memory, &scope).await;
    assert!(
        all.is_empty(),
        "Memory, forget: a refused call stores nothing"
    );
    let other = remember(memory, &scope, vec![said("another text in its place", 0)]).await;
    assert_eq!(
        ids(&current(memory, &scope).await),
        other,
        "Memory, forget: new content under the old key is something else"
    );
    let elsewhere = remember(memory, &ben(), vec![secret]).await;
    assert_eq!(
        elsewhere.len(),
        1,
        "Memory, scope: a tombstone holds in its own scope alone"
    );
}

pub(super) async fn selects(memory: &dyn Memory) {
    let scope = ana();
    let at = |n: i64| Timestamp::from_millis(n * 1_000);
    let of = |source: &str, place: u64, text: &str, time: i64| {
        Observation::text(text)
            .with_source(source)
            .with_position(place)
            .with_occurred(at(time))
    };
    let made = remember(
        memory,
        &scope,
        vec![
            of("mail", 0, "canary first version", 1),
            of("mail", 0, "canary second version", 2),
            of("mail", 1, "canary other mail", 3),
            of("diary", 0, "zebra day three", 3),
            of("diary", 1, "zebra day four", 4),
            of("diary", 2, "zebra day five", 5),
        ],
    )
    .await;
    let receipt = forget(
        memory,
        &scope,
        &Selection::Source("mail".into()),
        Mode::Erase,
    )
    .await;
    assert_eq!(
        receipt.selected,
        sorted(made[..3].to_vec()),
        "Memory, forget: a source is every version of everything from it"
    );
    nowhere(memory, &scope, &made[..3]).await;
    let range = TimeRange {
        from: Some(at(3)),
        until: Some(at(5)),
    };
    let receipt = forget(memory, &scope, &Selection::Time(range), Mode::Erase).await;
    assert!(
        made[3..5].iter().all(|id| receipt.selected.contains(id))
            && !receipt.selected.contains(&made[5]),
        "Memory, forget: a time is everything that occurred in it"
    );
    assert_eq!(
        ids(&everything(memory, &scope).await),
        made[5..],
        "Memory, forget: the rest stays"
    );
    remember(memory, &ben(), vec![said("his own", 0)]).await;
    let receipt = forget(memory, &scope, &Selection::All, Mode::Erase).await;
    assert!(
        receipt.selected.contains(&made[5]),
        "Memory, forget: All is everything in the scope"
    );
    assert!(
        everything(memory, &scope).await.is_empty(),
        "Memory, forget: All leaves nothing"
    );
    assert_eq!(
        everything(memory, &ben()).await.len(),
        1,
        "Memory, scope: All ends at the scope"
    );
    let scopes = memory
        .scopes(&crate::Operator::assume(), &crate::PageRequest::default())
        .await;
    let scopes = scopes.must("Memory: scopes are listed").items;
    assert_eq!(
        scopes,
        [ben()],
        "Memory, scopes: a scope without records is not listed"
    );
}

pub(super) async fn tries_dry(memory: &dyn Memory) {
    let scope = ana();
    let root = remember(memory, &scope, vec![said("zebra root", 0)]).await[0];
    let child = remember(
        memory,
        &scope,
        vec![said("zebra child", 1).with_derived_from(vec![root])],
    )
    .await[0];
    let before = everything(memory, &scope).await;
    let receipt = forget(memory, &scope, &Selection::id(root), Mode::DryRun).await;
    assert_eq!(
        (receipt.selected, receipt.derived),
        (vec![root], vec![child]),
        "Memory, forget: a dry run says what would go"
    );
    assert_eq!(
        everything(memory, &scope).await,
        before,
        "Memory, forget: a dry run changes nothing"
    );
    remember(memory, &scope, vec![said("zebra root", 0)]).await;
}

pub(super) async fn distrusts(memory: &dyn Memory) {
    let scope = ana();
    let root = remember(
        memory,
        &scope,
        vec![said("zebra root", 0).with_trust(Trust::Owner)],
    )
    .await[0];
    let child = said("zebra child", 1)
        .with_trust(Trust::Derived)
        .with_derived_from(vec![root]);
    let child = remember(memory, &scope, vec![child]).await[0];
    let other = remember(
        memory,
        &scope,
        vec![said("zebra other", 2).with_trust(Trust::Owner)],
    )
    .await[0];
    let before = everything(memory, &scope).await;
    let receipt = forget(memory, &scope, &Selection::id(root), Mode::Distrust).await;
    assert_eq!(
        (receipt.selected, receipt.derived),
        (vec![root], vec![child]),
        "Memory, distrust: names what it lowered"
    );
    let after = everything(memory, &scope).await;
    assert_eq!(
        ids(&after),
        ids(&before),
        "Memory, distrust: removes nothing"
    );
    for record in after {
        let wanted = if record.id == other {
            Trust::Owner
        } else {
            Trust::External
        };
        assert_eq!(
            record.trust, wanted,
            "Memory, distrust: lowers what was selected and derived, and nothing else"
        );
    }
    let late = said("zebra late", 3)
        .with_trust(Trust::Derived)
        .with_derived_from(vec![child]);
    let late = remember(memory, &scope, vec![late]).await[0];
    let late = memory
        .record(&scope, late)
        .await
        .must("Memory: a record is read");
    assert_eq!(
        late.trust,
        Trust::External,
        "Memory, distrust: what is derived later is low too"
    );
}

pub(super) async fn takes_summaries_along(memory: &dyn Memory) {
    let scope = ana();
    let made = remember(memory, &scope, three_subjects()).await;
    let order = Consolidate::new("night-1");
    let before = memory
        .consolidate(&scope, &order)
        .await
        .must("Memory: consolidates");
    let summaries: Vec<Record> = memory
        .all_records(&scope, &RecordQuery::kinds(vec![RecordKind::Summary]))
        .await
        .must("Memory: records are listed");
    let victim = summaries
        .iter()
        .flat_map(|one| &one.derived_from)
        .next()
        .copied()
        .unwrap_or(made[0]);
    let doomed: Vec<_> = summaries
        .iter()
        .filter(|one| one.derived_from.contains(&victim))
        .map(|one| one.id)
        .collect();
    let receipt = forget(memory, &scope, &Selection::id(victim), Mode::Erase).await;
    assert_eq!(
        receipt.derived,
        sorted(doomed.clone()),
        "Memory, forget: summaries made of it go along"
    );
    nowhere(memory, &scope, &receipt.records()).await;
    let again = memory
        .consolidate(&scope, &order)
        .await
        .must("Memory: a repeated key answers");
    assert_eq!(
        again.id, before.id,
        "Memory, consolidate: a repeated key answers with the stored one"
    );
    for topic in &again.topics {
        assert!(
            !topic.members.contains(&victim) && !doomed.contains(&topic.summary),
            "Memory, forget: a stored consolidation names nothing that was forgotten"
        );
    }
    let next = memory
        .consolidate(&scope, &Consolidate::new("night-2"))
        .await;
    let next = next.must("Memory, forget: consolidation goes on afterwards");
    assert_eq!(
        next.tally.input, 23,
        "Memory, forget: what was forgotten is no input"
    );
    nowhere(memory, &scope, &receipt.records()).await;
}
