//! Exit codes: what a script learns from how `alma` ended.

use std::process::ExitCode;

use alma_core::{Error, ErrorKind};

/// How a command ended when it did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Everything that was asked for is done.
    Done,
    /// It is done, but something that was named on the command line was left out.
    Partly,
    /// It waits for an answer of the owner's.
    Asks,
    /// It was judged and refused.
    Refused,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Done => Self::SUCCESS,
            Ending::Partly => Self::from(8),
            Ending::Asks => Self::from(11),
            Ending::Refused => Self::from(12),
        }
    }
}

/// The code for an error. README.md lists them; scripts rely on them.
#[must_use]
pub fn code(error: &Error) -> u8 {
    match error.kind() {
        ErrorKind::InvalidInput => 2,
        ErrorKind::NotFound | ErrorKind::Gone | ErrorKind::Expired => 3,
        ErrorKind::Denied => 4,
        ErrorKind::Missing | ErrorKind::Unsupported => 5,
        ErrorKind::Unavailable | ErrorKind::TimedOut | ErrorKind::Overloaded => 6,
        ErrorKind::Incompatible | ErrorKind::Corrupt => 7,
        ErrorKind::Conflict | ErrorKind::LeaseLost => 9,
        ErrorKind::BudgetExceeded => 10,
        ErrorKind::Cancelled => 130,
        _ => 1,
    }
}
