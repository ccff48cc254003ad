//! The driver: moves ready tasks to the executor and accepted outcomes into the ledger.

mod drive;
mod offer;
mod state;

pub(crate) use drive::Driver;
pub use state::{MissionReport, MissionStatus};
