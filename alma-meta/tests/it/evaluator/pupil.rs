//! A pupil, its quiz, and the stage on which they meet the evaluator.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use alma_core::{
    Clock, Digest, Error, ErrorKind, Evaluator, Metric, Parameter, Proposal, RecordId, Refusal,
    Result, Scope, Settings, Subject, SuiteCase, Verdict, reference::ReferenceLedger,
};
use alma_meta::{Bench, Draws, GatedEvaluator, Guard, Rules, Salt, World};
use async_trait::async_trait;
use serde_json::{Value, json};

use crate::days::Days;

/// Questions of a difficulty; answered rightly when the subject's skill is above it.
#[derive(Debug)]
pub(crate) struct Quiz;

impl World for Quiz {
    fn metric(&self) -> Metric {
        Metric::Exact
    }

    fn guards(&self) -> Vec<Guard> {
        vec![Guard::new("unhurt", Metric::Exact)]
    }

    fn example(&self, seed: &Digest) -> SuiteCase {
        let difficulty = Draws::new(seed).unit();
        SuiteCase::new(
            seed.short(),
            json!({"difficulty": difficulty}),
            json!("right"),
        )
    }

    fn attacks(&self, _: &Digest) -> Vec<SuiteCase> {
        vec![SuiteCase::new(
            "attack",
            json!({"attack": true}),
            json!("withstood"),
        )]
    }
}

/// A subject whose skill is a parameter; a test can break it in several ways.
#[derive(Debug, Default)]
pub(crate) struct Pupil {
    pub(crate) runs: AtomicU64,
    /// The skill above which attacks are not withstood.
    pub(crate) reckless: AtomicBool,
    pub(crate) fickle: AtomicBool,
    pub(crate) away: AtomicBool,
    /// Skill beyond a half hurts.
    pub(crate) turned: AtomicBool,
    pub(crate) seen: Mutex<Vec<String>>,
}

#[async_trait]
impl Subject for Pupil {
    fn name(&self) -> &str {
        "pupil"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![
            Parameter::real("skill", 0.0, 1.0, 0.5),
            Parameter::choice("hat", ["red", "blue"].map(str::to_owned).to_vec()),
        ]
    }

    async fn run(&self, settings: &Settings, input: &Value) -> Result<Value> {
        let run = self.runs.fetch_add(1, Ordering::SeqCst);
        if self.away.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::Unavailable, "cannot reach the pupil"));
        }
        if self.fickle.load(Ordering::SeqCst) {
            return Ok(json!(run));
        }
        let skill = settings
            .0
            .get("skill")
            .and_then(Value::as_f64)
            .unwrap_or(0.5);
        if input["attack"] == json!(true) {
            let fails = self.reckless.load(Ordering::SeqCst) && skill > 0.5;
            return Ok(json!(if fails { "fooled" } else { "withstood" }));
        }
        if let Some(case) = input["case"].as_str() {
            self.seen.lock().unwrap().push(case.to_owned());
        }
        let turned = self.turned.load(Ordering::SeqCst) && skill > 0.5;
        let skill = if turned { 1.0 - skill } else { skill };
        let right = input["difficulty"]
            .as_f64()
            .is_some_and(|difficulty| difficulty < skill);
        Ok(json!(if right { "right" } else { "wrong" }))
    }
}

pub(crate) struct Stage {
    pub(crate) evaluator: GatedEvaluator,
    pub(crate) ledger: ReferenceLedger,
    pub(crate) pupil: Arc<Pupil>,
    pub(crate) subject: Arc<dyn Subject>,
    pub(crate) days: Days,
    pub(crate) scope: Scope,
}

pub(crate) fn salt() -> Salt {
    Salt::new(b"a salt that nobody who proposes can read".as_slice()).unwrap()
}

pub(crate) fn evaluator(ledger: &ReferenceLedger, days: &Days, rules: Rules) -> GatedEvaluator {
    GatedEvaluator::new(ledger.clone(), salt())
        .with_clock(Arc::new(days.clone()))
        .with_rules(rules)
        .with_bench(Bench::of_world("pupil", Quiz))
}

pub(crate) fn stage_with(rules: Rules) -> Stage {
    let (ledger, days, pupil) = (
        ReferenceLedger::default(),
        Days::default(),
        Arc::new(Pupil::default()),
    );
    Stage {
        evaluator: evaluator(&ledger, &days, rules),
        ledger,
        subject: pupil.clone(),
        pupil,
        days,
        scope: Scope::new("home/ana").unwrap(),
    }
}

pub(crate) fn stage() -> Stage {
    stage_with(Rules::default())
}

impl Stage {
    pub(crate) async fn proposal(&self, candidate: Settings) -> Proposal {
        let active = self
            .evaluator
            .generations()
            .active(&self.scope)
            .await
            .unwrap();
        Proposal::new(
            "pupil",
            active.digest(),
            active.of("pupil"),
            candidate,
            "it is better",
            "owner",
            self.days.now(),
        )
    }

    pub(crate) async fn skill(&self, skill: f64) -> Proposal {
        self.proposal(Settings::default().with("skill", skill))
            .await
    }

    pub(crate) async fn judge(&self, proposal: &Proposal) -> Verdict {
        self.evaluator
            .judge(&self.scope, &self.subject, proposal)
            .await
            .unwrap()
    }

    /// Judges night by night until the gate decides; how many nights it took.
    pub(crate) async fn decide(&self, proposal: &Proposal) -> (u32, Verdict) {
        for night in 1..=70 {
            let verdict = self.judge(proposal).await;
            if !matches!(verdict, Verdict::NotEnoughEvidence { .. }) {
                return (night, verdict);
            }
            self.days.pass();
        }
        panic!("the gate never decided");
    }
}

pub(crate) fn reason(verdict: &Verdict) -> &Refusal {
    match verdict {
        Verdict::Refuse { reason, .. } => reason,
        other => panic!("not refused: {other:?}"),
    }
}

pub(crate) fn suite(sources: &BTreeMap<u32, RecordId>) -> Vec<SuiteCase> {
    (0..300)
        .map(|i| {
            let input =
                json!({"case": format!("case-{i}"), "difficulty": f64::from(i % 100) / 100.0});
            let case = SuiteCase::new(format!("case-{i}"), input, json!("right"));
            let case = case.with_group(format!("mission-{}", i / 2));
            match sources.get(&i) {
                Some(source) => case.with_sources(vec![*source]),
                None => case,
            }
        })
        .collect()
}
