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

/// Coins that fall right with the chance that the settings say: the search finds better ones.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Coins;

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
        "coins"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![chance()]
    }

    async fn run(&self, settings: &Settings, input: &Value) -> Result<Value> {
        Ok(json!([heads(settings, input)]))
    }
}

/// Coins that never say the same twice: the search likes them, and the gate refuses them.
#[derive(Clone, Debug, Default)]
pub(super) struct Moody(Arc<AtomicU64>);

impl World for Moody {
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
impl Subject for Moody {
    fn name(&self) -> &str {
        "moods"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![chance()]
    }

    async fn run(&self, settings: &Settings, input: &Value) -> Result<Value> {
        let mood = self.0.fetch_add(1, Ordering::SeqCst);
        Ok(json!([heads(settings, input), mood]))
    }
}
