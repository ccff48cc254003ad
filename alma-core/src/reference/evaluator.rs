//! The reference evaluator.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{
    ReferenceLedger, lock,
    wager::{Wager, needed},
};
use crate::{
    Amount, Budget, CaseScore, Clock, Digest, Domain, Erased, Erasure, ErrorKind, Evaluation,
    Evaluator, Fault, Generations, Ledger, Metric, Parameter, Proposal, ProposalId, RecordId,
    Refusal, Result, Scope, Settings, Subject, Suite, SuiteCase, SystemClock, Tally, Verdict,
};

/// How many fresh cases one judgement uses.
const PAIRS: usize = 50;
/// After so many judgements without a decision a proposal expires.
const NIGHTS: u32 = 60;

/// An evaluator in memory: nothing is kept beyond the process.
///
/// It splits the cases that it was given by group: even ones are for searching, odd ones for the
/// gate, which uses each case once. The chance that a scope ever promotes a change without
/// a gain is at most 5 %, whatever is proposed and however often one looks.
///
/// # Examples
/// ```
/// use alma_core::{Metric, Scope, Suite, reference::ReferenceEvaluator};
/// # fn example() -> alma_core::Result<()> {
/// let suite = Suite::new("retrieval", Metric::Exact, Vec::new());
/// let evaluator = ReferenceEvaluator::default().with_suite(&Scope::new("home/ana")?, "retrieval", suite);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ReferenceEvaluator {
    generations: Generations,
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<BTreeMap<Scope, Books>>>,
}

/// What one scope holds.
#[derive(Default)]
struct Books {
    suites: BTreeMap<String, Suite>,
    trials: BTreeMap<ProposalId, Trial>,
    /// Cases that the gate has used, by subject and id.
    used: BTreeSet<(String, String)>,
    gone: BTreeSet<RecordId>,
}

struct Trial {
    /// Its place among all trials of the scope, from 1.
    number: u64,
    wager: Wager,
    nights: u32,
    /// What was active before bets here, from the moment on at which the change is active.
    watch: Wager,
    /// The last word, once there is one.
    closed: Option<Verdict>,
}

/// What one judgement saw.
struct Seen {
    /// The scores of incumbent and candidate on each fresh case.
    pairs: Vec<(f64, f64)>,
    /// A guard that the incumbent passes and the candidate fails.
    broken: Option<String>,
}

impl ReferenceEvaluator {
    /// An evaluator without cases that finds the active generation in `ledger`.
    #[must_use]
    pub fn new(ledger: Arc<dyn Ledger>, clock: Arc<dyn Clock>) -> Self {
        Self {
            generations: Generations::new(ledger),
            clock,
            state: Arc::default(),
        }
    }

    /// Gives the cases on which a subject is searched and judged.
    #[must_use]
    pub fn with_suite(self, scope: &Scope, subject: impl Into<String>, mut suite: Suite) -> Self {
        let mut state = lock(&self.state);
        let books = state.entry(scope.clone()).or_default();
        suite
            .cases
            .retain(|case| !case.sources.iter().any(|id| books.gone.contains(id)));
        books.suites.insert(subject.into(), suite);
        drop(state);
        self
    }

    /// The metric and the cases of a subject; even groups for searching, odd ones for the gate.
    fn cases(&self, scope: &Scope, subject: &str, gate: bool) -> (Metric, Vec<SuiteCase>) {
        let state = lock(&self.state);
        let suite = state.get(scope).and_then(|books| books.suites.get(subject));
        let mine =
            |case: &&SuiteCase| (Digest::of(case.group.as_bytes()).number() % 2 == 1) == gate;
        suite.map_or((Metric::Exact, Vec::new()), |suite| {
            (
                suite.metric,
                suite.cases.iter().filter(mine).cloned().collect(),
            )
        })
    }

    /// Takes fresh cases out of the gate's share: no other judgement sees them.
    fn draw(&self, scope: &Scope, subject: &str) -> (Metric, Vec<SuiteCase>, Vec<SuiteCase>) {
        let (metric, cases) = self.cases(scope, subject, true);
        let (guards, plain): (Vec<_>, Vec<_>) = cases.into_iter().partition(|case| case.guard);
        let mut state = lock(&self.state);
        let used = &mut state.entry(scope.clone()).or_default().used;
        let fresh = plain
            .into_iter()
            .filter(|case| used.insert((subject.to_owned(), case.id.clone())))
            .take(PAIRS);
        (metric, guards, fresh.collect())
    }

