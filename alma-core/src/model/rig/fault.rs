//! What a provider answers when it does not answer, as an error that repeats nothing of the request or the reply.

use std::{error::Error as StdError, io, time::Duration};

use rig_core::{ErrorReport, ProviderError, ProviderResponseError};

use crate::{Clock, Error, ErrorKind, SystemClock};

/// The error for a reply that was to come whole: when it came and does not end, it never was one.
pub(super) fn whole(model: &str, error: &ProviderError) -> Error {
    match error {
        ProviderError::Truncated => unreadable(model),
        other => provider(model, other),
    }
}

/// The error for `error` of `model`.
///
/// The provider's own words are dropped: they may quote the prompt, the reply, or the key.
pub(super) fn provider(model: &str, error: &ProviderError) -> Error {
    match error {
        ProviderError::ProviderResponse(response) => reply(model, response),
        ProviderError::InvalidAuthentication(_) => denied(model),
        ProviderError::CacheExpired { .. } => Error::new(
            ErrorKind::Expired,
            format!("cannot go on with {model}: its cache expired"),
        ),
        ProviderError::Http(error) => unreachable(model, &**error),
        ProviderError::Json(_) | ProviderError::Response(_) => unreadable(model),
        ProviderError::Truncated => Error::new(
            ErrorKind::Unavailable,
            format!("cannot read the reply of {model} to its end: the connection broke"),
        )
        .with_remedy("try again"),
        ProviderError::MismatchedDimensions {
            requested,
            returned,
            ..
        } => Error::new(
            ErrorKind::Incompatible,
            format!("cannot use vectors of {returned} numbers where {model} promises {requested}"),
        )
        .with_remedy("state the dimension that the model really has, and embed anew"),
        ProviderError::Url(_) => {
            Error::invalid(format!("cannot reach {model}: its URL is malformed"))
                .with_remedy("write it like http://localhost:8080/v1")
        }
        ProviderError::Request(_) | ProviderError::UnsupportedOption(_) => Error::invalid(format!(
            "cannot ask {model} this: it does not take such a request"
        ))
        .with_remedy("leave out what this model does not offer"),
        ProviderError::Relayed(report) => relayed(model, report),
        _ => Error::new(
            ErrorKind::Unavailable,
            format!("cannot get a reply of {model}"),
        )
        .with_remedy("try again"),
    }
}

/// The error for a reply that does not read as one.
fn unreadable(model: &str) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!("cannot read the reply of {model}: it does not follow the protocol"),
    )
    .with_remedy("check that the base URL leads to the right kind of server")
}

fn denied(model: &str) -> Error {
    Error::new(
        ErrorKind::Denied,
        format!("cannot use {model}: the key was refused"),
    )
    .with_remedy("set a valid key in the environment")
}

fn reply(model: &str, response: &ProviderResponseError) -> Error {
    let Some(status) = response.status.map(|status| status.as_u16()) else {
        return failed(model, response.is_retryable());
    };
    let error = match status {
        401 | 403 => denied(model),
        404 => Error::invalid(format!("cannot find {model}: the server answers 404"))
            .with_remedy("check the base URL and the model's name"),
        408 => Error::new(
            ErrorKind::TimedOut,
            format!("cannot get a reply of {model} in time"),
        )
        .with_remedy("try again"),
        429 => Error::new(
            ErrorKind::Overloaded,
            format!("cannot ask {model} more often: the server answers 429"),
        )
        .with_remedy("slow down and try again"),
        200..=399 => failed(model, response.is_retryable()),
        400..=499 => Error::invalid(format!(
            "cannot ask {model} this: the server answers {status}"
        ))
        .with_remedy("check what this model takes, such as the length of the conversation"),
        _ => Error::new(
            ErrorKind::Unavailable,
            format!("cannot get a reply of {model}: the server answers {status}"),
        )
        .with_remedy("try again later"),
    };
    match retry_after(response) {
        Some(after) if error.is_transient() => error.with_retry_after(after),
        _ => error,
    }
}

/// A reply that arrived and says that the model failed.
fn failed(model: &str, transient: bool) -> Error {
    if transient {
        Error::new(
            ErrorKind::Unavailable,
            format!("cannot get a reply of {model}: it failed"),
        )
        .with_remedy("try again")
    } else {
        unreadable(model)
    }
}

fn relayed(model: &str, report: &ErrorReport) -> Error {
    match &report.provider_response {
        Some(response) => reply(model, response),
        None => failed(model, report.retryable),
    }
}

/// A failure below the protocol. Of its causes only the system's own error is kept: URLs may hold credentials.
fn unreachable(model: &str, error: &(dyn StdError + 'static)) -> Error {
    let mut cause = Some(error);
    let mut system = None;
    while let Some(error) = cause {
        system = error
            .downcast_ref::<io::Error>()
            .map(io::Error::kind)
            .or(system);
        cause = error.source();
    }
    let error = Error::new(ErrorKind::Unavailable, format!("cannot reach {model}"))
        .with_remedy("check that its server runs and that the base URL is right");
    match system {
        Some(kind) => error.with_source(io::Error::from(kind)),
        None => error,
    }
}

/// When the server wants to be asked again: seconds, or a date.
fn retry_after(response: &ProviderResponseError) -> Option<Duration> {
    let headers = response.headers.as_ref()?;
    let text = |name: &str| headers.get(name)?.to_str().ok();
    if let Some(millis) = text("retry-after-ms").and_then(|text| text.parse().ok()) {
        return Some(Duration::from_millis(millis));
    }
    let text = text("retry-after")?;
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    let wait = date
        .as_millisecond()
        .saturating_sub(SystemClock.now().as_millis());
    Some(Duration::from_millis(u64::try_from(wait).unwrap_or(0)))
}
