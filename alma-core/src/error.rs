//! Errors: a kind to branch on, a sentence to read, a remedy, and a source to dig into.

use std::{error::Error as StdError, fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// The result of every fallible call in Alma.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, by the caller's next move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input breaks a stated rule; repeating it unchanged never helps.
    InvalidInput,
    /// No such thing in this scope. A foreign id and an unknown id answer the same.
    NotFound,
    /// Somebody else wrote first; read again and decide anew.
    Conflict,
    /// A permission or a confirmation is missing.
    Denied,
    /// A part of Alma that the call needs was not given to the builder.
    Missing,
    /// The engine behind a trait cannot be reached now; retry unchanged.
    Unavailable,
    /// A deadline passed before the work was done.
    TimedOut,
    /// A queue, page or store is at its limit; retry later.
    Overloaded,
    /// The budget cannot cover the next step; nothing was spent on it.
    BudgetExceeded,
    /// The work was cancelled by its owner.
    Cancelled,
    /// The right to work on a job went to somebody else; drop the result.
    LeaseLost,
    /// The thing was valid once and its time is over.
    Expired,
    /// The thing was there and has been forgotten or passed retention.
    Gone,
    /// Data of another version, embedder or dimension.
    Incompatible,
    /// Stored data does not read back as it was written.
    Corrupt,
    /// The backend does not offer this.
    Unsupported,
    /// A defect in Alma or in a backend.
    Internal,
    /// A kind that a newer peer sent.
    #[serde(other)]
    Unknown,
}

impl ErrorKind {
    /// Whether repeating the same call later may succeed.
    #[must_use]
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Unavailable | Self::TimedOut | Self::Overloaded)
    }

    /// The kind as it is written on the wire and in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid_input",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::Denied => "denied",
            Self::Missing => "missing",
            Self::Unavailable => "unavailable",
            Self::TimedOut => "timed_out",
            Self::Overloaded => "overloaded",
            Self::BudgetExceeded => "budget_exceeded",
            Self::Cancelled => "cancelled",
            Self::LeaseLost => "lease_lost",
            Self::Expired => "expired",
            Self::Gone => "gone",
            Self::Incompatible => "incompatible",
            Self::Corrupt => "corrupt",
            Self::Unsupported => "unsupported",
            Self::Internal => "internal",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error of Alma: eight bytes, cheap to return.
///
/// `Display` prints the message and, where there is one, the remedy; the cause
/// stands in [`source`](StdError::source) alone.
///
/// # Examples
/// ```
/// use alma_core::{Error, ErrorKind};
/// let error = Error::new(ErrorKind::NotFound, "cannot find tool 'slug'")
///     .with_remedy("list the tools with `alma tools list`");
/// assert_eq!(error.kind(), ErrorKind::NotFound);
/// assert!(!error.is_transient());
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    remedy: Option<String>,
    retry_after: Option<Duration>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of `kind`. Messages start with "cannot", are lower case, name the thing, and end without a full stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            remedy: None,
            retry_after: None,
            source: None,
        }))
    }

    /// Adds what the reader can do about it.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.0.remedy = Some(remedy.into());
        self
    }

    /// Adds the time after which a retry makes sense.
    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.0.retry_after = Some(after);
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Shorthand for [`ErrorKind::InvalidInput`].
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// The kind to branch on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The sentence to read, without the remedy.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What the reader can do about it.
    #[must_use]
    pub fn remedy(&self) -> Option<&str> {
        self.0.remedy.as_deref()
    }

    /// When a retry makes sense, if the source of the error said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether repeating the same call later may succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.kind().is_transient()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match &self.0.remedy {
            Some(remedy) => write!(f, " ({remedy})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("kind", &self.0.kind)
            .field("message", &self.0.message);
        if let Some(remedy) = &self.0.remedy {
            out.field("remedy", remedy);
        }
        if let Some(source) = &self.0.source {
            out.field("source", source);
        }
        out.finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// The twin of [`Error`] that outcomes, ledgers and wires carry.
///
/// It keeps everything but the types of the causes, which become sentences in `chain`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Fault {
    /// The kind to branch on.
    pub kind: ErrorKind,
    /// The sentence to read.
    pub message: String,
    /// What the reader can do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Milliseconds after which a retry makes sense.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// The causes, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<String>,
}

impl Fault {
    /// A fault of `kind` with a message that follows the rules of [`Error::new`].
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            remedy: None,
            retry_after_ms: None,
            chain: Vec::new(),
        }
    }
}

impl From<&Error> for Fault {
    fn from(error: &Error) -> Self {
        let mut chain = Vec::new();
        let mut next = error.source();
        while let Some(cause) = next {
            chain.push(cause.to_string());
            next = cause.source();
        }
        Self {
            kind: error.kind(),
            message: error.message().to_owned(),
            remedy: error.remedy().map(str::to_owned),
            retry_after_ms: error
                .retry_after()
                .map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX)),
            chain,
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

/// One link of a fault's chain, once it is an error again.
#[derive(Debug)]
struct Cause {
    message: String,
    next: Option<Box<Cause>>,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.next.as_deref().map(|next| next as _)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        let mut error = Self::new(fault.kind, fault.message);
        error.0.remedy = fault.remedy;
        error.0.retry_after = fault.retry_after_ms.map(Duration::from_millis);
        let mut next = None;
        for message in fault.chain.into_iter().rev() {
            next = Some(Box::new(Cause { message, next }));
        }
        match next {
            Some(cause) => error.with_source(cause),
            None => error,
        }
    }
}
