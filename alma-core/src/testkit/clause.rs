//! How a suite states a clause: a result that must be, or must fail in one way.

use crate::{Error, ErrorKind, Result};

/// States what a clause wants of a result.
pub(super) trait Clause<T> {
    /// It must be `Ok`.
    fn must(self, clause: &str) -> T;

    /// It must fail with this kind.
    fn must_fail(self, kind: ErrorKind, clause: &str) -> Error;
}

impl<T: std::fmt::Debug> Clause<T> for Result<T> {
    #[track_caller]
    fn must(self, clause: &str) -> T {
        match self {
            Ok(value) => value,
            Err(error) => panic!("{clause}; got the error {error:?}"),
        }
    }

    #[track_caller]
    fn must_fail(self, kind: ErrorKind, clause: &str) -> Error {
        match self {
            Err(error) if error.kind() == kind => {
                let message = error.message();
                assert!(
                    message.starts_with("cannot ") && !message.ends_with('.'),
                    "Error: messages start with 'cannot' and have no full stop; got '{message}'"
                );
                error
            }
            other => panic!("{clause}; expected {kind}, got {other:?}"),
        }
    }
}
