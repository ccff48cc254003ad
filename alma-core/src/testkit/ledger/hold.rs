//! Whose events they are, and how they are forgotten.

use serde_json::json;

use super::{
    super::{ana, ben, clause::Clause as _},
    events, stream,
};
use crate::{
    ErasedState, Erasure, ErasureId, ErrorKind, Ledger, LedgerExt as _, NewEvent, Operator,
    PageRequest, RecordId, Version,
};

pub(super) async fn keeps_scopes_apart(ledger: &dyn Ledger) {
    let (ana, ben, id) = (ana(), ben(), stream("mission/1"));
    let secret = NewEvent::new("said", json!("canary-ana")).with_key("k");
    ledger
        .append(&ana, &id, Version(0), vec![secret.clone()])
        .await
        .must("Ledger: events append");
    let seen = ledger
        .read_all(&ben, &id)
        .await
        .must("Ledger: a foreign stream is read");
    assert!(
        seen.is_empty(),
        "Ledger, scope: a foreign stream answers like an unknown one"
    );
    let listed = ledger
        .all_streams(&ben, "")
        .await
        .must("Ledger: streams are listed");
    assert!(
        listed.is_empty(),
        "Ledger, scope: foreign streams are not listed"
    );
    let at = ledger.append(&ben, &id, Version(0), events(0..1)).await;
    assert_eq!(
        at.must("Ledger, scope: the same name is another stream elsewhere"),
        Version(1),
        "Ledger, scope: versions are counted per scope"
    );
    let erasure = Erasure::new(
        ErasureId::from_bytes([1; 16]),
        vec![RecordId::from_bytes([1; 16])],
    );
    ledger
        .erase(&ben, &erasure)
        .await
        .must("Ledger: erase answers");
    let hit = secret.with_key("k2").with_sources(erasure.records);
    let at = ledger.append(&ana, &id, Version(1), vec![hit]).await;
    assert_eq!(
        at.must("Ledger, scope: an erasure reaches its own scope alone"),
        Version(2)
    );
    let all = ledger
        .read_all(&ana, &id)
        .await
        .must("Ledger: a stream is read");
    assert!(
        all.iter()
            .all(|event| !event.erased && event.body == json!("canary-ana")),
        "Ledger, scope: an erasure blanks nothing elsewhere"
    );
}

pub(super) async fn lists_scopes(ledger: &dyn Ledger) {
    let operator = Operator::assume();
    let none = ledger
        .scopes(&operator, &PageRequest::first(10))
        .await
        .must("Ledger: scopes are listed");
    assert!(
        none.items.is_empty() && !none.more,
        "Ledger, scopes: none without streams"
    );
    for scope in [ben(), ana()] {
        let at = ledger
            .append(&scope, &stream("s"), Version(0), events(0..1))
            .await;
        at.must("Ledger: events append");
    }
    let first = ledger
        .scopes(&operator, &PageRequest::first(1))
        .await
        .must("Ledger: scopes are listed");
    assert_eq!(
        first.items,
        [ana()],
        "Ledger, scopes: in the order of their text"
    );
    assert!(first.more, "Ledger, scopes: a page tells that more follows");
    let request = PageRequest::after(first.next, 1);
    let rest = ledger
        .scopes(&operator, &request)
        .await
        .must("Ledger: scopes are listed");
    assert_eq!(rest.items, [ben()], "Ledger, scopes: the cursor goes on");
}

pub(super) async fn erases(ledger: &dyn Ledger) {
    let (scope, id) = (ana(), stream("mission/1"));
    let (gone, kept) = (RecordId::from_bytes([1; 16]), RecordId::from_bytes([2; 16]));
    let made_of = |text: &str, sources: Vec<RecordId>| {
        NewEvent::new("said", json!({ "text": text }))
            .with_key(text.len().to_string())
            .with_sources(sources)
    };
    let events = vec![
        made_of("canary-one", vec![gone]),
        made_of("kept-text", vec![kept]),
        made_of("canary-in-two", vec![kept, gone]),
        NewEvent::new("free", json!("kept-too")),
    ];
    ledger
        .append(&scope, &id, Version(0), events)
        .await
        .must("Ledger: events append");
    let erasure = Erasure::new(ErasureId::from_bytes([9; 16]), vec![gone]);
    let erased = ledger
        .erase(&scope, &erasure)
        .await
        .must("Ledger: erase answers");
    assert_eq!(
        erased.removed, 2,
        "Ledger, erase: tells how many bodies were blanked"
    );
    assert!(
        !matches!(&erased.state, ErasedState::Pending(why) if why.is_empty()),
        "Ledger, erase: pending says why"
    );
    let all = ledger
        .read_all(&scope, &id)
        .await
        .must("Ledger: a stream is read");
    assert!(
        !format!("{all:?}").contains("canary"),
        "Ledger, erase: bodies of forgotten records are blank"
    );
    let erased: Vec<_> = all.iter().map(|event| event.erased).collect();
    assert_eq!(
        erased,
        [true, false, true, false],
        "Ledger, erase: blanked events say so"
    );
    assert!(
        all[0].body.is_null() && all[2].body.is_null(),
        "Ledger, erase: a blanked body is null"
    );
    assert_eq!(
        all[1].body,
        json!({"text": "kept-text"}),
        "Ledger, erase: other bodies stay"
    );
    let frame: Vec<_> = all
        .iter()
        .map(|event| (event.version.0, event.kind.as_str()))
        .collect();
    assert_eq!(
        frame,
        [(1, "said"), (2, "said"), (3, "said"), (4, "free")],
        "Ledger, erase: versions and kinds stay"
    );
    assert_eq!(all[0].key, "10", "Ledger, erase: keys stay");
    let again = ledger
        .erase(&scope, &erasure)
        .await
        .must("Ledger, erase: idempotent");
    assert_eq!(
        again.removed, 0,
        "Ledger, erase: a repetition removes nothing"
    );
    let clause = "Ledger, erase: an event made of forgotten records is refused later";
    let late = vec![
        made_of("fine", vec![kept]),
        made_of("canary-late", vec![gone]),
    ];
    ledger
        .append(&scope, &id, Version(4), late)
        .await
        .must_fail(ErrorKind::Gone, clause);
    let elsewhere = vec![made_of("canary-late", vec![gone])];
    let other = stream("mission/2");
    ledger
        .append(&scope, &other, Version(0), elsewhere)
        .await
        .must_fail(ErrorKind::Gone, clause);
    let at = ledger
        .append(&scope, &id, Version(4), vec![made_of("fine", vec![kept])])
        .await;
    assert_eq!(at.must("Ledger, erase: the stream goes on"), Version(5));
}
