//! Properties of the plain values: what is written reads back, and rules hold for anything.

use alma_core::{
    Digest, Effect, NewEvent, NewJob, Observation, Permission, Query, RecordId, Schema, Scope,
    Settings, TimeRange, Timestamp, ToolInfo, ToolName, Trust, canonical_json,
    testkit::strategies as any,
};
use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

fn round_trip<T: Serialize + DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

proptest! {
    #[test]
    fn scopes_read_back(scope in any::scope()) {
        prop_assert_eq!(&round_trip(&scope), &scope);
        prop_assert_eq!(&scope.as_str().parse::<Scope>().unwrap(), &scope);
    }

    #[test]
    fn bad_scopes_are_refused_with_a_remedy(path in any::bad_scope()) {
        let error = Scope::new(&path).unwrap_err();
        prop_assert!(error.remedy().is_some());
        prop_assert!(serde_json::from_value::<Scope>(json!(path)).is_err());
    }

    #[test]
    fn times_read_back_to_the_millisecond(time in any::timestamp()) {
        prop_assert_eq!(time.to_string().parse::<Timestamp>().unwrap(), time);
        prop_assert_eq!(round_trip(&time), time);
    }

    #[test]
    fn any_millisecond_reads_back(millis in any::<i64>()) {
        let time = Timestamp::from_millis(millis);
        prop_assert_eq!(time.to_string().parse::<Timestamp>().unwrap(), time);
    }

    #[test]
    fn a_range_holds_its_start_and_not_its_end(range in any::time_range()) {
        if let Some(from) = range.from {
            let open = range.until.is_none_or(|until| from < until);
            prop_assert_eq!(range.contains(from), open);
        }
        prop_assert!(!range.until.is_some_and(|until| range.contains(until)));
    }

    #[test]
    fn values_read_back(
        observation in any::observation(), query in any::query(), job in any::new_job(), event in any::new_event()
    ) {
        prop_assert_eq!(round_trip::<Observation>(&observation), observation);
        prop_assert_eq!(round_trip::<Query>(&query), query);
        prop_assert_eq!(round_trip::<NewJob>(&job), job);
        prop_assert_eq!(round_trip::<NewEvent>(&event), event);
    }

    #[test]
    fn ids_follow_scope_key_and_content(one in any::observation(), a in any::scope(), b in any::scope()) {
        prop_assert!(one.check().is_ok());
        prop_assert_eq!(one.id(&a), one.clone().id(&a));
        prop_assert_eq!(a == b, one.id(&a) == one.id(&b));
        let mut other = one.clone();
        other.text.push('x');
        prop_assert_ne!(other.id(&a), one.id(&a));
        prop_assert_eq!(one.clone().with_trust(Trust::Owner).id(&a), one.id(&a), "trust is no content");
    }

    #[test]
    fn a_record_goes_out_and_comes_back_under_its_id(one in any::observation(), now in any::timestamp()) {
        let scope = Scope::new("home/ana").unwrap();
        let record = alma_core::Record::new(&scope, one, now);
        prop_assert_eq!(record.to_observation().id(&scope), record.id);
        prop_assert_eq!(round_trip(&record), record);
    }

    #[test]
    fn a_digest_sees_the_value_and_not_its_order(value in any::json()) {
        let text = canonical_json(&value);
        let back: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&back, &value);
        prop_assert_eq!(canonical_json(&back), text);
        if let Value::Object(map) = &value {
            let turned: serde_json::Map<_, _> = map.clone().into_iter().rev().collect();
            prop_assert_eq!(Digest::of_json(&Value::Object(turned)), Digest::of_json(&value));
        }
    }

    #[test]
    fn parts_do_not_run_into_each_other(parts in prop::collection::vec(any::<Vec<u8>>(), 1..5)) {
        let views: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        let joined = parts.concat();
        prop_assert_eq!(Digest::of_parts(&views), Digest::of_parts(&views));
        if parts.len() > 1 {
            prop_assert_ne!(Digest::of_parts(&views), Digest::of_parts(&[&joined]));
        }
    }

    #[test]
    fn digests_and_ids_read_back_and_nothing_else_does(bytes in any::<Vec<u8>>(), text in "\\PC{0,70}") {
        let digest = Digest::of(&bytes);
        prop_assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
        let id = RecordId::of_parts(&[&bytes]);
        prop_assert_eq!(id.to_string().parse::<RecordId>().unwrap(), id);
        if let Ok(read) = text.parse::<RecordId>() {
            prop_assert_eq!(read.to_string(), text);
        }
    }

    #[test]
    fn a_schema_admits_what_it_was_made_of(value in any::json()) {
        fn of(value: &Value) -> Value {
            match value {
                Value::Object(map) => {
                    let properties: serde_json::Map<_, _> = map.iter().map(|(name, value)| (name.clone(), of(value))).collect();
                    let required: Vec<_> = map.keys().cloned().collect();
                    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
                }
                Value::Array(items) => json!({"type": "array", "minItems": items.len(), "maxItems": items.len()}),
                Value::String(text) => json!({"type": "string", "maxLength": text.chars().count()}),
                plain => json!({"const": plain}),
            }
        }
        let schema = Schema::new(of(&value)).unwrap();
        prop_assert!(schema.check(&value).is_ok());
        prop_assert_eq!(round_trip(&schema), schema.clone());
        if let Value::Object(mut map) = value {
            map.insert("not there before".into(), Value::Null);
            prop_assert!(schema.check(&Value::Object(map)).is_err());
        }
    }

    #[test]
    fn trust_never_rises_by_deriving(sources in prop::collection::vec(any::trust(), 0..6)) {
        let derived = Trust::derived(sources.iter().copied());
        prop_assert!(derived <= Trust::Derived);
        prop_assert!(sources.iter().all(|source| derived <= *source));
    }

    #[test]
    fn settings_are_named_by_content(values in prop::collection::btree_map("[a-z]{1,6}", any::json(), 0..5)) {
        let forward = values.iter().fold(Settings::default(), |all, (name, value)| all.with(name, value.clone()));
        let backward = values.iter().rev().fold(Settings::default(), |all, (name, value)| all.with(name, value.clone()));
        prop_assert_eq!(forward.digest(), backward.digest());
        prop_assert_ne!(forward.clone().with("one more thing", 1).digest(), forward.digest());
    }
}

