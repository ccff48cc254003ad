//! Building a tool: the order, the evidence and the outcome.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Digest, Permission, RecordId, Schema, Tool, ToolName};

/// What a tool must do, shown by one case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Example {
    /// What it is given.
    pub input: Value,
    /// What it must answer.
    pub output: Value,
}

/// An order for a tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolSpec {
    /// Its name.
    pub name: ToolName,
    /// What it does, in a sentence.
    pub description: String,
    /// What it takes; inferred from the examples when absent.
    pub input: Option<Schema>,
    /// What it gives; inferred from the examples when absent.
    pub output: Option<Schema>,
    /// What it must do.
    pub examples: Vec<Example>,
    /// What it may touch; a builder that works from examples needs nothing.
    pub permissions: Vec<Permission>,
    /// The records that the examples came from.
    pub sources: Vec<RecordId>,
}

impl ToolSpec {
    /// An order by examples.
    pub fn new(name: ToolName, description: impl Into<String>, examples: Vec<Example>) -> Self {
        Self {
            name,
            description: description.into(),
            input: None,
            output: None,
            examples,
            permissions: Vec::new(),
            sources: Vec::new(),
        }
    }

    /// Sets the records that the examples came from.
    #[must_use]
    pub fn with_sources(mut self, sources: Vec<RecordId>) -> Self {
        self.sources = sources;
        self
    }
}

/// How one stage of the gate ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StageResult {
    /// The candidate passed.
    Passed,
    /// The candidate failed; later stages did not run.
    Failed,
    /// The stage found something that only the owner can decide.
    Open,
}

/// What one stage of the gate did and saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stage {
    /// Its name, such as `examples` or `fuzz`.
    pub name: String,
    /// How it ended.
    pub result: StageResult,
    /// In a sentence, why.
    pub why: String,
    /// What ran: counts, seeds, inputs of interest.
    pub evidence: Value,
}

impl Stage {
    /// What a stage did and saw.
    pub fn new(
        name: impl Into<String>,
        result: StageResult,
        why: impl Into<String>,
        evidence: Value,
    ) -> Self {
        Self {
            name: name.into(),
            result,
            why: why.into(),
            evidence,
        }
    }
}

/// All that was tried for one order, stored with the tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ForgeReport {
    /// The digest of the candidate that was judged last, if one was found.
    pub candidate: Option<Digest>,
    /// The candidate as a person can read it.
    pub program: Option<String>,
    /// How many candidates the builder looked at.
    pub searched: u64,
    /// The stages in the order in which they ran.
    pub stages: Vec<Stage>,
}

impl ForgeReport {
    /// A report of a search and its stages.
    #[must_use]
    pub const fn new(
        candidate: Option<Digest>,
        program: Option<String>,
        searched: u64,
        stages: Vec<Stage>,
    ) -> Self {
        Self {
            candidate,
            program,
            searched,
            stages,
        }
    }
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
#[non_exhaustive]
pub enum ForgeOutcome {
    /// The tool passed the gate and can be called.
    Accepted {
        /// The tool.
        tool: Box<Tool>,
        /// What was tried.
        report: ForgeReport,
    },
    /// A candidate waits for answers; it can't be called.
    Draft {
        /// What only the owner can decide.
        questions: Vec<String>,
        /// What was tried.
        report: ForgeReport,
    },
    /// No tool.
    Refused {
        /// Why, in a sentence.
        reason: String,
        /// What was tried.
        report: ForgeReport,
    },
}
