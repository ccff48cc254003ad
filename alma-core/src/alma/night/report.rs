//! What a night is asked to do, and what it says it did.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    ConsolidationId, Digest, Fault, MissionId, ProposalId, Tally, TopicChange, TopicId, Verdict,
};

/// An order for a night.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NightOrder {
    /// Names it, such as the date: a key that was worked through answers with its report.
    pub key: String,
    /// How long one step may take before another process may take over.
    pub lease: Duration,
    /// How many runs of each subject the search may spend.
    pub search_calls: u64,
    /// Topics of fewer records are none.
    pub min_topic: usize,
    /// Under which name it is worked on; a fresh one each time when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
}

impl NightOrder {
    /// A night of this key, with ten minutes a step and 60 runs of search a subject.
    pub fn new(key: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            lease: Duration::from_secs(600),
            search_calls: 60,
            min_topic: 5,
            holder: None,
        }
    }

    /// Works under a name: a lease that this name holds already is taken up at once, not waited for.
    ///
    /// Only for callers that make sure that one at a time works under the name, for example by
    /// a lock that the system frees when its process dies.
    #[must_use]
    pub fn with_holder(mut self, name: impl Into<String>) -> Self {
        self.holder = Some(name.into());
        self
    }

    /// Sets how many runs of each subject the search may spend.
    #[must_use]
    pub const fn with_search_calls(mut self, calls: u64) -> Self {
        self.search_calls = calls;
        self
    }

    /// Sets how long one step may take.
    #[must_use]
    pub const fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Sets the smallest topic.
    #[must_use]
    pub const fn with_min_topic(mut self, records: usize) -> Self {
        self.min_topic = records;
        self
    }
}

/// The steps, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NightStep {
    /// Looks at what came in since the last night, and completes what was left half forgotten.
    Observe,
    /// Groups records into topics and sums them up.
    Consolidate,
    /// Says what was learned, what was asked and not found, and what failed and why.
    Reflect,
    /// Searches for better settings and lets the gate judge.
    Upgrade,
    /// Keeps finished missions as cases for planning.
    FeedBack,
}

impl NightStep {
    /// All steps, in their order.
    pub const ALL: [Self; 5] = [
        Self::Observe,
        Self::Consolidate,
        Self::Reflect,
        Self::Upgrade,
        Self::FeedBack,
    ];
}

/// A topic, as the night saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TopicNote {
    /// The topic.
    pub topic: TopicId,
    /// What sets it apart.
    pub label: String,
    /// How many records it has.
    pub size: u64,
    /// What became of it.
    pub change: TopicChange,
}

/// Something that was asked and not found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NeedNote {
    /// In the words of the first who asked.
    pub text: String,
    /// How often it was asked, in much the same words.
    pub times: u64,
    /// What would help: remember something, or forge a tool from examples.
    pub remedy: String,
}

/// A mission that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FailureNote {
    /// The mission.
    pub mission: MissionId,
    /// Its goal.
    pub goal: String,
    /// Why it failed.
    pub fault: Fault,
}

/// What the gate said of a proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GateNote {
    /// The proposal.
    pub proposal: ProposalId,
    /// What it would change.
    pub subject: String,
    /// Why it was made.
    pub hypothesis: String,
    /// What the gate said.
    pub verdict: Verdict,
    /// What the owner is asked about, when the gate would promote it.
    pub asks: Option<Digest>,
}

/// What one step did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StepReport {
    /// The step.
    pub step: NightStep,
    /// Things looked at, made, and left out.
    pub tally: Tally,
    /// Why things were left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<String>,
    /// The consolidation that was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consolidation: Option<ConsolidationId>,
    /// What was learned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<TopicNote>,
    /// What was asked and not found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<NeedNote>,
    /// What failed and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<FailureNote>,
    /// What the gate said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gate: Vec<GateNote>,
    /// Missions that were kept as cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<MissionId>,
}

impl StepReport {
    pub(super) const fn new(step: NightStep) -> Self {
        Self {
            step,
            tally: Tally::new(0, 0, 0),
            skipped: Vec::new(),
            consolidation: None,
            topics: Vec::new(),
            needs: Vec::new(),
            failures: Vec::new(),
            gate: Vec::new(),
            cases: Vec::new(),
        }
    }

    pub(super) fn skip(&mut self, why: impl Into<String>) {
        self.tally.skipped += 1;
        self.skipped.push(why.into());
    }
}

/// What a night did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NightReport {
    /// The night.
    pub key: String,
    /// Its steps, in their order; a step that was forgotten since is absent.
    pub steps: Vec<StepReport>,
    /// Whether all five were done.
    pub complete: bool,
    /// Whether it was taken back.
    pub undone: bool,
}

impl NightReport {
    /// One step's report.
    #[must_use]
    pub fn step(&self, step: NightStep) -> Option<&StepReport> {
        self.steps.iter().find(|report| report.step == step)
    }
}
