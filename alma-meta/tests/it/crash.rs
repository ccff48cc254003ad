//! A process that dies, or hears no answer, at any write of the gate loses and doubles nothing.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use alma_core::{
    Clock, Digest, Erased, Erasure, Error, ErrorKind, Evaluator, Event, Ledger, LedgerExt, Metric,
    NewEvent, Operator, Page, PageRequest, Parameter, Proposal, Result, Scope, Settings, StreamId,
    StreamInfo, Subject, SuiteCase, Verdict, Version, reference::ReferenceLedger,
};
use alma_meta::{Bench, Draws, GatedEvaluator, Guard, Rules, Salt, World};
use async_trait::async_trait;
use serde_json::{Value, json};

use crate::days::Days;

/// A ledger that dies at one append, before or after it is written.
#[derive(Clone, Debug)]
struct Dying {
    inner: ReferenceLedger,
    appends: Arc<AtomicU64>,
    at: u64,
    written: bool,
}

#[async_trait]
impl Ledger for Dying {
    async fn append(
        &self,
        scope: &Scope,
        id: &StreamId,
        expected: Version,
        events: Vec<NewEvent>,
    ) -> Result<Version> {
        let dies = self.appends.fetch_add(1, Ordering::SeqCst) == self.at;
        if dies && !self.written {
            return Err(Error::new(
                ErrorKind::Unavailable,
                "cannot write: the process died",
            ));
        }
        let answer = self.inner.append(scope, id, expected, events).await?;
        if dies {
            return Err(Error::new(
                ErrorKind::Unavailable,
                "cannot answer: the process died",
            ));
        }
        Ok(answer)
    }

    async fn read(
        &self,
        scope: &Scope,
        id: &StreamId,
        after: Version,
        limit: usize,
    ) -> Result<Vec<Event>> {
        self.inner.read(scope, id, after, limit).await
    }

    async fn streams(
        &self,
        scope: &Scope,
        prefix: &str,
        page: &PageRequest,
    ) -> Result<Page<StreamInfo>> {
        self.inner.streams(scope, prefix, page).await
    }

    async fn scopes(&self, operator: &Operator, page: &PageRequest) -> Result<Page<Scope>> {
        self.inner.scopes(operator, page).await
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        self.inner.erase(scope, what).await
    }
}

/// Coins that fall right with the chance that the settings say.
#[derive(Debug)]
struct Coins;

impl World for Coins {
    fn metric(&self) -> Metric {
        Metric::Exact
    }

    fn guards(&self) -> Vec<Guard> {
        Vec::new()
    }

    fn example(&self, seed: &Digest) -> SuiteCase {
        SuiteCase::new(seed.short(), json!(Draws::new(seed).unit()), json!(true))
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
        vec![Parameter::real("chance", 0.0, 1.0, 0.5)]
    }

    async fn run(&self, settings: &Settings, input: &Value) -> Result<Value> {
        let chance = settings.get(&self.parameters()[0]).as_f64();
        Ok(json!(input.as_f64() < chance))
    }
}

/// Two trials to their ends, a promotion and a watch, by a caller that tries again after each error.
/// Answers what the books say at the end, and how many appends it took.
async fn story(at: u64, written: bool) -> (Vec<String>, u64) {
    let inner = ReferenceLedger::default();
    let ledger = Dying {
        inner: inner.clone(),
        appends: Arc::default(),
        at,
        written,
    };
    let (scope, days) = (Scope::new("home/ana").unwrap(), Days::default());
    let mut rules = Rules::default();
    rules.pairs = 60;
    let evaluator = GatedEvaluator::new(
        ledger.clone(),
        Salt::new(b"0123456789abcdef".as_slice()).unwrap(),
    )
    .with_clock(Arc::new(days.clone()))
    .with_rules(rules)
    .with_bench(Bench::of_world("coins", Coins));
    let subject: Arc<dyn Subject> = Arc::new(Coins);
    let propose = |chance: f64| {
        let nothing = Digest::of_json(&json!({}));
        let candidate = Settings::default().with("chance", chance);
        Proposal::new(
            "coins",
            nothing,
            Settings::default(),
            candidate,
            "try",
            "owner",
            days.now(),
        )
    };
    let mut said = Vec::new();
    for proposal in [propose(0.4), propose(0.8)] {
        for _ in 0..8 {
            let verdict = loop {
                match evaluator.judge(&scope, &subject, &proposal).await {
                    Ok(verdict) => break verdict,
                    Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable),
                }
            };
            if let Verdict::Promote { .. } = verdict {
                let generations = evaluator.generations();
                while generations.promote(&scope, &proposal).await.is_err() {}
            }
            said.push(format!("{verdict:?}"));
            days.pass();
        }
    }
    for stream in [
        "gate/account",
        "gate/trial/1",
        "gate/trial/2",
        "gate/watch/2",
        "generations",
    ] {
        let events = inner
            .read_all(&scope, &StreamId::new(stream).unwrap())
            .await
            .unwrap();
        assert!(!events.is_empty(), "{stream}");
        said.extend(
            events
                .into_iter()
                .map(|event| format!("{stream} {} {}", event.version.0, event.body)),
        );
    }
    (said, ledger.appends.load(Ordering::SeqCst))
}

#[tokio::test]
async fn no_moment_of_death_changes_the_story() {
    let (whole, appends) = story(u64::MAX, false).await;
    assert!(whole.iter().any(|said| said.starts_with("Promote")));
    assert!(appends >= 8, "{appends}");
    for at in 0..appends {
        for written in [false, true] {
            let (told, _) = story(at, written).await;
            assert_eq!(told, whole, "died at append {at}, written: {written}");
        }
    }
}
