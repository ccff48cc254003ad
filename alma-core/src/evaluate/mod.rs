//! Evaluation: subjects, suites, proposals, and the contract of every evaluator.

mod contract;
mod proposal;
mod subject;
mod suite;

pub use contract::Evaluator;
#[cfg(feature = "mock")]
pub use contract::MockEvaluator;
pub use proposal::{Proposal, Refusal, Verdict};
pub use subject::{Domain, Parameter, Settings, Subject};
pub use suite::{CaseScore, Evaluation, Metric, Suite, SuiteCase};