    /// Runs both sides on fresh cases and on every guard.
    async fn try_out(
        &self,
        scope: &Scope,
        subject: &Arc<dyn Subject>,
        proposal: &Proposal,
    ) -> Seen {
        let (metric, guards, fresh) = self.draw(scope, subject.name());
        let mut seen = Seen {
            pairs: Vec::new(),
            broken: None,
        };
        for case in guards.iter().chain(&fresh) {
            let old = subject.run(&proposal.incumbent, &case.input).await;
            let new = subject.run(&proposal.candidate, &case.input).await;
            let (old, new) = (score(metric, case, &old), score(metric, case, &new));
            if !case.guard {
                seen.pairs.push((old, new));
            } else if old >= 1.0 && new < 1.0 && seen.broken.is_none() {
                seen.broken = Some(case.id.clone());
            }
        }
        seen
    }
}

impl Default for ReferenceEvaluator {
    fn default() -> Self {
        Self::new(Arc::new(ReferenceLedger::default()), Arc::new(SystemClock))
    }
}

impl fmt::Debug for ReferenceEvaluator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReferenceEvaluator").finish_non_exhaustive()
    }
}

#[async_trait]
impl Evaluator for ReferenceEvaluator {
    async fn evaluate(
        &self,
        scope: &Scope,
        subject: &Arc<dyn Subject>,
        suite: &Suite,
    ) -> Result<Evaluation> {
        let settings = self.generations.active(scope).await?.of(subject.name());
        let mut scores = Vec::with_capacity(suite.cases.len());
        for case in &suite.cases {
            let answer = subject.run(&settings, &case.input).await;
            let score = score(suite.metric, case, &answer);
            scores.push(CaseScore::new(
                &case.id,
                score,
                case.guard,
                answer.err().map(Fault::from),
            ));
        }
        let count = scores.len() as u64;
        let tally = Tally::new(count, count, 0);
        Ok(Evaluation::new(
            subject.name(),
            &suite.name,
            settings.digest(),
            scores,
            tally,
        ))
    }

    async fn propose(
        &self,
        scope: &Scope,
        subject: &Arc<dyn Subject>,
        budget: &Budget,
    ) -> Result<Vec<Proposal>> {
        let (metric, cases) = self.cases(scope, subject.name(), false);
        let active = self.generations.active(scope).await?;
        let incumbent = active.of(subject.name());
        let Some(base) = mean(subject, &incumbent, metric, &cases, budget).await? else {
            return Ok(Vec::new());
        };
        let mut best = (base, None);
        for parameter in subject.parameters() {
            for value in values(&parameter) {
                let candidate = incumbent.clone().with(&parameter.name, value);
                match mean(subject, &candidate, metric, &cases, budget).await? {
                    Some(mean) if mean > best.0 => best = (mean, Some(candidate)),
                    Some(_) => {}
                    None => break,
                }
            }
        }
        let (reached, candidate) = best;
        Ok(candidate
            .map(|candidate| {
                Proposal::new(
                    subject.name(),
                    active.digest(),
                    incumbent,
                    candidate,
                    format!("{reached:.3} instead of {base:.3} on the cases for searching"),
                    "search",
                    self.clock.now(),
                )
            })
            .into_iter()
            .collect())
    }

    async fn judge(
        &self,
        scope: &Scope,
        subject: &Arc<dyn Subject>,
        proposal: &Proposal,
    ) -> Result<Verdict> {
        let refuse = |reason| Verdict::Refuse {
            reason,
            evidence: Value::Null,
        };
        if proposal.subject != subject.name() {
            let why = format!("it is for {}", proposal.subject);
            return Ok(refuse(Refusal::Forbidden(why)));
        }
        if let Err(error) = proposal.candidate.check(&subject.parameters()) {
            return Ok(refuse(Refusal::Forbidden(error.message().to_owned())));
        }
        let active = self.generations.active(scope).await?;
        let last = self.generations.moves(scope).await?.pop();
        let watched = last.is_some_and(|(_, last)| last.because == Some(proposal.id));
        let fits =
            proposal.parent == active.digest() && proposal.incumbent == active.of(subject.name());
        if !watched && !fits {
            return Ok(refuse(Refusal::Stale));
        }
        let seen = self.try_out(scope, subject, proposal).await;
        let mut state = lock(&self.state);
        let trials = &mut state.entry(scope.clone()).or_default().trials;
        let number = trials.len() as u64 + 1;
        let trial = trials.entry(proposal.id).or_insert(Trial::new(number));
        Ok(if watched {
            trial.watch(seen)
        } else {
            trial.judge(seen)
        })
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        let mut state = lock(&self.state);
        let books = state.entry(scope.clone()).or_default();
        books.gone.extend(&what.records);
        let mut removed = 0;
        for suite in books.suites.values_mut() {
            let before = suite.cases.len();
            let hit = |case: &SuiteCase| case.sources.iter().any(|id| what.records.contains(id));
            suite.cases.retain(|case| !hit(case));
            removed += (before - suite.cases.len()) as u64;
        }
        Ok(Erased::done("evaluator", removed))
    }
}

