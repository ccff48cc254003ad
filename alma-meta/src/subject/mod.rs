//! Subjects: the parts of Alma behind their public traits, made fresh for each case.

mod forge;
mod maker;
mod planner;
mod retrieval;
mod workers;

pub use forge::ForgeSubject;
pub(crate) use forge::{Findable, ForgeTask};
pub use planner::PlannerSubject;
pub(crate) use planner::PlannerTask;
pub use retrieval::RetrievalSubject;
pub(crate) use retrieval::{RetrievalDocument, RetrievalTask};
pub use workers::WorkerSubject;
pub(crate) use workers::{TaskJob, WorkerTask};

use alma_core::{Digest, Error, Result, Scope, Settings};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The input of a case in the subject's own terms.
fn task<T: DeserializeOwned>(subject: &str, input: &Value) -> Result<T> {
    T::deserialize(input).map_err(|error| {
        Error::invalid(format!("cannot run '{subject}' on this input"))
            .with_remedy("see the subject's documentation for the shape of its cases")
            .with_source(error)
    })
}

/// A scope that no other settings or input use, so that a backend that is shared by mistake mixes nothing.
fn scope(settings: &Settings, input: &Value) -> Result<Scope> {
    let input = Digest::of_json(input);
    let of = Digest::of_parts(&[settings.digest().as_bytes(), input.as_bytes()]);
    Scope::new(format!("evaluation/{of}"))
}
