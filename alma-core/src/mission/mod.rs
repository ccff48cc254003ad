//! Missions: goals, plans that cannot be wrong in shape, and the contract of every planner.

mod case;
mod check;
mod contract;
mod draft;
mod driver;
mod goal;
mod key;
mod plan;

pub use case::Case;
pub use check::Flaw;
#[cfg(feature = "mock")]
pub use contract::MockPlanner;
pub use contract::Planner;
pub use draft::{Action, Binding, Draft, Question, Task, TaskName};
pub(crate) use driver::Driver;
pub use driver::{MissionReport, MissionStatus};
pub use goal::{Failure, JobKind, Mission, Offer, Progress};
pub(crate) use key::effect_key;
pub use plan::Plan;
