//! Errors keep what they know on their way through outcomes, ledgers and wires.

use std::{error::Error as _, io, time::Duration};

use alma_core::{Error, ErrorKind, Fault, Result};

fn deep() -> Error {
    let disk = io::Error::new(io::ErrorKind::StorageFull, "no space left");
    let inner = Error::new(ErrorKind::Unavailable, "cannot write the journal").with_source(disk);
    Error::new(ErrorKind::Overloaded, "cannot remember 3 observations")
        .with_remedy("free some space")
        .with_retry_after(Duration::from_millis(1_500))
        .with_source(inner)
}

fn chain(error: &Error) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes
}

#[test]
fn an_error_is_small_and_says_its_remedy_once() {
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
    let error = deep();
    assert_eq!(
        error.to_string(),
        "cannot remember 3 observations (free some space)"
    );
    assert!(
        !format!("{error}").contains("journal"),
        "the cause stands in source alone"
    );
    assert!(format!("{error:?}").contains("journal"));
}

#[test]
fn a_fault_carries_all_of_an_error_over_a_wire() {
    let error = deep();
    let sent = serde_json::to_string(&Fault::from(&error)).unwrap();
    let back = Error::from(serde_json::from_str::<Fault>(&sent).unwrap());
    assert_eq!(back.kind(), ErrorKind::Overloaded);
    assert!(back.is_transient());
    assert_eq!(back.to_string(), error.to_string());
    assert_eq!(back.retry_after(), error.retry_after());
    assert_eq!(chain(&back), chain(&error));
    assert_eq!(chain(&back).len(), 2);
    assert_eq!(
        Fault::from(&back),
        Fault::from(&error),
        "a second trip changes nothing"
    );
}

#[test]
fn a_plain_fault_is_short_on_the_wire() {
    let fault = Fault::new(ErrorKind::NotFound, "cannot find tool 'slug'");
    let sent = serde_json::to_string(&fault).unwrap();
    assert_eq!(
        sent,
        r#"{"kind":"not_found","message":"cannot find tool 'slug'"}"#
    );
    assert!(Error::from(fault).source().is_none());
}

#[test]
fn a_kind_of_a_newer_peer_is_unknown_and_not_transient() {
    let fault: Fault =
        serde_json::from_str(r#"{"kind":"out_of_tea","message":"cannot brew"}"#).unwrap();
    assert_eq!(fault.kind, ErrorKind::Unknown);
    assert!(!fault.kind.is_transient());
}

#[test]
fn the_cause_keeps_its_type_within_a_process() {
    let error = deep();
    let inner = error.source().unwrap().downcast_ref::<Error>().unwrap();
    let disk = inner.source().unwrap().downcast_ref::<io::Error>().unwrap();
    assert_eq!(disk.kind(), io::ErrorKind::StorageFull);
}

#[test]
fn only_what_may_pass_by_itself_is_transient() {
    let transient = [
        ErrorKind::Unavailable,
        ErrorKind::TimedOut,
        ErrorKind::Overloaded,
    ];
    let lasting = [
        ErrorKind::InvalidInput,
        ErrorKind::NotFound,
        ErrorKind::Conflict,
        ErrorKind::Denied,
        ErrorKind::Missing,
        ErrorKind::BudgetExceeded,
        ErrorKind::Cancelled,
        ErrorKind::LeaseLost,
        ErrorKind::Expired,
        ErrorKind::Gone,
        ErrorKind::Incompatible,
        ErrorKind::Corrupt,
        ErrorKind::Unsupported,
        ErrorKind::Internal,
        ErrorKind::Unknown,
    ];
    assert!(transient.iter().all(|kind| kind.is_transient()));
    assert!(lasting.iter().all(|kind| !kind.is_transient()));
    for kind in transient.into_iter().chain(lasting) {
        let written = serde_json::to_value(kind).unwrap();
        assert_eq!(written, kind.as_str(), "one word on wires and in logs");
        assert_eq!(serde_json::from_value::<ErrorKind>(written).unwrap(), kind);
    }
}