impl Trial {
    const fn new(number: u64) -> Self {
        Self {
            number,
            wager: Wager::START,
            nights: 0,
            watch: Wager::START,
            closed: None,
        }
    }

    /// Adds what was seen of a change that is not active, and judges.
    fn judge(&mut self, seen: Seen) -> Verdict {
        if let Some(verdict) = &self.closed {
            return verdict.clone();
        }
        for (old, new) in seen.pairs {
            self.wager.see(old, new);
        }
        self.nights += 1;
        let evidence = evidence(self.wager, self.number);
        let refuse = |reason, evidence| Verdict::Refuse { reason, evidence };
        let verdict = match seen.broken {
            Some(case) => refuse(Refusal::Guard(case), evidence),
            None if self.wager.convinces(self.number) => Verdict::Promote { evidence },
            None if self.nights >= NIGHTS => refuse(Refusal::Expired, evidence),
            None => return Verdict::NotEnoughEvidence { evidence },
        };
        self.closed = Some(verdict.clone());
        verdict
    }

    /// Adds what was seen of a change that is active: what was active before bets against it.
    fn watch(&mut self, seen: Seen) -> Verdict {
        for (old, new) in seen.pairs {
            self.watch.see(new, old);
        }
        let evidence = evidence(self.watch, self.number);
        let why = match seen.broken {
            Some(case) => format!("the guard '{case}' fails"),
            None if self.watch.convinces(self.number) => "what was active before is better".into(),
            None => return Verdict::NotEnoughEvidence { evidence },
        };
        Verdict::Refuse {
            reason: Refusal::Regressed(why),
            evidence,
        }
    }
}

fn evidence(wager: Wager, trial: u64) -> Value {
    json!({ "trial": trial, "pairs": wager.pairs, "wealth": wager.wealth(), "needed": needed(trial) })
}

/// What an answer scores; nothing when the subject failed.
fn score(metric: Metric, case: &SuiteCase, answer: &Result<Value>) -> f64 {
    let score = |answer| metric.score(&case.expected, answer);
    answer.as_ref().map_or(0.0, score)
}

/// The mean score on `cases`; nothing when there are none or the budget cannot cover them.
async fn mean(
    subject: &Arc<dyn Subject>,
    settings: &Settings,
    metric: Metric,
    cases: &[SuiteCase],
    budget: &Budget,
) -> Result<Option<f64>> {
    let mut sum = 0.0;
    for case in cases {
        match budget.reserve(Amount::calls(1)) {
            Ok(reservation) => {
                let answer = subject.run(settings, &case.input).await;
                reservation.settle(Amount::calls(1));
                sum += score(metric, case, &answer);
            }
            Err(error) if error.kind() == ErrorKind::BudgetExceeded => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    Ok((!cases.is_empty()).then(|| sum / cases.len() as f64))
}

/// A few values of a parameter, spread over its domain.
fn values(parameter: &Parameter) -> Vec<Value> {
    match &parameter.domain {
        Domain::Real { least, most } => [0.0, 0.25, 0.5, 0.75, 1.0]
            .iter()
            .map(|at| (least + at * (most - least)).into())
            .collect(),
        Domain::Integer { least, most } => {
            let span = most.saturating_sub(*least);
            let mut all: Vec<i64> = (0..=4)
                .map(|at| least + span / 4 * at)
                .chain([*most])
                .collect();
            all.dedup();
            all.into_iter().map(Value::from).collect()
        }
        Domain::Choice(all) => all.iter().cloned().map(Value::from).collect(),
    }
}
