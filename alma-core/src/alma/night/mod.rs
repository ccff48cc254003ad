//! The night: five steps over traits, each resumable, idempotent and accounted for.

mod consolidate;
mod feed_back;
mod observe;
mod reflect;
mod report;
mod run;
mod stream;
mod upgrade;

pub use report::{
    FailureNote, GateNote, NeedNote, NightOrder, NightReport, NightStep, StepReport, TopicNote,
};
