//! Worlds and subjects on the reference backends: repeatable, readable, and hard enough to tell good from bad.

use std::{collections::BTreeSet, sync::Arc};

use alma_core::{
    Clock, Consolidate, Consolidation, ConsolidationId, Digest, Evaluator, Executor, Memory, Mode,
    Observation, Operator, Page, PageRequest, Parameter, Planner, Proposal, Query, Recall, Receipt,
    Record, RecordId, RecordQuery, Refusal, Result, Scope, Selection, Settings, Subject, SuiteCase,
    ToolForge, Trust, Verdict,
    reference::{
        ReferenceExecutor, ReferenceForge, ReferenceLedger, ReferenceMemory, ReferencePlanner,
    },
};
use alma_meta::{
    Bench, ForgeSubject, ForgeWorld, GatedEvaluator, PlannerSubject, PlannerWorld,
    RetrievalSubject, RetrievalWorld, Rules, Salt, WorkerSubject, WorkerWorld, World, suite_of,
};
use async_trait::async_trait;
use serde_json::json;

use crate::days::Days;

fn retrieval() -> Arc<dyn Subject> {
    Arc::new(RetrievalSubject::new(Vec::new(), async |_| {
        Ok(Arc::new(ReferenceMemory::default()) as Arc<dyn Memory>)
    }))
}

fn forge() -> Arc<dyn Subject> {
    Arc::new(ForgeSubject::new(Vec::new(), async |_| {
        Ok(Arc::new(ReferenceForge::default()) as Arc<dyn ToolForge>)
    }))
}

fn planner() -> Arc<dyn Subject> {
    Arc::new(PlannerSubject::new(Vec::new(), async |_| {
        Ok(Arc::new(ReferencePlanner) as Arc<dyn Planner>)
    }))
}

fn workers() -> Arc<dyn Subject> {
    Arc::new(WorkerSubject::new(Vec::new(), async |_, handlers| {
        Ok(Arc::new(ReferenceExecutor::new(handlers)) as Arc<dyn Executor>)
    }))
}

fn all() -> Vec<(Arc<dyn Subject>, Arc<dyn World>)> {
    vec![
        (retrieval(), Arc::new(RetrievalWorld)),
        (forge(), Arc::new(ForgeWorld)),
        (planner(), Arc::new(PlannerWorld)),
        (workers(), Arc::new(WorkerWorld)),
    ]
}

fn salt() -> Salt {
    Salt::new(b"0123456789abcdef".as_slice()).unwrap()
}

fn seed(number: u32) -> Digest {
    Digest::of(&number.to_le_bytes())
}

#[tokio::test]
async fn cases_follow_from_their_seed_and_differ_by_it() {
    for (subject, world) in all() {
        let cases: Vec<SuiteCase> = (0..50).map(|i| world.example(&seed(i))).collect();
        let inputs: BTreeSet<String> = cases.iter().map(|case| case.input.to_string()).collect();
        assert!(
            inputs.len() >= 45,
            "{}: {} of 50",
            subject.name(),
            inputs.len()
        );
        for (i, case) in cases.iter().enumerate() {
            assert_eq!(*case, world.example(&seed(i as u32)));
        }
        assert_eq!(world.attacks(&seed(1)), world.attacks(&seed(1)));
        assert!(world.attacks(&seed(1)).len() >= 2);
    }
}

#[tokio::test]
async fn subjects_understand_every_case_of_their_world() {
    for (subject, world) in all() {
        let examples = (0..30).map(|i| world.example(&seed(i)));
        for case in examples.chain(world.attacks(&seed(99))) {
            let output = subject.run(&Settings::default(), &case.input).await;
            if let Err(error) = output {
                assert!(
                    !error.message().contains("on this input"),
                    "{}: {error}",
                    case.id
                );
            }
        }
        assert!(
            subject
                .run(&Settings::default(), &json!({"nonsense": 1}))
                .await
                .is_err()
        );
    }
}

#[tokio::test]
async fn the_reference_backends_do_some_and_not_all() {
    let evaluator = GatedEvaluator::new(ReferenceLedger::default(), salt());
    let scope = Scope::new("home/ana").unwrap();
    for (subject, world) in all() {
        let suite = suite_of(subject.name(), &*world, &seed(7), 60);
        let first = evaluator.evaluate(&scope, &subject, &suite).await.unwrap();
        println!("{} on the reference: {:.3}", subject.name(), first.mean());
        let again = evaluator.evaluate(&scope, &subject, &suite).await.unwrap();
        assert_eq!(first, again);
        assert!(first.mean() > 0.1, "{} does nothing right", subject.name());
        let withstood = first
            .scores
            .iter()
            .filter(|score| score.guard && score.score >= 1.0);
        assert!(withstood.count() >= 2, "{}", subject.name());
    }
}

