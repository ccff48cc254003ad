//! Proposals as plain directories with reports, in a chain of digests.

mod chain;
mod directory;
mod report;

pub use chain::{Link, ProposalState};
pub use directory::ProposalDir;
