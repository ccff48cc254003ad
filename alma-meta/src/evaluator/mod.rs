//! The default evaluator: suites and worlds, a search, and the gate over a ledger.

mod books;
mod cases;
mod judge;
mod numbers;
mod propose;
mod run;
mod trial;
mod watch;

use std::{collections::BTreeMap, sync::Arc};

use alma_core::{
    Budget, CaseScore, Clock, Erased, Erasure, Error, ErrorKind, Evaluation, Evaluator, Fault,
    Generations, Ledger, Proposal, Result, Scope, Subject, Suite, SuiteCase, SystemClock, Tally,
    Verdict,
};
use async_trait::async_trait;

use crate::{Bench, Night, ProposalDir, Rules, Salt};
use books::Books;
pub(crate) use numbers::changes;

/// Evaluates, searches, and promotes nothing without fresh evidence.
///
/// Account, trials and cases live in the ledger: streams `gate/account`, `gate/trial/…`,
/// `gate/watch/…` and `gate/cases/…` of each scope. The chance that any change
/// without a gain is promoted within a rolling year is at most [`Rules::year_error`].
///
/// Any number of processes may judge at once: what was staked and seen is counted once.
#[derive(Clone, Debug)]
#[doc(alias = "Forty-Two")]
pub struct GatedEvaluator {
    books: Books,
    generations: Generations,
    clock: Arc<dyn Clock>,
    salt: Salt,
    rules: Rules,
    benches: Arc<BTreeMap<String, Bench>>,
    proposals: Option<ProposalDir>,
}

impl GatedEvaluator {
    /// An evaluator over the gate's books in `ledger`, with the usual rules and no bench yet.
    ///
    /// Keep the salt where nothing that proposes can read it, and keep it: another salt splits otherwise.
    pub fn new(ledger: impl Ledger, salt: Salt) -> Self {
        let ledger: Arc<dyn Ledger> = Arc::new(ledger);
        Self {
            books: Books::new(Arc::clone(&ledger)),
            generations: Generations::new(ledger),
            clock: Arc::new(SystemClock),
            salt,
            rules: Rules::default(),
            benches: Arc::default(),
            proposals: None,
        }
    }

    /// Sets the clock, which tells one night from the next.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the rules for trials that begin from now on; they are checked when one does.
    #[must_use]
    pub fn with_rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Adds what one kind of subject is tried on; replaces an earlier bench for it.
    #[must_use]
    pub fn with_bench(mut self, bench: Bench) -> Self {
        Arc::make_mut(&mut self.benches).insert(bench.subject().to_owned(), bench);
        self
    }

    /// Keeps each proposal with its reports in a directory.
    #[must_use]
    pub fn with_proposals(mut self, directory: ProposalDir) -> Self {
        self.proposals = Some(directory);
        self
    }

    /// The generations that proposals start from.
    #[must_use]
    pub const fn generations(&self) -> &Generations {
        &self.generations
    }

    /// Adds cases for a subject, such as finished missions; answers how many were not there before.
    ///
    /// Each is used on one side of the split only, decided by its group. Cases with
    /// sources are erased with them.
    ///
    /// # Errors
    /// `Gone` when a case was made of forgotten records; those of the ledger.
    pub async fn add_cases(
        &self,
        scope: &Scope,
        subject: &str,
        cases: &[SuiteCase],
    ) -> Result<u64> {
        self.books.add_cases(scope, subject, cases).await
    }

    /// Scores the active settings on cases that neither searching nor the gate ever sees; decides nothing.
    ///
    /// They are the audit's share of the pool and, where there is a world, as many of its examples as
    /// a night of the gate has. The same day gives the same cases.
    ///
    /// # Errors
    /// `Missing` when there is no bench for the subject; those of the ledger.
    pub async fn audit(&self, scope: &Scope, subject: &Arc<dyn Subject>) -> Result<Evaluation> {
        let bench = self.bench(subject)?;
        let pool = self.pool(scope, bench).await?;
        let examples = self.rules.pairs;
        let cases = cases::for_audit(bench, &pool, &self.salt, self.night(), examples);
        let suite = Suite::new("audit", bench.metric(), cases);
        self.evaluate(scope, subject, &suite).await
    }

    /// What a subject is tried on.
    fn bench(&self, subject: &Arc<dyn Subject>) -> Result<&Bench> {
        self.benches.get(subject.name()).ok_or_else(|| {
            Error::new(
                ErrorKind::Missing,
                format!("cannot try '{}': there is no bench for it", subject.name()),
            )
            .with_remedy("give the evaluator a world or a suite for this subject")
        })
    }

    /// The cases of the bench, and those that were added in this scope.
    async fn pool(&self, scope: &Scope, bench: &Bench) -> Result<Vec<SuiteCase>> {
        let mut pool = bench.cases().to_vec();
        pool.extend(self.books.cases(scope, bench.subject()).await?);
        Ok(pool)
    }

    fn night(&self) -> Night {
        let days = self.clock.now().as_millis().div_euclid(86_400_000);
        Night::try_from(days).unwrap_or(0)
    }
}

#[async_trait]
impl Evaluator for GatedEvaluator {
    async fn evaluate(
        &self,
        scope: &Scope,
        subject: &Arc<dyn Subject>,
        suite: &Suite,
    ) -> Result<Evaluation> {
        let settings = self.generations.active(scope).await?.of(subject.name());
        let mut scores = Vec::with_capacity(suite.cases.len());
        for case in &suite.cases {
            let output = subject.run(&settings, &case.input).await;
            let score = run::score(suite.metric, case, output.as_ref().ok());
            let fault = output.err().map(|error| Fault::from(&error));
            scores.push(CaseScore::new(&case.id, score, case.guard, fault));
        }
        let count = scores.len() as u64;
        tracing::debug!(
            subject = subject.name(),
            suite = suite.name,
            cases = count,
            "evaluated"
        );
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
        self.search(scope, subject, budget).await
    }

    async fn judge(
        &self,
        scope: &Scope,
        subject: &Arc<dyn Subject>,
        proposal: &Proposal,
    ) -> Result<Verdict> {
        let verdict = self.verdict_on(scope, subject, proposal).await?;
        if let Some(directory) = &self.proposals {
            directory.record_verdict(scope, proposal, &verdict, self.clock.now())?;
        }
        Ok(verdict)
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        let mut erased = self.books.ledger().erase(scope, what).await?;
        "evaluator".clone_into(&mut erased.component);
        Ok(erased)
    }
}
