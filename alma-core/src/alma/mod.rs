//! The companion: composes the parts, routes what is said, and works at night.

mod approval;
mod builder;
mod chat;
mod compose;
mod feedback;
mod forget;
mod generation;
mod handle;
mod journal;
mod model;
mod need;
mod night;
mod order;
mod outcome;
mod route;
mod told;

pub use approval::{Approval, ApprovalKind, Asked};
pub use builder::AlmaBuilder;
pub use chat::Reply;
pub use feedback::Feedback;
pub use forget::Copies;
pub use handle::{Alma, Handle};
pub use need::{AskedNeed, MissedBy};
pub use night::{
    FailureNote, GateNote, NeedNote, NightOrder, NightReport, NightStep, StepReport, TopicNote,
};
pub use route::Route;
