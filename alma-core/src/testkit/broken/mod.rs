//! Backends that break one clause each, so that a suite can be seen to reject them.
//!
//! Each wraps a reference. `ALL` lists the defects of a trait and `clause` tells words of the
//! message with which its suite must panic. Who changes a suite runs it on these first.
//!
//! # Examples
//! ```
//! use alma_core::testkit::{self, broken::{BrokenLedger, LedgerDefect}};
//! let defect = LedgerDefect::LastWriterWins;
//! let run = || testkit::block_on(testkit::ledger(async || BrokenLedger::new(defect)));
//! assert!(std::panic::catch_unwind(run).is_err());
//! ```

mod executor;
mod jobs;
mod ledger;
mod memory;
mod planner;
mod tools;

pub use executor::{BrokenExecutor, ExecutorDefect};
pub use jobs::{BrokenJobs, JobStoreDefect};
pub use ledger::{BrokenLedger, LedgerDefect};
pub use memory::{BrokenMemory, MemoryDefect};
pub use planner::{BrokenPlanner, PlannerDefect};
pub use tools::{BrokenForge, ForgeDefect};

/// Declares the defects of a trait, each with words of the clause that must catch it.
macro_rules! defects {
    ($(#[$doc:meta])* $name:ident { $($(#[$what:meta])* $defect:ident => $clause:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$what])* $defect,)*
        }

        impl $name {
            /// Every defect.
            pub const ALL: &[Self] = &[$(Self::$defect),*];

            /// Words of the message with which the suite must panic.
            #[must_use]
            pub const fn clause(self) -> &'static str {
                match self {
                    $(Self::$defect => $clause,)*
                }
            }
        }
    };
}
use defects;
