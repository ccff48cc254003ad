//! Clauses on listing, export and import.

use crate::{
    Cursor, ErrorKind, Memory, Observation, Operator, PageRequest, RecordKind, RecordQuery, Scope,
    TimeRange, Timestamp,
    testkit::{ana, ben, clause::Clause as _},
};

use super::{current, everything, ids, remember};

fn numbered(range: std::ops::Range<u64>) -> Vec<Observation> {
    let one = |n: u64| {
        Observation::text(format!("note {n}"))
            .with_source("notes")
            .with_position(n)
    };
    range.map(one).collect()
}

pub(super) async fn meets_each_record_once(memory: &dyn Memory) {
    let scope = ana();
    for batch in [0..7, 7..8, 8..20] {
        remember(memory, &scope, numbered(batch)).await;
    }
    let all = current(memory, &scope).await;
    assert_eq!(
        all.len(),
        20,
        "Memory, records: everything current is listed"
    );
    let sorted = all
        .windows(2)
        .all(|pair| (pair[0].recorded, pair[0].id) < (pair[1].recorded, pair[1].id));
    assert!(
        sorted,
        "Memory, records: the order is time of storing, then id"
    );
    for limit in [1, 3, 20, 100] {
        let mut seen = Vec::new();
        let mut request = PageRequest::first(limit);
        loop {
            let page = memory.records(&scope, &RecordQuery::all(), &request).await;
            let page = page.must("Memory: records are listed");
            assert!(
                page.items.len() <= limit,
                "Memory, records: a page keeps its limit"
            );
            seen.extend(ids(&page.items));
            if !page.more {
                break;
            }
            request.after = page.next;
        }
        assert_eq!(
            seen,
            ids(&all),
            "Memory, records: pages of {limit} meet each record once, in order"
        );
    }

    let page = memory
        .records(&scope, &RecordQuery::all(), &PageRequest::first(5))
        .await;
    let page = page.must("Memory: records are listed");
    let mut seen = ids(&page.items);
    remember(memory, &scope, numbered(20..30)).await;
    let mut request = PageRequest::after(page.next, 5);
    loop {
        let page = memory.records(&scope, &RecordQuery::all(), &request).await;
        let page = page.must("Memory: records are listed");
        seen.extend(ids(&page.items));
        if !page.more {
            break;
        }
        request.after = page.next;
    }
    for id in ids(&all) {
        let times = seen.iter().filter(|one| **one == id).count();
        assert_eq!(
            times, 1,
            "Memory, records: what was there from the start is met once while others write"
        );
    }
    for text in ["no cursor", "\u{1f}", "99999999999999999999999"] {
        let request = PageRequest::after(Cursor::new(text), 5);
        let answer = memory.records(&scope, &RecordQuery::all(), &request).await;
        answer.must_fail(
            ErrorKind::InvalidInput,
            "Memory, records: a foreign cursor is refused",
        );
    }
}

