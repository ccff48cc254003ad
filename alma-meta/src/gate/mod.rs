//! The gate: evidence and an account in, a verdict out; nothing runs here.

mod account;
mod evidence;
mod rules;
mod salt;
mod split;
mod verdict;
mod watch;
mod wealth;

pub use account::{Account, Enrolment, Entry, Night, Standing, YEAR};
pub use evidence::Evidence;
pub use rules::Rules;
pub use salt::Salt;
pub use split::{Share, seed, split};
pub use verdict::{Closing, Lacking, Ruling, verdict};
pub use watch::Watch;
pub use wealth::{STAKES, Wealth};
