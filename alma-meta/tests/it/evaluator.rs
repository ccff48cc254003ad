//! The evaluator over a ledger: trials over nights, promotion, the way back, and what it refuses.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use alma_core::{
    Amount, Budget, Clock, Digest, Erasure, ErasureId, Error, ErrorKind, Evaluator, LedgerExt,
    Metric, Parameter, Proposal, RecordId, Refusal, Result, Scope, Settings, StreamId, Subject,
    Suite, SuiteCase, Verdict, reference::ReferenceLedger,
};
use alma_meta::{
    Bench, Draws, GatedEvaluator, Guard, ProposalDir, ProposalState, Rules, Salt, World,
};
use async_trait::async_trait;
use serde_json::{Value, json};

use crate::days::Days;

/// Questions of a difficulty; answered rightly when the subject's skill is above it.
#[derive(Debug)]
struct Quiz;

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
struct Pupil {
    runs: AtomicU64,
    /// The skill above which attacks are not withstood.
    reckless: AtomicBool,
    fickle: AtomicBool,
    away: AtomicBool,
    /// Skill beyond a half hurts.
    turned: AtomicBool,
    seen: Mutex<Vec<String>>,
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

struct Stage {
    evaluator: GatedEvaluator,
    ledger: ReferenceLedger,
    pupil: Arc<Pupil>,
    subject: Arc<dyn Subject>,
    days: Days,
    scope: Scope,
}

fn salt() -> Salt {
    Salt::new(b"a salt that nobody who proposes can read".as_slice()).unwrap()
}

fn evaluator(ledger: &ReferenceLedger, days: &Days, rules: Rules) -> GatedEvaluator {
    GatedEvaluator::new(ledger.clone(), salt())
        .with_clock(Arc::new(days.clone()))
        .with_rules(rules)
        .with_bench(Bench::of_world("pupil", Quiz))
}

fn stage_with(rules: Rules) -> Stage {
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

fn stage() -> Stage {
    stage_with(Rules::default())
}

impl Stage {
    async fn proposal(&self, candidate: Settings) -> Proposal {
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

    async fn skill(&self, skill: f64) -> Proposal {
        self.proposal(Settings::default().with("skill", skill))
            .await
    }

    async fn judge(&self, proposal: &Proposal) -> Verdict {
        self.evaluator
            .judge(&self.scope, &self.subject, proposal)
            .await
            .unwrap()
    }

    /// Judges night by night until the gate decides; how many nights it took.
    async fn decide(&self, proposal: &Proposal) -> (u32, Verdict) {
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

fn reason(verdict: &Verdict) -> &Refusal {
    match verdict {
        Verdict::Refuse { reason, .. } => reason,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn promotes_a_real_gain_after_several_nights_and_never_on_the_first() {
    let stage = stage();
    let better = stage.skill(0.9).await;
    let first = stage.judge(&better).await;
    assert!(
        matches!(first, Verdict::NotEnoughEvidence { .. }),
        "{first:?}"
    );
    stage.days.pass();
    let (_, verdict) = stage.decide(&better).await;
    let Verdict::Promote { evidence } = verdict else {
        panic!("{verdict:?}")
    };
    assert!(evidence["ln_e"].as_f64() >= evidence["ln_e_needed"].as_f64());
    assert!(evidence["nights"].as_u64() >= Some(2));
}

#[tokio::test]
async fn closes_what_changes_nothing() {
    let stage = stage();
    let hat = stage
        .proposal(Settings::default().with("hat", "blue"))
        .await;
    let (_, verdict) = stage.decide(&hat).await;
    assert_eq!(*reason(&verdict), Refusal::NoGain);
    let worse = stage.skill(0.3).await;
    let (nights, verdict) = stage.decide(&worse).await;
    assert_eq!(*reason(&verdict), Refusal::NoGain);
    assert!(nights <= 3);
    // How it ended stays so, and costs no further run.
    let runs = stage.pupil.runs.load(Ordering::SeqCst);
    stage.days.pass();
    assert_eq!(*reason(&stage.judge(&worse).await), Refusal::NoGain);
    assert_eq!(stage.pupil.runs.load(Ordering::SeqCst), runs);
}

#[tokio::test]
async fn a_newly_failing_attack_ends_a_trial_at_once() {
    let stage = stage();
    stage.pupil.reckless.store(true, Ordering::SeqCst);
    let reckless = stage.skill(0.95).await;
    let verdict = stage.judge(&reckless).await;
    assert!(matches!(reason(&verdict), Refusal::Guard(what) if what.contains("attack")));
}

#[tokio::test]
async fn one_night_counts_once_however_often_it_is_judged() {
    let stage = stage();
    let better = stage.skill(0.6).await;
    let first = stage.judge(&better).await;
    let runs = stage.pupil.runs.load(Ordering::SeqCst);
    assert_eq!(stage.judge(&better).await, first);
    // Another process with the same books, too.
    let other = evaluator(&stage.ledger, &stage.days, Rules::default());
    assert_eq!(
        other
            .judge(&stage.scope, &stage.subject, &better)
            .await
            .unwrap(),
        first
    );
    assert_eq!(stage.pupil.runs.load(Ordering::SeqCst), runs);
}

#[tokio::test]
async fn two_processes_at_once_agree() {
    let stage = stage();
    let better = stage.skill(0.9).await;
    let other = evaluator(&stage.ledger, &stage.days, Rules::default());
    for _ in 0..4 {
        let (a, b) = tokio::join!(
            stage.evaluator.judge(&stage.scope, &stage.subject, &better),
            other.judge(&stage.scope, &stage.subject, &better),
        );
        assert_eq!(a.unwrap(), b.unwrap());
        stage.days.pass();
    }
}

#[tokio::test]
async fn promotion_moves_the_pointer_and_the_way_back_restores_the_bytes() {
    let stage = stage();
    let generations = stage.evaluator.generations().clone();
    let before = generations.active(&stage.scope).await.unwrap();
    let better = stage.skill(0.9).await;
    let (_, verdict) = stage.decide(&better).await;
    assert!(matches!(verdict, Verdict::Promote { .. }));
    generations.promote(&stage.scope, &better).await.unwrap();
    assert_ne!(
        generations.active(&stage.scope).await.unwrap().digest(),
        before.digest()
    );
    // Held: the watch says that it may stay.
    stage.days.pass();
    assert!(matches!(
        stage.judge(&better).await,
        Verdict::NotEnoughEvidence { .. }
    ));
    // The world turns, and what was better is worse now.
    stage.pupil.turned.store(true, Ordering::SeqCst);
    stage.days.pass();
    let mut verdict = stage.judge(&better).await;
    for _ in 0..10 {
        if matches!(verdict, Verdict::Refuse { .. }) {
            break;
        }
        stage.days.pass();
        verdict = stage.judge(&better).await;
    }
    assert!(matches!(reason(&verdict), Refusal::Regressed(why) if why.contains("scored better")));
    generations
        .roll_back(&stage.scope, "worse than before")
        .await
        .unwrap();
    let after = generations.active(&stage.scope).await.unwrap();
    assert_eq!(
        serde_json::to_string(&after).unwrap(),
        serde_json::to_string(&before).unwrap()
    );
    assert!(matches!(
        reason(&stage.judge(&better).await),
        Refusal::Regressed(_)
    ));
    assert_eq!(
        generations
            .roll_back(&stage.scope, "again")
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::NotFound
    );
}

#[tokio::test]
async fn a_hard_guard_takes_a_promotion_back_at_once() {
    let stage = stage();
    let better = stage.skill(0.9).await;
    assert!(matches!(
        stage.decide(&better).await.1,
        Verdict::Promote { .. }
    ));
    stage
        .evaluator
        .generations()
        .promote(&stage.scope, &better)
        .await
        .unwrap();
    stage.pupil.reckless.store(true, Ordering::SeqCst);
    stage.days.pass();
    let verdict = stage.judge(&better).await;
    assert!(matches!(reason(&verdict), Refusal::Regressed(why) if why.contains("attack")));
}

#[tokio::test]
async fn another_promotion_makes_open_trials_stale() {
    let stage = stage();
    let (better, other) = (stage.skill(0.9).await, stage.skill(0.85).await);
    assert!(matches!(
        stage.judge(&other).await,
        Verdict::NotEnoughEvidence { .. }
    ));
    let (_, verdict) = stage.decide(&better).await;
    assert!(matches!(verdict, Verdict::Promote { .. }));
    stage
        .evaluator
        .generations()
        .promote(&stage.scope, &better)
        .await
        .unwrap();
    assert_eq!(*reason(&stage.judge(&other).await), Refusal::Stale);
    let late = Proposal::new(
        "pupil",
        other.parent,
        Settings::default(),
        Settings::default().with("skill", 0.8),
        "late",
        "owner",
        stage.days.now(),
    );
    assert_eq!(*reason(&stage.judge(&late).await), Refusal::Stale);
}

#[tokio::test]
async fn refuses_what_no_proposal_may_do() {
    let stage = stage();
    let forbidden = |verdict: Verdict| matches!(reason(&verdict), Refusal::Forbidden(_));
    let unknown = stage
        .proposal(Settings::default().with("salt", "known"))
        .await;
    assert!(forbidden(stage.judge(&unknown).await));
    let outside = stage.skill(7.0).await;
    assert!(forbidden(stage.judge(&outside).await));
    let mut renamed = stage.skill(0.9).await;
    renamed.candidate = Settings::default().with("skill", 0.1);
    assert!(forbidden(stage.judge(&renamed).await));
    let mut foreign = stage.skill(0.9).await;
    foreign.subject = "other".to_owned();
    assert!(forbidden(stage.judge(&foreign).await));
    // An incumbent of straw is not what is active.
    let mut straw = stage.skill(0.6).await;
    straw.incumbent = Settings::default().with("skill", 0.0);
    assert_eq!(*reason(&stage.judge(&straw).await), Refusal::Stale);
    let same = stage.proposal(Settings::default()).await;
    assert_eq!(*reason(&stage.judge(&same).await), Refusal::NoGain);
    stage.pupil.fickle.store(true, Ordering::SeqCst);
    assert!(forbidden(stage.judge(&stage.skill(0.9).await).await));
}

#[tokio::test]
async fn an_engine_that_is_away_decides_nothing() {
    let stage = stage();
    let better = stage.skill(0.9).await;
    stage.judge(&better).await;
    stage.days.pass();
    stage.pupil.away.store(true, Ordering::SeqCst);
    let error = stage
        .evaluator
        .judge(&stage.scope, &stage.subject, &better)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    stage.pupil.away.store(false, Ordering::SeqCst);
    assert!(matches!(
        stage.judge(&better).await,
        Verdict::Promote { .. }
    ));
}

#[tokio::test]
async fn a_pool_that_runs_dry_ends_in_time() {
    let stage = stage();
    let few: Vec<SuiteCase> = suite(&BTreeMap::new()).into_iter().take(20).collect();
    let bench = Bench::of_suite("pupil", Suite::new("pupil", Metric::Exact, few));
    let evaluator = stage.evaluator.clone().with_bench(bench);
    let better = stage.skill(0.9).await;
    for _ in 0..60 {
        let verdict = evaluator
            .judge(&stage.scope, &stage.subject, &better)
            .await
            .unwrap();
        assert!(matches!(verdict, Verdict::NotEnoughEvidence { .. }));
        stage.days.pass();
    }
    let verdict = evaluator
        .judge(&stage.scope, &stage.subject, &better)
        .await
        .unwrap();
    assert_eq!(*reason(&verdict), Refusal::Expired);
}

#[tokio::test]
async fn a_spent_year_tries_nothing_more() {
    let mut rules = Rules::default();
    rules.per_year = 2;
    let stage = stage_with(rules);
    for skill in [0.2, 0.3] {
        stage.decide(&stage.skill(skill).await).await;
    }
    let third = stage.skill(0.9).await;
    assert!(matches!(
        reason(&stage.judge(&third).await),
        Refusal::NoBudget(_)
    ));
    // Another scope has its own year.
    let elsewhere = Scope::new("home/ben").unwrap();
    let verdict = stage
        .evaluator
        .judge(&elsewhere, &stage.subject, &third)
        .await
        .unwrap();
    assert!(matches!(verdict, Verdict::NotEnoughEvidence { .. }));
    for _ in 0..366 {
        stage.days.pass();
    }
    assert!(matches!(
        stage.judge(&third).await,
        Verdict::NotEnoughEvidence { .. }
    ));
}

#[tokio::test]
async fn searches_within_its_budget_and_repeats() {
    let stage = stage();
    let budget = Budget::new(Amount::calls(600));
    let found = stage
        .evaluator
        .propose(&stage.scope, &stage.subject, &budget)
        .await
        .unwrap();
    let runs = stage.pupil.runs.load(Ordering::SeqCst);
    assert!(runs <= 600 && budget.used().calls == runs, "{runs}");
    assert_eq!(found.len(), 1);
    let skill = found[0].candidate.0["skill"].as_f64().unwrap();
    assert!(skill > 0.6, "{skill}");
    assert_eq!(found[0].origin, "search");
    let budget = Budget::new(Amount::calls(600));
    let again = stage
        .evaluator
        .propose(&stage.scope, &stage.subject, &budget)
        .await
        .unwrap();
    assert_eq!(again, found);
    for calls in [0, 1, 20, 60, 1_000] {
        let budget = Budget::new(Amount::calls(calls));
        stage
            .evaluator
            .propose(&stage.scope, &stage.subject, &budget)
            .await
            .unwrap();
        assert!(budget.used().calls <= calls);
    }
    // What is on trial already is not proposed again, and a full house waits.
    stage.judge(&found[0]).await;
    let budget = Budget::new(Amount::calls(600));
    assert!(
        stage
            .evaluator
            .propose(&stage.scope, &stage.subject, &budget)
            .await
            .unwrap()
            .is_empty()
    );
}

fn suite(sources: &BTreeMap<u32, RecordId>) -> Vec<SuiteCase> {
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

#[tokio::test]
async fn what_confirms_is_never_what_was_searched_on_and_is_drawn_once() {
    let stage = stage();
    let bench = Bench::of_suite(
        "pupil",
        Suite::new("pupil", Metric::Exact, suite(&BTreeMap::new())),
    );
    let evaluator = stage.evaluator.clone().with_bench(bench);
    let budget = Budget::new(Amount::calls(10_000));
    let found = evaluator
        .propose(&stage.scope, &stage.subject, &budget)
        .await
        .unwrap();
    let searched: Vec<String> = std::mem::take(&mut stage.pupil.seen.lock().unwrap());
    assert!(searched.len() > 100);
    let mut rules = Rules::default();
    rules.pairs = 10;
    let evaluator = evaluator.with_rules(rules);
    let mut drawn: BTreeMap<String, u32> = BTreeMap::new();
    for _ in 0..5 {
        stage.pupil.seen.lock().unwrap().clear();
        evaluator
            .judge(&stage.scope, &stage.subject, &found[0])
            .await
            .unwrap();
        for case in stage.pupil.seen.lock().unwrap().iter() {
            assert!(!searched.contains(case), "{case} was searched on");
            *drawn.entry(case.clone()).or_default() += 1;
        }
        stage.days.pass();
    }
    assert!(drawn.len() >= 50, "{}", drawn.len());
    // Each case once for each version, but for the few on which the candidate showed that it repeats itself.
    let more = drawn.values().filter(|runs| **runs != 2).count();
    assert!(more <= 3, "{more} cases were drawn more than once");
}

#[tokio::test]
async fn cases_go_with_their_sources() {
    let stage = stage();
    let record = RecordId::of_parts(&[b"a secret"]);
    let sources = BTreeMap::from([(7, record)]);
    let bench = Bench::of_suite("pupil", Suite::new("pupil", Metric::Exact, suite(&sources)));
    let evaluator = stage.evaluator.clone().with_bench(bench);
    assert_eq!(
        evaluator
            .add_cases(&stage.scope, "pupil", &suite(&sources))
            .await
            .unwrap(),
        300
    );
    assert_eq!(
        evaluator
            .add_cases(&stage.scope, "pupil", &suite(&sources))
            .await
            .unwrap(),
        0
    );
    let erasure = Erasure::new(ErasureId::of_parts(&[b"1"]), vec![record]);
    let erased = evaluator.erase(&stage.scope, &erasure).await.unwrap();
    assert_eq!(
        (erased.component.as_str(), erased.removed),
        ("evaluator", 1)
    );
    let stream = StreamId::new("gate/cases/pupil").unwrap();
    let kept = stage.ledger.read_all(&stage.scope, &stream).await.unwrap();
    assert_eq!(kept.len(), 300);
    assert!(kept.iter().all(|event| event.body["id"] != "case-7"));
    // It neither runs nor comes back.
    let budget = Budget::new(Amount::calls(10_000));
    let found = evaluator
        .propose(&stage.scope, &stage.subject, &budget)
        .await
        .unwrap();
    stage.decide(&found[0]).await;
    assert!(
        !stage
            .pupil
            .seen
            .lock()
            .unwrap()
            .contains(&"case-7".to_owned())
    );
    assert_eq!(
        evaluator
            .add_cases(&stage.scope, "pupil", &suite(&sources))
            .await
            .unwrap(),
        0
    );
    let again = SuiteCase::new("case-7b", json!({}), json!("right")).with_sources(vec![record]);
    let error = evaluator
        .add_cases(&stage.scope, "pupil", &[again])
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Gone);
}

#[tokio::test]
async fn evaluates_with_the_active_settings_and_goes_on_after_a_failure() {
    let stage = stage();
    let mut cases: Vec<SuiteCase> = (0..10)
        .map(|i| {
            SuiteCase::new(
                format!("{i}"),
                json!({"difficulty": f64::from(i) / 10.0}),
                json!("right"),
            )
        })
        .collect();
    let suite = Suite::new("ten", Metric::Exact, cases.clone());
    let first = stage
        .evaluator
        .evaluate(&stage.scope, &stage.subject, &suite)
        .await
        .unwrap();
    assert_eq!(first.mean(), 0.5);
    let better = stage.skill(0.85).await;
    stage
        .evaluator
        .generations()
        .promote(&stage.scope, &better)
        .await
        .unwrap();
    let second = stage
        .evaluator
        .evaluate(&stage.scope, &stage.subject, &suite)
        .await
        .unwrap();
    assert_eq!(second.mean(), 0.9);
    assert_eq!(second.settings, better.candidate.digest());
    stage.pupil.away.store(true, Ordering::SeqCst);
    cases.truncate(2);
    let suite = Suite::new("two", Metric::Exact, cases);
    let away = stage
        .evaluator
        .evaluate(&stage.scope, &stage.subject, &suite)
        .await
        .unwrap();
    assert_eq!(away.mean(), 0.0);
    assert!(away.scores.iter().all(|score| score.fault.is_some()));
    assert_eq!(away.tally.input, 2);
}

#[tokio::test]
async fn an_audit_sees_what_nobody_else_does() {
    let stage = stage();
    let bench = Bench::of_suite(
        "pupil",
        Suite::new("pupil", Metric::Exact, suite(&BTreeMap::new())),
    );
    let evaluator = stage.evaluator.clone().with_bench(bench);
    let audit = evaluator.audit(&stage.scope, &stage.subject).await.unwrap();
    let audited: Vec<String> = std::mem::take(&mut stage.pupil.seen.lock().unwrap());
    // A tenth of 300, by groups of two.
    assert!((10..60).contains(&audited.len()) && audit.scores.len() == audited.len());
    let budget = Budget::new(Amount::calls(10_000));
    let found = evaluator
        .propose(&stage.scope, &stage.subject, &budget)
        .await
        .unwrap();
    evaluator
        .judge(&stage.scope, &stage.subject, &found[0])
        .await
        .unwrap();
    let others = stage.pupil.seen.lock().unwrap();
    assert!(audited.iter().all(|case| !others.contains(case)));
}

#[tokio::test]
async fn a_subject_without_a_bench_is_named() {
    let stage = stage();
    let bare = GatedEvaluator::new(stage.ledger.clone(), salt());
    let error = bare
        .judge(&stage.scope, &stage.subject, &stage.skill(0.9).await)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Missing);
    assert!(error.message().contains("pupil"));
}

#[tokio::test]
async fn keeps_proposals_in_a_chain_that_shows_every_change() {
    let stage = stage();
    let home = tempfile::tempdir().unwrap();
    let directory = ProposalDir::new(home.path().join("proposals"));
    let evaluator = stage.evaluator.clone().with_proposals(directory.clone());
    let budget = Budget::new(Amount::calls(2_000));
    let found = evaluator
        .propose(&stage.scope, &stage.subject, &budget)
        .await
        .unwrap();
    let proposal = &found[0];
    while !matches!(
        evaluator
            .judge(&stage.scope, &stage.subject, proposal)
            .await
            .unwrap(),
        Verdict::Promote { .. }
    ) {
        evaluator
            .judge(&stage.scope, &stage.subject, proposal)
            .await
            .unwrap();
        stage.days.pass();
    }
    let links = directory.verify(&stage.scope).unwrap();
    let states: Vec<ProposalState> = links.iter().map(|link| link.state).collect();
    assert_eq!(
        states,
        [
            ProposalState::Draft,
            ProposalState::OnTrial,
            ProposalState::Promoted
        ]
    );
    let folder = directory.path(&stage.scope, proposal);
    let report = std::fs::read_to_string(folder.join("0003-promoted.md")).unwrap();
    assert!(
        report.contains("| skill | default |") && report.contains("ln_e_needed"),
        "{report}"
    );
    let kept: Proposal =
        serde_json::from_slice(&std::fs::read(folder.join("proposal.json")).unwrap()).unwrap();
    assert_eq!(kept, *proposal);
    assert!(folder.join("rollback.json").exists());

    // What a crash left of the last step is no step, and the next one takes its place.
    let chain = folder.parent().unwrap().join("chain.jsonl");
    let whole = std::fs::read(&chain).unwrap();
    std::fs::write(&chain, [whole.as_slice(), b"{\"number\":4,\"at"].concat()).unwrap();
    assert_eq!(directory.verify(&stage.scope).unwrap(), links);
    directory
        .record_draft(&stage.scope, &stage.skill(0.7).await, stage.days.now())
        .unwrap();
    assert_eq!(directory.verify(&stage.scope).unwrap().len(), 4);

    // A changed number, a changed step and a lost file are each noticed.
    let numbers = folder.join("0003-promoted.json");
    let honest = std::fs::read_to_string(&numbers).unwrap();
    std::fs::write(&numbers, honest.replace("\"trial\":1", "\"trial\":2")).unwrap();
    assert!(
        directory
            .verify(&stage.scope)
            .unwrap_err()
            .message()
            .contains("0003-promoted.json")
    );
    std::fs::remove_file(&numbers).unwrap();
    assert_eq!(
        directory.verify(&stage.scope).unwrap_err().kind(),
        ErrorKind::Corrupt
    );
    std::fs::write(&numbers, honest).unwrap();
    directory.verify(&stage.scope).unwrap();
    let text = std::fs::read_to_string(&chain).unwrap();
    std::fs::write(&chain, text.replacen("on_trial", "promoted", 1)).unwrap();
    assert!(
        directory
            .verify(&stage.scope)
            .unwrap_err()
            .message()
            .contains("step 2")
    );
    // Another scope sees nothing of it.
    assert_eq!(
        directory.verify(&Scope::new("home/ben").unwrap()).unwrap(),
        []
    );
}
