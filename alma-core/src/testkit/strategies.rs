//! Proptest strategies for the values of the contracts.

use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::*,
};
use serde_json::Value;

use crate::{
    Metadata, NewEvent, NewJob, Observation, Query, RecordId, RecordKind, Scope, TimeRange,
    Timestamp, Trust,
};

/// Any valid scope.
pub fn scope() -> impl Strategy<Value = Scope> {
    let segment = "[a-zA-Z0-9._@-]{1,12}".prop_filter("'.' and '..' are no segments", |one| {
        one != "." && one != ".."
    });
    vec(segment, 1..=8).prop_filter_map("the path is a scope", |parts| {
        Scope::new(parts.join("/")).ok()
    })
}

/// A path that is no scope.
pub fn bad_scope() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[a-z]{1,5}//[a-z]{1,5}",
        "/[a-z]{1,5}",
        "[a-z]{1,5}/",
        "([a-z]/){8,12}[a-z]",
        "[a-z]{65,80}",
        "[a-z]{0,3}[ \\\\:*?\u{e9}\u{0}\n][a-z]{0,3}",
        Just("home/..".to_owned()),
        Just("./home".to_owned()),
    ]
}

/// Any moment within some thousand years of the epoch.
pub fn timestamp() -> impl Strategy<Value = Timestamp> {
    (-30_000_000_000_000..200_000_000_000_000_i64).prop_map(Timestamp::from_millis)
}

/// Any range of time, open ends and empty ranges included.
pub fn time_range() -> impl Strategy<Value = TimeRange> {
    (option::of(timestamp()), option::of(timestamp()))
        .prop_map(|(from, until)| TimeRange { from, until })
}

/// Any kind of record.
pub fn record_kind() -> impl Strategy<Value = RecordKind> {
    prop::sample::select(RecordKind::ALL.to_vec())
}

/// Any trust.
pub fn trust() -> impl Strategy<Value = Trust> {
    prop::sample::select(vec![
        Trust::External,
        Trust::Derived,
        Trust::VerifiedTool,
        Trust::Owner,
    ])
}

/// Any record id.
pub fn record_id() -> impl Strategy<Value = RecordId> {
    any::<[u8; 16]>().prop_map(RecordId::from_bytes)
}

/// A text that can be remembered: words, or any characters around one.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        vec("[a-z]{1,9}", 1..20).prop_map(|words| words.join(" ")),
        ("\\PC{0,40}", "[a-z0-9]", "(?s:.){0,40}").prop_map(|(a, b, c)| format!("{a}{b}{c}")),
    ]
}

/// Any JSON without numbers that floating point cannot keep.
pub fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1_000_000..1_000_000_i32).prop_map(|n| Value::from(f64::from(n) / 8.0)),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            btree_map("[a-z]{1,6}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Any observation that a memory takes, without sources.
pub fn observation() -> impl Strategy<Value = Observation> {
    let place = (
        option::of(timestamp()),
        "[a-z/]{0,12}",
        option::of(any::<u32>()),
    );
    let facts = btree_map("[a-z]{1,6}", json(), 0..3);
    (text(), record_kind(), place, trust(), facts).prop_map(
        |(text, kind, (occurred, source, position), trust, metadata)| {
            let mut one = Observation::text(text)
                .with_kind(kind)
                .with_source(source)
                .with_trust(trust);
            one.occurred = occurred;
            one.position = position.map(u64::from);
            one.metadata = Metadata::from_iter(metadata);
            one
        },
    )
}

/// Any question.
pub fn query() -> impl Strategy<Value = Query> {
    let filters = (
        vec(record_kind(), 0..3),
        time_range(),
        option::of(0..500_usize),
    );
    ("(?s:.){0,40}", 1..50_usize, filters).prop_map(|(text, k, (kinds, time, budget))| {
        let mut query = Query::text(text)
            .with_k(k)
            .with_kinds(kinds)
            .with_time(time);
        query.token_budget = budget;
        query
    })
}

/// Any job that a queue takes, of kind `work`.
pub fn new_job() -> impl Strategy<Value = NewJob> {
    let order = (any::<i32>(), 1..9_u32, vec(record_id(), 0..3), trust());
    ("\\PC{1,40}", json(), "[a-z]{0,6}", order).prop_map(
        |(key, payload, group, (priority, attempts, sources, trust))| {
            NewJob::new("work", key, payload)
                .with_group(group)
                .with_priority(priority)
                .with_max_attempts(attempts)
                .with_sources(sources)
                .with_trust(trust)
        },
    )
}

/// Any event that a ledger takes.
pub fn new_event() -> impl Strategy<Value = NewEvent> {
    (
        "[a-z]{1,9}",
        json(),
        "[a-z0-9]{0,9}",
        vec(record_id(), 0..3),
    )
        .prop_map(|(kind, body, key, sources)| {
            NewEvent::new(kind, body)
                .with_key(key)
                .with_sources(sources)
        })
}