#[test]
fn a_tool_is_another_tool_once_anything_of_it_changes() {
    let info = |name: &str, description: &str, effect, permissions, code: &str| {
        ToolInfo::new(
            ToolName::new(name).unwrap(),
            description,
            Schema::any(),
            Schema::any(),
            effect,
            permissions,
            Digest::of(code.as_bytes()),
        )
    };
    let host = || vec![Permission::Host("a.example".into())];
    let versions = [
        info("a", "does", Effect::None, vec![], "1"),
        info("b", "does", Effect::None, vec![], "1"),
        info("a", "does it", Effect::None, vec![], "1"),
        info("a", "does", Effect::Sink, vec![], "1"),
        info("a", "does", Effect::None, host(), "1"),
        info("a", "does", Effect::None, vec![], "2"),
    ];
    for (i, one) in versions.iter().enumerate() {
        assert_eq!(one.digest, one.computed_digest());
        assert!(versions[..i].iter().all(|other| other.digest != one.digest));
        assert_eq!(round_trip(one), *one);
    }
    // What may leave the machine is a sink, whatever its maker calls it.
    assert_eq!(versions[4].effect, Effect::Sink);
    assert_eq!(versions[0].effect, Effect::None);
    let mut changed = versions[0].clone();
    changed.description.push('!');
    assert_ne!(changed.digest, changed.computed_digest());
}

#[test]
fn schemas_refuse_what_nobody_checks() {
    let bad = [
        json!({"pattern": "^a"}),
        json!({"type": "text"}),
        json!({"type": []}),
        json!({"required": [1]}),
        json!({"properties": {"a": {"oneOf": []}}}),
        json!({"additionalProperties": {}}),
        json!({"minimum": "1"}),
        json!({"minLength": -1}),
        json!("string"),
    ];
    for schema in bad {
        let error = Schema::new(schema.clone()).unwrap_err();
        assert!(error.remedy().is_some(), "{schema}");
        assert!(serde_json::from_value::<Schema>(schema).is_err());
    }
    let deep = (0..100).fold(json!({}), |inner, _| json!({ "items": inner }));
    assert!(Schema::new(deep).is_err());
}

#[test]
fn schemas_check_every_keyword() {
    let cases = [
        (json!({"type": "integer"}), json!(1.0), json!(1.5)),
        (json!({"type": ["null", "string"]}), json!(null), json!(1)),
        (json!({"enum": [1, "a"]}), json!(1.0), json!("b")),
        (json!({"const": {"a": 1}}), json!({"a": 1}), json!({"a": 2})),
        (json!({"minimum": 0, "maximum": 1}), json!(0.5), json!(1.01)),
        (
            json!({"minLength": 2, "maxLength": 3}),
            json!("üü"),
            json!("ü"),
        ),
        (json!({"minItems": 1, "maxItems": 2}), json!([1]), json!([])),
        (
            json!({"items": {"type": "string"}}),
            json!(["a"]),
            json!(["a", 1]),
        ),
        (json!({"required": ["a"]}), json!({"a": null}), json!({})),
        (
            json!({"properties": {"a": {"type": "string"}}}),
            json!({"b": 1}),
            json!({"a": 1}),
        ),
        (
            json!({"properties": {"a": {}}, "additionalProperties": false}),
            json!({"a": 1}),
            json!({"b": 1}),
        ),
    ];
    for (schema, good, bad) in cases {
        let schema = Schema::new(schema).unwrap();
        schema.check(&good).unwrap();
        let error = schema.check(&bad).unwrap_err();
        assert!(error.message().contains('$'), "the place is named: {error}");
    }
}

#[test]
fn times_are_read_as_people_write_them() {
    let noon = Timestamp::from_millis(1_795_521_600_000);
    for text in [
        "2026-11-24T12:00:00Z",
        "2026-11-24T13:00:00+01:00",
        "2026-11-24 12:00:00",
        "2026-11-24T12:00",
    ] {
        assert_eq!(text.parse::<Timestamp>().unwrap(), noon, "{text}");
    }
    assert_eq!(
        "2026-11-24".parse::<Timestamp>().unwrap().date(),
        "2026-11-24"
    );
    for text in [
        "",
        "tomorrow",
        "2026-13-01",
        "2026-11-24T25:00",
        "24.11.2026",
        "12:00",
        "ms",
    ] {
        assert!(
            text.parse::<Timestamp>().unwrap_err().remedy().is_some(),
            "{text}"
        );
    }
    let all = TimeRange::default();
    assert!(
        all.contains(Timestamp::from_millis(i64::MIN))
            && all.contains(Timestamp::from_millis(i64::MAX))
    );
}