pub(super) async fn filters(memory: &dyn Memory) {
    let scope = ana();
    let at = |n: i64| Timestamp::from_millis(n * 1_000);
    let said = vec![
        Observation::text("a")
            .with_source("x")
            .with_position(0)
            .with_occurred(at(1)),
        Observation::text("b")
            .with_source("x")
            .with_position(1)
            .with_occurred(at(2))
            .with_kind(RecordKind::Fact),
        Observation::text("c")
            .with_source("y")
            .with_position(0)
            .with_occurred(at(3)),
        Observation::text("a, newer")
            .with_source("x")
            .with_position(0)
            .with_occurred(at(4)),
    ];
    let made = remember(memory, &scope, said).await;
    let list = async |query: &RecordQuery| {
        let page = memory.records(&scope, query, &PageRequest::default()).await;
        let mut found = ids(&page.must("Memory: records are listed").items);
        found.sort_unstable();
        found
    };
    let sorted = |places: &[usize]| {
        let mut ids: Vec<_> = places.iter().map(|place| made[*place]).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(
        list(&RecordQuery::all()).await,
        sorted(&[1, 2, 3]),
        "Memory, records: what is current"
    );
    assert_eq!(
        list(&RecordQuery::source("x")).await,
        sorted(&[1, 3]),
        "Memory, records: of a source"
    );
    assert!(
        list(&RecordQuery::source("")).await.is_empty(),
        "Memory, records: the empty source is a source"
    );
    assert_eq!(
        list(&RecordQuery::kinds(vec![RecordKind::Fact])).await,
        sorted(&[1]),
        "Memory, records: of a kind"
    );
    assert_eq!(
        list(&RecordQuery::ids(vec![made[0], made[2]])).await,
        sorted(&[0, 2]),
        "Memory, records: by ids, replaced versions included"
    );
    let history = RecordQuery {
        superseded: true,
        ..RecordQuery::source("x")
    };
    assert_eq!(
        list(&history).await,
        sorted(&[0, 1, 3]),
        "Memory, records: with replaced versions when asked"
    );
    let range = RecordQuery {
        time: TimeRange {
            from: Some(at(2)),
            until: Some(at(4)),
        },
        ..RecordQuery::all()
    };
    assert_eq!(
        list(&range).await,
        sorted(&[1, 2]),
        "Memory, records: of a time"
    );
    let foreign = memory
        .records(
            &ben(),
            &RecordQuery::ids(made.clone()),
            &PageRequest::default(),
        )
        .await;
    assert!(
        foreign
            .must("Memory: foreign ids are no error")
            .items
            .is_empty(),
        "Memory, scope: a foreign id and an unknown one answer the same"
    );
}

pub(super) async fn lists_scopes(memory: &dyn Memory) {
    let operator = Operator::assume();
    let list = async |request: &PageRequest| {
        memory
            .scopes(&operator, request)
            .await
            .must("Memory: scopes are listed")
    };
    assert!(
        list(&PageRequest::default()).await.items.is_empty(),
        "Memory, scopes: none without records"
    );
    let mut scopes = Vec::new();
    for path in ["home/ben", "home/ana/work", "home/ana", "home-2", "a"] {
        let scope = Scope::new(path).must("Scope: the suite's paths are valid");
        remember(memory, &scope, numbered(0..2)).await;
        scopes.push(scope);
    }
    scopes.sort();
    for limit in [1, 2, 10] {
        let mut seen = Vec::new();
        let mut request = PageRequest::first(limit);
        loop {
            let page = list(&request).await;
            seen.extend(page.items);
            if !page.more {
                break;
            }
            request.after = page.next;
        }
        assert_eq!(
            seen, scopes,
            "Memory, scopes: each once, in the order of their text"
        );
    }
}

pub(super) async fn exports_and_imports(from: &dyn Memory, to: &dyn Memory) {
    let scope = ana();
    let said = vec![
        Observation::text("by position")
            .with_source("s")
            .with_position(1),
        Observation::text("by time")
            .with_source("s")
            .with_occurred(Timestamp::from_millis(77)),
        Observation::text("by text"),
    ];
    let mut made = remember(from, &scope, said).await;
    let derived = Observation::text("derived").with_derived_from(made.clone());
    made.extend(remember(from, &scope, vec![derived]).await);
    let exported = everything(from, &scope).await;
    let observations = exported.iter().map(crate::Record::to_observation).collect();
    let imported = remember(to, &scope, observations).await;
    assert_eq!(
        imported,
        ids(&exported),
        "Memory, import: records keep their ids"
    );
    let copies = everything(to, &scope).await;
    for record in exported {
        let copy = copies.iter().find(|copy| copy.id == record.id);
        let same = copy.is_some_and(|copy| {
            copy.text == record.text
                && copy.derived_from == record.derived_from
                && copy.trust == record.trust
        });
        assert!(same, "Memory, import: text, trust and provenance come over");
    }
}
