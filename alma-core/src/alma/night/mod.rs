//! The night: five steps over traits, each resumable, idempotent and accounted for.

mod feed_back;
mod reflect;
mod report;
mod run;
mod upgrade;

pub use report::{
    FailureNote, GateNote, NeedNote, NightOrder, NightReport, NightStep, StepReport, TopicNote,
};
