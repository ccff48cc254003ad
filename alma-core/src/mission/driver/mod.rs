//! The driver: moves ready tasks to the executor and accepted outcomes into the ledger.

mod drive;
mod event;
mod front;
mod offer;
mod plan;
mod state;
mod status;
mod task;
mod work;

pub(crate) use drive::Driver;
use drive::unknown;
pub use status::{MissionReport, MissionStatus};
