//! Clauses on remembering.

use crate::{
    ErrorKind, Memory, MemoryExt as _, Observation, Query, RecordId, RecordKind, Timestamp, Trust,
    testkit::{ana, clause::Clause as _, join_all},
};

use super::{current, everything, ids, remember};

pub(super) async fn keeps_what_it_is_given(memory: &dyn Memory) {
    let scope = ana();
    let none = remember(memory, &scope, Vec::new()).await;
    assert!(none.is_empty(), "Memory, remember: nothing in, nothing out");
    let full = Observation::text("Ünïcode \"quotes\" and\nlines\u{0}")
        .with_kind(RecordKind::Fact)
        .with_occurred(Timestamp::from_millis(-1_234))
        .with_source("mail/1")
        .with_position(3)
        .with_trust(Trust::Owner)
        .with_metadata("speaker", "ana")
        .with_metadata("deep", serde_json::json!({"a": [1, 2.5, null]}));
    let plain = Observation::text("plain");
    let wanted = [full.id(&scope), plain.id(&scope)];
    let got = remember(memory, &scope, vec![full.clone(), plain]).await;
    assert_eq!(
        got, wanted,
        "Memory, remember: ids follow Observation::id, in order"
    );
    let record = memory
        .record(&scope, wanted[0])
        .await
        .must("Memory: a record is read");
    assert_eq!(record.scope, scope, "Memory: a record names its scope");
    assert_eq!(record.superseded, None, "Memory: a new record is current");
    let kept = (
        record.text,
        record.kind,
        record.occurred,
        record.source,
        record.position,
    );
    let given = (
        full.text,
        full.kind,
        Timestamp::from_millis(-1_234),
        full.source,
        full.position,
    );
    assert_eq!(
        kept, given,
        "Memory, remember: text, kind, time and source are kept"
    );
    assert_eq!(
        record.trust,
        Trust::Owner,
        "Memory, remember: trust is kept"
    );
    assert_eq!(
        record.metadata, full.metadata,
        "Memory, remember: metadata is kept"
    );
    let plain = memory
        .record(&scope, wanted[1])
        .await
        .must("Memory: a record is read");
    assert!(
        plain.occurred.as_millis() > 0 && plain.occurred <= plain.recorded,
        "Memory, remember: without a time the store's clock at storing is taken"
    );
    let unknown = RecordId::from_bytes([9; 16]);
    let answer = memory.record(&scope, unknown).await;
    answer.must_fail(
        ErrorKind::NotFound,
        "Memory: an unknown record is not found",
    );
}

pub(super) async fn is_idempotent(memory: &dyn Memory) {
    let scope = ana();
    let said = || {
        Observation::text("the kettle is new")
            .with_source("talk")
            .with_position(1)
    };
    let first = remember(memory, &scope, vec![said()]).await;
    let before = everything(memory, &scope).await;
    let again = said().with_metadata("other", 1).with_trust(Trust::Owner);
    let second = remember(memory, &scope, vec![again.clone(), again]).await;
    assert_eq!(
        second,
        [first[0], first[0]],
        "Memory, idempotent: the same again has the same id"
    );
    let after = everything(memory, &scope).await;
    assert_eq!(
        before, after,
        "Memory, idempotent: the first record is unchanged"
    );
}

pub(super) async fn supersedes_by_key(memory: &dyn Memory) {
    let scope = ana();
    let version = |text: &str| Observation::text(text).with_source("doc").with_position(0);
    let (old, new) = (version("rent is 700"), version("rent is 750"));
    let old_id = remember(memory, &scope, vec![old.clone()]).await[0];
    let new_id = remember(memory, &scope, vec![new.clone()]).await[0];
    assert_ne!(
        old_id, new_id,
        "Memory, supersede: new content is a new record"
    );
    assert_eq!(
        ids(&current(memory, &scope).await),
        [new_id],
        "Memory, supersede: the new content is current"
    );
    let record = memory
        .record(&scope, old_id)
        .await
        .must("Memory, supersede: the old stays readable");
    assert!(
        record.superseded.is_some(),
        "Memory, supersede: the old tells that it was replaced"
    );
    let hits = memory
        .recall(&scope, &Query::text("rent"))
        .await
        .must("Memory: recall answers")
        .hits;
    let found: Vec<_> = hits.iter().map(|hit| hit.record.id).collect();
    assert_eq!(
        found,
        [new_id],
        "Memory, supersede: recall leaves out what was replaced"
    );

    let order = vec![version("rent is 800"), version("rent is 850")];
    let in_order = remember(memory, &scope, order.clone()).await;
    let clause = "Memory, supersede: within one call later observations replace earlier ones";
    assert_eq!(
        ids(&current(memory, &scope).await),
        [in_order[1]],
        "{clause}"
    );
    assert_eq!(
        everything(memory, &scope).await.len(),
        4,
        "Memory, supersede: every version stays readable"
    );
    remember(memory, &scope, order).await;
    let clause = "Memory, idempotent: repeating a call changes nothing, whatever it replaced";
    assert_eq!(
        ids(&current(memory, &scope).await),
        [in_order[1]],
        "{clause}"
    );

    let time = |text: &str| {
        Observation::text(text)
            .with_source("log")
            .with_occurred(Timestamp::from_millis(5))
    };
    let timed = remember(memory, &scope, vec![time("one"), time("two")]).await;
    let clause = "Memory, supersede: without a position source and time are the key";
    assert!(
        ids(&current(memory, &scope).await).contains(&timed[1]),
        "{clause}"
    );
    assert!(
        !ids(&current(memory, &scope).await).contains(&timed[0]),
        "{clause}"
    );
    let free = [Observation::text("free one"), Observation::text("free two")];
    let free = remember(memory, &scope, free.into()).await;
    let all = ids(&current(memory, &scope).await);
    assert!(
        free.iter().all(|id| all.contains(id)),
        "Memory, supersede: without source, position and time texts stand beside each other"
    );
}

