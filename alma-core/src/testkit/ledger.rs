//! The suite of every ledger.

use serde_json::json;

use super::{ana, ben, clause::Clause as _, join_all};
use crate::{
    Cursor, ErasedState, Erasure, ErasureId, ErrorKind, Ledger, LedgerExt as _, NewEvent, Operator,
    PageRequest, RecordId, StreamId, Version,
};

/// Holds a ledger against every clause of [`Ledger`].
///
/// `fresh` makes an empty one; it is called once a clause.
///
/// # Panics
/// When a clause is broken, with a message that names it.
pub async fn ledger<L: Ledger>(fresh: impl AsyncFn() -> L) {
    appends_in_order(&fresh().await).await;
    compares_and_sets(&fresh().await).await;
    lets_one_of_many_win(&fresh().await).await;
    recognises_its_own_write(&fresh().await).await;
    refuses_bad_events(&fresh().await).await;
    reads_in_pieces(&fresh().await).await;
    lists_streams(&fresh().await).await;
    keeps_scopes_apart(&fresh().await).await;
    lists_scopes(&fresh().await).await;
    erases(&fresh().await).await;
}

fn stream(name: &str) -> StreamId {
    StreamId::new(name).must("StreamId: the suite's names are valid")
}

fn events(numbers: std::ops::Range<u64>) -> Vec<NewEvent> {
    numbers
        .map(|n| NewEvent::new("counted", json!({ "n": n })))
        .collect()
}

async fn appends_in_order(ledger: &dyn Ledger) {
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

async fn compares_and_sets(ledger: &dyn Ledger) {
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

async fn lets_one_of_many_win(ledger: &dyn Ledger) {
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

async fn recognises_its_own_write(ledger: &dyn Ledger) {
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

async fn refuses_bad_events(ledger: &dyn Ledger) {
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

async fn reads_in_pieces(ledger: &dyn Ledger) {
    let (scope, id) = (ana(), stream("mission/1"));
    ledger
        .append(&scope, &id, Version(0), events(0..10))
        .await
        .must("Ledger: events append");
    let read = async |after, limit| {
        let events = ledger.read(&scope, &id, Version(after), limit).await;
        let events = events.must("Ledger: a piece is read");
        events
            .iter()
            .map(|event| event.version.0)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        read(0, 3).await,
        [1, 2, 3],
        "Ledger, read: at most `limit` events from the start"
    );
    assert_eq!(
        read(3, 3).await,
        [4, 5, 6],
        "Ledger, read: events after a version"
    );
    assert_eq!(read(9, 1_000).await, [10], "Ledger, read: what is left");
    assert!(
        read(10, 5).await.is_empty(),
        "Ledger, read: nothing after the last"
    );
    assert!(
        read(u64::MAX, 5).await.is_empty(),
        "Ledger, read: nothing after what does not exist"
    );
    let none = ledger
        .read(&scope, &stream("mission/2"), Version(0), 10)
        .await;
    assert!(
        none.must("Ledger: an unknown stream is read").is_empty(),
        "Ledger, read: none for an unknown stream"
    );
}

async fn lists_streams(ledger: &dyn Ledger) {
    let scope = ana();
    let names = [
        "mission/b",
        "night/1",
        "mission/a",
        "missionary",
        "mission/a/b",
        "Mission/c",
    ];
    for name in names {
        let at = ledger
            .append(&scope, &stream(name), Version(0), events(0..2))
            .await;
        at.must("Ledger: events append");
    }
    let list = async |prefix: &str, limit: usize| {
        let mut found = Vec::new();
        let mut request = PageRequest::first(limit);
        loop {
            let page = ledger
                .streams(&scope, prefix, &request)
                .await
                .must("Ledger: streams are listed");
            assert!(
                page.items.len() <= limit,
                "Ledger, streams: a page keeps its limit"
            );
            for info in page.items {
                assert_eq!(
                    info.version,
                    Version(2),
                    "Ledger, streams: versions are told"
                );
                found.push(info.id.to_string());
            }
            if !page.more {
                return found;
            }
            request.after = page.next;
        }
    };
    let mut all: Vec<_> = names.map(str::to_owned).to_vec();
    all.sort_unstable();
    for limit in [1, 2, 5, 100] {
        assert_eq!(
            list("", limit).await,
            all,
            "Ledger, streams: each once, in the order of names"
        );
        assert_eq!(
            list("mission/", limit).await,
            ["mission/a", "mission/a/b", "mission/b"],
            "Ledger, streams: a prefix narrows, byte for byte"
        );
    }
    assert!(
        list("absent", 10).await.is_empty(),
        "Ledger, streams: none for an unknown prefix"
    );
    assert!(
        list("mission_", 10).await.is_empty(),
        "Ledger, streams: a prefix is no pattern"
    );
    let foreign = PageRequest::after(Cursor::new("\u{1f} no cursor"), 10);
    ledger.streams(&scope, "", &foreign).await.must_fail(
        ErrorKind::InvalidInput,
        "Ledger, streams: a foreign cursor is refused",
    );
}

async fn keeps_scopes_apart(ledger: &dyn Ledger) {
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

async fn lists_scopes(ledger: &dyn Ledger) {
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

async fn erases(ledger: &dyn Ledger) {
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
