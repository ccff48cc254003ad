//! Budgets: spending is reserved before a call, so that no call can overdraw.

use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Result};

/// An amount of everything that can be spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Amount {
    /// Calls of a model, a tool, or a subject.
    pub calls: u64,
    /// Tokens of a model, in and out.
    pub tokens: u64,
    /// Money, in millionths of the currency that the owner thinks in.
    pub micros: u64,
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self {
        calls: 0,
        tokens: 0,
        micros: 0,
    };

    /// This many calls.
    #[must_use]
    pub const fn calls(calls: u64) -> Self {
        Self {
            calls,
            ..Self::ZERO
        }
    }

    /// Sets the tokens.
    #[must_use]
    pub const fn with_tokens(mut self, tokens: u64) -> Self {
        self.tokens = tokens;
        self
    }

    /// Sets the money.
    #[must_use]
    pub const fn with_micros(mut self, micros: u64) -> Self {
        self.micros = micros;
        self
    }

    fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            tokens: self.tokens.saturating_add(other.tokens),
            micros: self.micros.saturating_add(other.micros),
        }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_sub(other.calls),
            tokens: self.tokens.saturating_sub(other.tokens),
            micros: self.micros.saturating_sub(other.micros),
        }
    }

    /// The first thing of which there is more here than in `limit`.
    fn exceeds(self, limit: Self) -> Option<&'static str> {
        if self.calls > limit.calls {
            Some("calls")
        } else if self.tokens > limit.tokens {
            Some("tokens")
        } else if self.micros > limit.micros {
            Some("money")
        } else {
            None
        }
    }
}

/// A limit shared by everybody who holds a clone of it.
///
/// # Examples
/// ```
/// use alma_core::{Amount, Budget};
/// let budget = Budget::new(Amount::calls(2));
/// let first = budget.reserve(Amount::calls(1))?;
/// first.settle(Amount::calls(1));
/// let _second = budget.reserve(Amount::calls(1))?;
/// assert!(budget.reserve(Amount::calls(1)).is_err());
/// # Ok::<(), alma_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Budget(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    limit: Amount,
    used: Mutex<Amount>,
}

impl Budget {
    /// A budget of `limit`.
    #[must_use]
    pub fn new(limit: Amount) -> Self {
        Self(Arc::new(Shared {
            limit,
            used: Mutex::new(Amount::ZERO),
        }))
    }

    /// A budget without a limit.
    #[must_use]
    pub fn unlimited() -> Self {
        Self::new(Amount {
            calls: u64::MAX,
            tokens: u64::MAX,
            micros: u64::MAX,
        })
    }

    /// Sets `most` aside before a call that may cost that much.
    ///
    /// # Errors
    /// `BudgetExceeded` when less is left; nothing is set aside then.
    pub fn reserve(&self, most: Amount) -> Result<Reservation> {
        let mut used = self.0.used.lock().unwrap_or_else(PoisonError::into_inner);
        let next = used.plus(most);
        if let Some(what) = next.exceeds(self.0.limit) {
            return Err(Error::new(
                ErrorKind::BudgetExceeded,
                format!("cannot go on: the budget of {what} is used up"),
            )
            .with_remedy("raise the budget or ask for less"));
        }
        *used = next;
        Ok(Reservation {
            budget: self.clone(),
            most,
        })
    }

    /// What was spent or is set aside.
    #[must_use]
    pub fn used(&self) -> Amount {
        *self.0.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What can still be reserved.
    #[must_use]
    pub fn left(&self) -> Amount {
        self.0.limit.minus(self.used())
    }
}

/// An amount set aside. Dropped without [`settle`](Self::settle) it counts as spent: a call that was cut off may have cost all of it.
#[derive(Debug)]
#[must_use = "a reservation that is dropped counts as spent"]
pub struct Reservation {
    budget: Budget,
    most: Amount,
}

impl Reservation {
    /// Gives back what the call did not cost. A call that cost more than was set aside is charged in full.
    pub fn settle(self, actual: Amount) {
        let mut used = self
            .budget
            .0
            .used
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *used = used.minus(self.most).plus(actual);
    }
}
