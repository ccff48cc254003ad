//! Benches: what an evaluator tries one kind of subject on.

use std::{fmt, sync::Arc};

use alma_core::{Digest, Metric, Suite, SuiteCase};

/// A world that makes fresh cases out of seeds, so that none exists before it is needed.
///
/// # Contract
/// - **Repeatable**: an equal seed gives an equal case, on every machine.
/// - **Exchangeable**: cases of different seeds are independent draws of one kind.
/// - **Alone**: a case stands for itself and needs nothing that another left behind.
pub trait World: fmt::Debug + Send + Sync + 'static {
    /// How an example is scored.
    fn metric(&self) -> Metric;

    /// Further metrics of the same output that a change must not make worse.
    fn guards(&self) -> Vec<Guard>;

    /// The example of this seed.
    fn example(&self, seed: &Digest) -> SuiteCase;

    /// Attacks of this seed. A change that fails one which the incumbent withstands is refused.
    fn attacks(&self, seed: &Digest) -> Vec<SuiteCase>;
}

/// A metric that a change must not make worse by more than a margin.
#[derive(Clone, Debug, PartialEq)]
pub struct Guard {
    /// Its name in evidence and reports.
    pub name: String,
    /// How the same outputs are scored for it.
    pub metric: Metric,
    /// The loss that is tolerated, above 0 and below 1; 0.02 is two points.
    pub margin: f64,
}

impl Guard {
    /// A guard with the usual margin of two points.
    pub fn new(name: impl Into<String>, metric: Metric) -> Self {
        Self {
            name: name.into(),
            metric,
            margin: 0.02,
        }
    }
}

/// A suite of `examples` cases of a world, with its attacks as guards, for an evaluation.
#[must_use]
pub fn suite_of(name: &str, world: &dyn World, seed: &Digest, examples: u32) -> Suite {
    let of = |part: &[u8], i: u32| {
        Digest::of_parts(&[b"suite", seed.as_bytes(), part, &i.to_le_bytes()])
    };
    let mut cases: Vec<SuiteCase> = (0..examples)
        .map(|i| world.example(&of(b"example", i)))
        .collect();
    cases.extend(
        world
            .attacks(&of(b"attack", 0))
            .into_iter()
            .map(SuiteCase::as_guard),
    );
    Suite::new(name, world.metric(), cases)
}

/// Where the cases for one kind of subject come from, and how they are scored.
#[derive(Clone, Debug)]
pub struct Bench {
    subject: String,
    metric: Metric,
    guards: Vec<Guard>,
    world: Option<Arc<dyn World>>,
    cases: Vec<SuiteCase>,
}

impl Bench {
    /// Fresh cases out of a world, as many as are needed.
    pub fn of_world(subject: impl Into<String>, world: impl World) -> Self {
        Self {
            subject: subject.into(),
            metric: world.metric(),
            guards: world.guards(),
            world: Some(Arc::new(world)),
            cases: Vec::new(),
        }
    }

    /// The cases of a suite, split by their groups; each is drawn once per trial.
    ///
    /// Cases made of records don't belong here: give them to
    /// [`GatedEvaluator::add_cases`](crate::GatedEvaluator::add_cases), which forgets them with their sources.
    pub fn of_suite(subject: impl Into<String>, suite: Suite) -> Self {
        let mut cases = suite.cases;
        cases.retain(|case| case.sources.is_empty());
        Self {
            subject: subject.into(),
            metric: suite.metric,
            guards: Vec::new(),
            world: None,
            cases,
        }
    }

    /// Adds a metric that a change must not make worse.
    #[must_use]
    pub fn with_guard(mut self, guard: Guard) -> Self {
        self.guards.push(guard);
        self
    }

    /// The kind of subject that it is for.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    pub(crate) const fn metric(&self) -> Metric {
        self.metric
    }

    pub(crate) fn guards(&self) -> &[Guard] {
        &self.guards
    }

    pub(crate) fn world(&self) -> Option<&dyn World> {
        self.world.as_deref()
    }

    pub(crate) fn cases(&self) -> &[SuiteCase] {
        &self.cases
    }
}