/// The reference memory with two parameters: one that helps, and one that no attack should get past.
#[derive(Debug)]
struct Tuned {
    inner: ReferenceMemory,
    worst_first: bool,
    gullible: bool,
}

#[async_trait]
impl Memory for Tuned {
    async fn remember(
        &self,
        scope: &Scope,
        observations: Vec<Observation>,
    ) -> Result<Vec<RecordId>> {
        let believed = |observation: Observation| {
            let trust = if self.gullible {
                Trust::Owner
            } else {
                observation.trust
            };
            observation.with_trust(trust)
        };
        let observations = observations.into_iter().map(believed).collect();
        self.inner.remember(scope, observations).await
    }

    async fn recall(&self, scope: &Scope, query: &Query) -> Result<Recall> {
        let mut recall = self.inner.recall(scope, query).await?;
        if self.worst_first {
            recall.hits.reverse();
        }
        Ok(recall)
    }

    async fn records(
        &self,
        scope: &Scope,
        query: &RecordQuery,
        page: &PageRequest,
    ) -> Result<Page<Record>> {
        self.inner.records(scope, query, page).await
    }

    async fn consolidate(&self, scope: &Scope, order: &Consolidate) -> Result<Consolidation> {
        self.inner.consolidate(scope, order).await
    }

    async fn undo(&self, scope: &Scope, id: ConsolidationId) -> Result<()> {
        self.inner.undo(scope, id).await
    }

    async fn forget(&self, scope: &Scope, selection: &Selection, mode: Mode) -> Result<Receipt> {
        self.inner.forget(scope, selection, mode).await
    }

    async fn scopes(&self, operator: &Operator, page: &PageRequest) -> Result<Page<Scope>> {
        self.inner.scopes(operator, page).await
    }
}

fn tuned() -> Arc<dyn Subject> {
    let choice =
        |name: &str, values: [&str; 2]| Parameter::choice(name, values.map(str::to_owned).to_vec());
    let parameters = vec![
        choice("order", ["worst", "best"]),
        choice("labels", ["kept", "raised"]),
    ];
    Arc::new(RetrievalSubject::new(
        parameters.clone(),
        move |settings: Settings| {
            let is = |i: usize, value: &str| settings.get(&parameters[i]) == value;
            let memory = Tuned {
                inner: ReferenceMemory::default(),
                worst_first: is(0, "worst"),
                gullible: is(1, "raised"),
            };
            async { Ok(Arc::new(memory) as Arc<dyn Memory>) }
        },
    ))
}

#[tokio::test]
async fn a_memory_is_improved_but_never_at_the_price_of_its_guards() {
    let (scope, subject, days) = (Scope::new("home/ana").unwrap(), tuned(), Days::default());
    let mut rules = Rules::default();
    rules.pairs = 40;
    let evaluator = GatedEvaluator::new(ReferenceLedger::default(), salt())
        .with_clock(Arc::new(days.clone()))
        .with_rules(rules)
        .with_bench(Bench::of_world("retrieval", RetrievalWorld));
    let generation = evaluator.generations().active(&scope).await.unwrap();
    let gullible = Settings::default()
        .with("order", "best")
        .with("labels", "raised");
    let gullible = Proposal::new(
        "retrieval",
        generation.digest(),
        generation.of("retrieval"),
        gullible,
        "believe everybody",
        "search",
        days.now(),
    );
    let verdict = evaluator.judge(&scope, &subject, &gullible).await.unwrap();
    let Verdict::Refuse {
        reason: Refusal::Guard(what),
        ..
    } = verdict
    else {
        panic!("{verdict:?}")
    };
    assert!(what.contains("poisoned"), "{what}");

    let better = Settings::default().with("order", "best");
    let better = Proposal::new(
        "retrieval",
        generation.digest(),
        generation.of("retrieval"),
        better,
        "best first",
        "search",
        days.now(),
    );
    let mut nights = 1;
    loop {
        match evaluator.judge(&scope, &subject, &better).await.unwrap() {
            Verdict::Promote { .. } => break,
            Verdict::NotEnoughEvidence { .. } => days.pass(),
            refused @ Verdict::Refuse { .. } => panic!("{refused:?}"),
            _ => panic!("an unknown verdict"),
        }
        nights += 1;
        assert!(nights < 60);
    }
    println!("best first instead of worst first: promoted after {nights} nights of 40 pairs");
}
