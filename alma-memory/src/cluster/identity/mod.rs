//! Identity across nights: which cluster of today is which cluster of the night before.

mod change;
mod matching;
mod state;

pub use change::{Change, Event, Night};
pub use state::{Identities, IdentityError};
