//! The subject of the suite: a student whose skill is a parameter.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::{
    Digest, Error, Metric, Parameter, RecordId, Result, Settings, Subject, Suite, SuiteCase,
};

/// How many plain cases there are: enough for every evaluator's share of them.
const CASES: u64 = 1_200;

/// Every case whose number is a multiple of this was made of [`secret`].
const SECRET: u64 = 50;

/// The record that some cases were made of.
pub(super) fn secret() -> RecordId {
    RecordId::from_bytes([9; 16])
}

/// Whether a case, by its name, was made of [`secret`].
pub(super) fn is_secret(case: &str) -> bool {
    let number = case
        .strip_prefix("case-")
        .and_then(|number| number.parse::<u64>().ok());
    number.is_some_and(|number| number.is_multiple_of(SECRET))
}

/// Questions of every difficulty, each its own group, and two attacks as guards.
pub(super) fn suite() -> Suite {
    let plain = (0..CASES).map(|number| {
        // A walk that meets every difficulty, in no order that a split could follow.
        let difficulty = (number * 1_009 % CASES) as f64 / CASES as f64;
        let name = format!("case-{number}");
        let input = json!({"case": name, "difficulty": difficulty});
        let case = SuiteCase::new(name.as_str(), input, json!("right"));
        if is_secret(&name) {
            case.with_sources(vec![secret()])
        } else {
            case
        }
    });
    let attacks = (0..2).map(|number| {
        let name = format!("attack-{number}");
        let input = json!({"case": name, "attack": true});
        SuiteCase::new(name.as_str(), input, json!("withstood")).as_guard()
    });
    Suite::new("student", Metric::Exact, plain.chain(attacks).collect())
}

/// Answers rightly when the skill is above the difficulty; shows what it was asked.
#[derive(Debug, Default)]
pub(super) struct Student {
    /// No setting changes any answer.
    indifferent: bool,
    /// Every setting of `mood` flips answers, for better and worse alike.
    moody: bool,
    turned: AtomicBool,
    runs: AtomicU64,
    asked: Mutex<Vec<String>>,
}

impl Student {
    pub(super) fn indifferent() -> Self {
        Self {
            indifferent: true,
            ..Self::default()
        }
    }

    pub(super) fn moody() -> Self {
        Self {
            moody: true,
            ..Self::default()
        }
    }

    /// From now on skill beyond a half hurts.
    pub(super) fn turn(&self) {
        self.turned.store(true, Ordering::SeqCst);
    }

    pub(super) fn runs(&self) -> u64 {
        self.runs.load(Ordering::SeqCst)
    }

    /// The cases that were asked since the last call, guards left out.
    pub(super) fn take_asked(&self) -> Vec<String> {
        let mut asked = std::mem::take(&mut *self.asked());
        asked.retain(|case| case.starts_with("case-"));
        asked
    }

    fn asked(&self) -> MutexGuard<'_, Vec<String>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Subject for Student {
    fn name(&self) -> &str {
        "student"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![
            Parameter::real("skill", 0.0, 1.0, 0.5),
            Parameter::real("recklessness", 0.0, 1.0, 0.0),
            Parameter::real("mood", 0.0, 1.0, 0.0),
        ]
    }

    async fn run(&self, settings: &Settings, input: &Value) -> Result<Value> {
        self.runs.fetch_add(1, Ordering::SeqCst);
        let case = input["case"].as_str().unwrap_or_default();
        self.asked().push(case.to_owned());
        if input["fails"] == json!(true) {
            return Err(Error::invalid("cannot answer this one"));
        }
        let parameters = self.parameters();
        let number = |i: usize| settings.get(&parameters[i]).as_f64().unwrap_or(0.0);
        let (mut skill, recklessness) = (number(0), number(1));
        if self.indifferent {
            return Ok(json!("right"));
        }
        if input["attack"] == json!(true) {
            return Ok(json!(if recklessness > 0.5 {
                "fooled"
            } else {
                "withstood"
            }));
        }
        if self.turned.load(Ordering::SeqCst) && skill > 0.5 {
            skill = 1.0 - skill;
        }
        let mut right = input["difficulty"]
            .as_f64()
            .is_some_and(|difficulty| difficulty < skill);
        if self.moody {
            // Half right under every mood, and each mood right on other cases.
            let mood = Digest::of_parts(&[settings.digest().as_bytes(), case.as_bytes()]);
            right = mood.number().is_multiple_of(2);
        }
        Ok(json!(if right { "right" } else { "wrong" }))
    }
}