pub(super) async fn refuses_bad_observations(memory: &dyn Memory) {
    let scope = ana();
    let bad = [
        Observation::text(" \n\t"),
        Observation::text("x".repeat(Observation::MAX_BYTES + 1)),
        Observation::text("fine").with_source("s".repeat(5_000)),
    ];
    for observation in bad {
        let batch = vec![Observation::text("good"), observation];
        let clause = "Memory, remember: what breaks Observation::check is refused";
        memory
            .remember(&scope, batch)
            .await
            .must_fail(ErrorKind::InvalidInput, clause);
        let all = everything(memory, &scope).await;
        assert!(
            all.is_empty(),
            "Memory, remember: a refused call stores nothing"
        );
    }
    let longest = Observation::text("word ".repeat(Observation::MAX_BYTES / 5));
    let ids = remember(memory, &scope, vec![longest.clone()]).await;
    let record = memory
        .record(&scope, ids[0])
        .await
        .must("Memory: a record is read");
    assert_eq!(
        record.text, longest.text,
        "Memory, remember: a text of MAX_BYTES is taken whole"
    );
}

pub(super) async fn bounds_trust(memory: &dyn Memory) {
    let scope = ana();
    let said = |text: &str, trust| Observation::text(text).with_trust(trust);
    let sources = vec![
        said("from the owner", Trust::Owner),
        said("from a tool", Trust::VerifiedTool),
        said("from the web", Trust::External),
    ];
    let ids = remember(memory, &scope, sources).await;
    let cases = [
        (vec![ids[0]], Trust::Owner, Trust::Derived),
        (vec![ids[0], ids[1]], Trust::VerifiedTool, Trust::Derived),
        (vec![ids[0], ids[2]], Trust::Owner, Trust::External),
        (vec![ids[1]], Trust::External, Trust::External),
    ];
    for (place, (sources, own, most)) in cases.into_iter().enumerate() {
        let derived = said(&format!("derived {place}"), own).with_derived_from(sources.clone());
        let id = remember(memory, &scope, vec![derived]).await[0];
        let record = memory
            .record(&scope, id)
            .await
            .must("Memory: a record is read");
        assert!(
            record.trust <= most,
            "Memory, trust: a derivation takes the minimum and never exceeds Derived; got {:?} where {most:?} is most",
            record.trust
        );
        assert_eq!(record.derived_from, sources, "Memory: derived_from is kept");
    }
    let batch = vec![
        said("web page", Trust::External)
            .with_source("web")
            .with_position(0),
        said("sum of it", Trust::Owner).with_derived_from(vec![
            said("web page", Trust::External)
                .with_source("web")
                .with_position(0)
                .id(&scope),
        ]),
    ];
    let id = remember(memory, &scope, batch).await[1];
    let record = memory
        .record(&scope, id)
        .await
        .must("Memory: a record is read");
    assert_eq!(
        record.trust,
        Trust::External,
        "Memory, trust: sources of the same call count too"
    );
}

pub(super) async fn stands_concurrency(memory: &dyn Memory) {
    let scope = ana();
    let shared = |n: u64| {
        Observation::text(format!("shared {n}"))
            .with_source("shared")
            .with_position(n)
    };
    let calls = (0..8_u64).map(|caller| {
        let own = Observation::text(format!("own {caller}"))
            .with_source("own")
            .with_position(caller);
        let contested = Observation::text(format!("version by {caller}"))
            .with_source("contested")
            .with_position(0);
        memory.remember(&scope, vec![shared(0), shared(1), own, contested])
    });
    let calls: Vec<_> = calls.collect();
    let scope = &scope;
    for answer in join_all(calls).await {
        assert_eq!(
            answer
                .must("Memory, concurrency: calls beside each other succeed")
                .len(),
            4
        );
    }
    let now = current(memory, scope).await;
    let of = |source: &str| now.iter().filter(|record| record.source == source).count();
    assert_eq!(
        of("shared"),
        2,
        "Memory, concurrency: the same content is one record"
    );
    assert_eq!(
        of("own"),
        8,
        "Memory, concurrency: nothing acknowledged is lost"
    );
    assert_eq!(
        of("contested"),
        1,
        "Memory, concurrency: one version of a key is current"
    );
    let all = everything(memory, scope).await;
    let versions = all
        .iter()
        .filter(|record| record.source == "contested")
        .count();
    assert_eq!(
        versions, 8,
        "Memory, concurrency: every version stays readable"
    );
}
