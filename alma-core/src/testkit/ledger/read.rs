//! Reading: in pieces, and which streams there are.

use super::{
    super::{ana, clause::Clause as _},
    events, stream,
};
use crate::{Cursor, ErrorKind, Ledger, PageRequest, Version};

pub(super) async fn reads_in_pieces(ledger: &dyn Ledger) {
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

pub(super) async fn lists_streams(ledger: &dyn Ledger) {
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
