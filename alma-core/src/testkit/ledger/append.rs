//! Appending: order, versions, and who wins.

use serde_json::json;

use super::{
    super::{ana, clause::Clause as _, join_all},
    events, stream,
};
use crate::{ErrorKind, Ledger, LedgerExt as _, NewEvent, RecordId, Version};

pub(super) async fn appends_in_order(ledger: &dyn Ledger) {
    let (scope, id) = (ana(), stream("mission/1"));
    let at = ledger.append(&scope, &id, Version(0), events(0..1)).await;
    assert_eq!(at.must("Ledger: a stream begins at Version(0)"), Version(1));
    let source = RecordId::from_bytes([7; 16]);
    let more = vec![
        NewEvent::new("second", json!({"deep": [1, null, {"x": "ü"}]})).with_key("k2"),
        NewEvent::new("third", json!("text")).with_sources(vec![source]),
    ];
    let at = ledger.append(&scope, &id, Version(1), more).await;
    assert_eq!(
        at.must("Ledger: events append"),
        Version(3),
        "Ledger: the answer is the new version"
    );
    let all = ledger
        .read_all(&scope, &id)
        .await
        .must("Ledger: a stream is read");
    let versions: Vec<_> = all.iter().map(|event| event.version.0).collect();
    assert_eq!(
        versions,
        [1, 2, 3],
        "Ledger, order: versions are 1, 2, 3 without a gap"
    );
    assert_eq!(
        all[0].body,
        json!({"n": 0}),
        "Ledger: bodies come back as they were written"
    );
    assert_eq!(
        (all[1].kind.as_str(), all[1].key.as_str(), &all[1].body),
        ("second", "k2", &json!({"deep": [1, null, {"x": "ü"}]})),
        "Ledger: kind, key and body come back as they were written"
    );
    assert_eq!(
        all[2].sources,
        [source],
        "Ledger: sources come back as they were written"
    );
    assert!(
        all.iter().all(|event| !event.erased),
        "Ledger: nothing is erased yet"
    );
    assert!(
        all.windows(2)
            .all(|pair| pair[0].recorded <= pair[1].recorded),
        "Ledger: times of recording don't go back"
    );
}

pub(super) async fn compares_and_sets(ledger: &dyn Ledger) {
    let (scope, id) = (ana(), stream("mission/1"));
    let clause = "Ledger, compare and set: an append at the wrong version is a conflict";
    ledger
        .append(&scope, &id, Version(1), events(0..1))
        .await
        .must_fail(ErrorKind::Conflict, clause);
    ledger
        .append(&scope, &id, Version(0), events(0..2))
        .await
        .must("Ledger: events append");
    for wrong in [0, 1, 3, u64::MAX] {
        ledger
            .append(&scope, &id, Version(wrong), events(5..6))
            .await
            .must_fail(ErrorKind::Conflict, clause);
    }
    let all = ledger
        .read_all(&scope, &id)
        .await
        .must("Ledger: a stream is read");
    assert_eq!(
        all.len(),
        2,
        "Ledger, compare and set: a conflict changes nothing"
    );
}

pub(super) async fn lets_one_of_many_win(ledger: &dyn Ledger) {
    let (scope, id) = (ana(), stream("mission/1"));
    for round in 0..5_u64 {
        let tries = (0..8_u64).map(|n| {
            let event = NewEvent::new("try", json!(n)).with_key(format!("{round}/{n}"));
            ledger.append(&scope, &id, Version(round), vec![event])
        });
        let answers = join_all(tries).await;
        let won = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(
            won, 1,
            "Ledger, compare and set: of appends that expect one version, one wins"
        );
        for answer in answers.into_iter().filter(|answer| answer.is_err()) {
            answer.must_fail(
                ErrorKind::Conflict,
                "Ledger, compare and set: the others get Conflict",
            );
        }
    }
    let all = ledger
        .read_all(&scope, &id)
        .await
        .must("Ledger: a stream is read");
    assert_eq!(
        all.len(),
        5,
        "Ledger, compare and set: each round appended one event"
    );
}

pub(super) async fn recognises_its_own_write(ledger: &dyn Ledger) {
    let (scope, id) = (ana(), stream("mission/1"));
    let batch = || {
        vec![
            NewEvent::new("a", json!(1)).with_key("batch/1"),
            NewEvent::new("b", json!(2)).with_key("batch/2"),
        ]
    };
    ledger
        .append(&scope, &id, Version(0), batch())
        .await
        .must("Ledger: events append");
    let clause = "Ledger, idempotent by key: repeating an append answers as the first did";
    let again = ledger
        .append(&scope, &id, Version(0), batch())
        .await
        .must(clause);
    assert_eq!(again, Version(2), "{clause}");
    ledger
        .append(&scope, &id, Version(2), events(0..1))
        .await
        .must("Ledger: events append");
    let later = ledger.append(&scope, &id, Version(0), batch()).await;
    assert_eq!(
        later.must(clause),
        Version(2),
        "{clause}, also after later events"
    );
    let all = ledger
        .read_all(&scope, &id)
        .await
        .must("Ledger: a stream is read");
    assert_eq!(
        all.len(),
        3,
        "Ledger, idempotent by key: a repetition writes nothing"
    );

    let other = "Ledger, idempotent by key: other keys are another write";
    let mut half = batch();
    half[1].key = "batch/3".to_owned();
    ledger
        .append(&scope, &id, Version(0), half)
        .await
        .must_fail(ErrorKind::Conflict, other);
    let blank = "Ledger, idempotent by key: an empty key recognises nothing";
    ledger
        .append(&scope, &id, Version(2), events(0..1))
        .await
        .must_fail(ErrorKind::Conflict, blank);
}

pub(super) async fn refuses_bad_events(ledger: &dyn Ledger) {
    let (scope, id) = (ana(), stream("mission/1"));
    let huge = "x".repeat(NewEvent::MAX_BYTES);
    let bad = [
        (Vec::new(), "Ledger: an append of nothing is refused"),
        (
            vec![NewEvent::new("", json!(1))],
            "Ledger: an event needs a kind",
        ),
        (
            vec![
                NewEvent::new("ok", json!(1)),
                NewEvent::new("huge", json!(huge)),
            ],
            "Ledger: a body above MAX_BYTES is refused",
        ),
    ];
    for (events, clause) in bad {
        let answer = ledger.append(&scope, &id, Version(0), events).await;
        answer.must_fail(ErrorKind::InvalidInput, clause);
    }
    let all = ledger
        .read_all(&scope, &id)
        .await
        .must("Ledger: an unknown stream has no events");
    assert!(all.is_empty(), "Ledger: all events are appended or none");
}
