//! Proposing: a guided search with successive halving, on cases that the gate never uses.

use std::{collections::BTreeSet, sync::Arc};

use alma_core::{
    Amount, Budget, Digest, ErrorKind, Proposal, Result, Scope, Settings, Subject, SuiteCase,
};

use super::{GatedEvaluator, cases, judge::candidate_digest, run::score};
use crate::{Account, Bench, Night, Tpe};

/// How many examples a candidate sees on each rung; the best third goes on to the next.
const RUNGS: [usize; 3] = [20, 60, 180];
/// How many candidates begin, at most.
const CANDIDATES: usize = 27;
/// Enrolments in the last 30 nights from which on searching waits: a year's account should last a year.
const MONTH: Night = 30;

impl GatedEvaluator {
    pub(super) async fn search(
        &self,
        scope: &Scope,
        subject: &Arc<dyn Subject>,
        budget: &Budget,
    ) -> Result<Vec<Proposal>> {
        let bench = self.bench(subject)?;
        let active = self.generations.active(scope).await?;
        let account = self.books.account(scope).await?;
        let night = self.night();
        let parameters = subject.parameters();
        let seed = Digest::of_parts(&[
            b"propose",
            subject.name().as_bytes(),
            active.digest().as_bytes(),
            &night.to_le_bytes(),
        ]);
        let mut tpe = Tpe::new(&parameters, &seed);
        if tpe.is_empty() || !self.has_room(&account, night) {
            return Ok(Vec::new());
        }
        let Some((candidates, rungs)) = plan(budget.left().calls) else {
            return Ok(Vec::new());
        };
        let incumbent = active.of(subject.name());
        let pool = self.pool(scope, bench).await?;
        let examples = cases::for_search(bench, &pool, &self.salt, &seed, rungs[rungs.len() - 1]);
        let mut race = Race {
            subject,
            bench,
            budget,
            examples: &examples,
            incumbent: &incumbent,
            baseline: Vec::new(),
        };
        let mut field: Vec<Runner> = Vec::new();
        let mut seen = BTreeSet::from([incumbent.digest()]);
        for _ in 0..candidates {
            let mut settings = incumbent.clone();
            settings.0.extend(tpe.ask().0);
            if !seen.insert(settings.digest()) {
                continue;
            }
            let mut runner = Runner::new(settings);
            if !race.run(&mut runner, rungs[0]).await? {
                break;
            }
            tpe.tell(&runner.settings, runner.mean());
            field.push(runner);
        }
        for examples in &rungs[1..] {
            best_first(&mut field);
            field.truncate(field.len().div_ceil(3));
            for runner in &mut field {
                if !race.run(runner, *examples).await? {
                    break;
                }
            }
        }
        // Who saw more examples stands above who saw fewer, whatever the means.
        field.sort_by_key(|runner| std::cmp::Reverse(runner.differences.len()));
        let most = field.first().map_or(0, |runner| runner.differences.len());
        field.retain(|runner| runner.differences.len() == most);
        best_first(&mut field);
        let proposals = field
            .into_iter()
            .take(1)
            .filter(|best| best.mean() > self.rules.min_gain)
            .map(|best| {
                let hypothesis = format!(
                    "{} points more on {} examples that were kept for the search",
                    (best.mean() * 1_000.0).round() / 10.0,
                    best.differences.len()
                );
                Proposal::new(
                    subject.name(),
                    active.digest(),
                    incumbent.clone(),
                    best.settings,
                    hypothesis,
                    "search",
                    self.clock.now(),
                )
            });
        let fresh = |proposal: &Proposal| {
            let candidate = candidate_digest(proposal);
            !account
                .trials()
                .any(|(held, _)| held.candidate == candidate && held.incumbent == proposal.parent)
        };
        let proposals: Vec<Proposal> = proposals.filter(fresh).collect();
        if let Some(directory) = &self.proposals {
            for proposal in &proposals {
                directory.record_draft(scope, proposal, self.clock.now())?;
            }
        }
        Ok(proposals)
    }

    /// Whether a proposal of tonight could be tried without using up the year too early.
    fn has_room(&self, account: &Account, night: Night) -> bool {
        let recent = account
            .trials()
            .filter(|(held, _)| held.night.saturating_add(MONTH) > night);
        let share = (self.rules.per_year as usize * MONTH as usize).div_ceil(365);
        recent.count() < share.max(self.rules.max_trials as usize)
            && account.open().count() < self.rules.max_trials as usize
    }
}

/// How many candidates a number of runs pays for, on which rungs; the incumbent runs on each example once.
fn plan(runs: u64) -> Option<(usize, [usize; 3])> {
    let cost = |n: usize, rungs: [usize; 3]| {
        let second = n.div_ceil(3);
        let third = second.div_ceil(3);
        let more = [
            n * rungs[0],
            second * (rungs[1] - rungs[0]),
            third * (rungs[2] - rungs[1]),
        ];
        (more.iter().sum::<usize>() + rungs[2]) as u64
    };
    let full = (9..=CANDIDATES).rev().map(|n| (n, RUNGS));
    // Too little for that: fewer examples, then fewer candidates, down to what says anything at all.
    let fewer = |n: usize, least: std::ops::Range<usize>| {
        least
            .rev()
            .map(move |least| (n, [least, 3 * least, 9 * least]))
    };
    full.chain(fewer(9, 4..RUNGS[0]))
        .chain(fewer(3, 2..RUNGS[0]))
        .find(|(n, rungs)| cost(*n, *rungs) <= runs)
}

/// A candidate and how it did so far.
struct Runner {
    settings: Settings,
    differences: Vec<f64>,
}

impl Runner {
    const fn new(settings: Settings) -> Self {
        Self {
            settings,
            differences: Vec::new(),
        }
    }

    /// The mean gain over the incumbent.
    fn mean(&self) -> f64 {
        let count = self.differences.len().max(1) as f64;
        self.differences.iter().sum::<f64>() / count
    }
}

fn best_first(field: &mut [Runner]) {
    field.sort_by(|a, b| b.mean().total_cmp(&a.mean()));
}

/// The incumbent beside candidates, each run paid for first.
struct Race<'a> {
    subject: &'a Arc<dyn Subject>,
    bench: &'a Bench,
    budget: &'a Budget,
    examples: &'a [SuiteCase],
    incumbent: &'a Settings,
    baseline: Vec<f64>,
}

impl Race<'_> {
    /// Brings a candidate up to `upto` examples; false when the budget ended before.
    async fn run(&mut self, runner: &mut Runner, upto: usize) -> Result<bool> {
        for i in runner.differences.len()..upto.min(self.examples.len()) {
            if i >= self.baseline.len() {
                match self.score(self.incumbent, i).await? {
                    Some(score) => self.baseline.push(score),
                    None => return Ok(false),
                }
            }
            match self.score(&runner.settings, i).await? {
                Some(score) => runner.differences.push(score - self.baseline[i]),
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    async fn score(&self, settings: &Settings, i: usize) -> Result<Option<f64>> {
        let one = Amount::calls(1);
        let reserved = match self.budget.reserve(one) {
            Err(error) if error.kind() == ErrorKind::BudgetExceeded => return Ok(None),
            reserved => reserved?,
        };
        let case = &self.examples[i];
        let output = self.subject.run(settings, &case.input).await;
        reserved.settle(one);
        match output {
            // The engine is away: nothing that is found now would mean anything.
            Err(error) if error.is_transient() => Err(error),
            output => Ok(Some(score(self.bench.metric(), case, output.as_ref().ok()))),
        }
    }
}
