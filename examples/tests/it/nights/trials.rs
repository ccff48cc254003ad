//! Subjects that a night can search and judge within milliseconds.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use alma_core::{Digest, Metric, Parameter, Result, Settings, Subject, SuiteCase};
use alma_meta::{Draws, Guard, World};
use async_trait::async_trait;
use serde_json::{Value, json};

fn chance() -> Parameter {
    Parameter::real("chance", 0.0, 1.0, 0.5)
}

/// The unit draw of a seed, to be called heads.
fn draw(seed: &Digest) -> SuiteCase {
    SuiteCase::new(seed.short(), json!(Draws::new(seed).unit()), json!([true]))
}

fn heads(settings: &Settings, input: &Value) -> bool {
    input.as_f64() < settings.get(&chance()).as_f64()
}

/// Coins that fall right with the chance that the settings say.
#[derive(Clone, Debug)]
pub(super) struct Coins {
    name: &'static str,
    moods: Option<Arc<AtomicU64>>,
}

impl Coins {
    /// The search finds better ones.
    pub(super) const fn steady() -> Self {
        Self {
            name: "coins",
            moods: None,
        }
    }

    /// They never say the same twice: the search likes them, and the gate refuses them.
    pub(super) fn moody() -> Self {
        Self {
            name: "moods",
            moods: Some(Arc::default()),
        }
    }
}

impl World for Coins {
    fn metric(&self) -> Metric {
        Metric::RecallAt(1)
    }

    fn guards(&self) -> Vec<Guard> {
        Vec::new()
    }

    fn example(&self, seed: &Digest) -> SuiteCase {
        draw(seed)
    }

    fn attacks(&self, _: &Digest) -> Vec<SuiteCase> {
        Vec::new()
    }
}

#[async_trait]
impl Subject for Coins {
    fn name(&self) -> &str {
        self.name
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![chance()]
    }

    async fn run(&self, settings: &Settings, input: &Value) -> Result<Value> {
        let mut said = vec![json!(heads(settings, input))];
        if let Some(moods) = &self.moods {
            said.push(moods.fetch_add(1, Ordering::SeqCst).into());
        }
        Ok(said.into())
    }
}
