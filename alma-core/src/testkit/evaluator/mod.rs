//! The suite of every evaluator.

mod data;
mod gate;
mod hygiene;
mod student;

use std::{sync::Arc, time::Duration};

use super::{ManualClock, ana, clause::Clause as _};
use crate::{
    Evaluator, Generations, Ledger, Proposal, Refusal, Scope, Settings, Subject, Suite, Verdict,
    reference::ReferenceLedger,
};
use student::Student;

/// What an evaluator is made of for the suite.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EvaluatorParts {
    /// Where the generations are kept, and the evaluator's own books if it has some.
    pub ledger: Arc<dyn Ledger>,
    /// The time: a night is a day on it.
    pub clock: Arc<ManualClock>,
    /// Whose cases `suite` holds.
    pub scope: Scope,
    /// The subject that `suite` is for.
    pub subject: String,
    /// The cases to search and to judge on; some were made of records.
    pub suite: Suite,
}

/// Holds an evaluator against every clause of [`Evaluator`].
///
/// `fresh` makes one that searches and judges on the cases of the parts, in their scope alone;
/// it is called once or more a clause. The suite advances the clock by a day from one
/// judgement to the next, and gives up on a promotion that takes more than 40 of them.
///
/// # Panics
/// When a clause is broken, with a message that names it.
pub async fn evaluator<E: Evaluator>(fresh: impl AsyncFn(EvaluatorParts) -> E) {
    let stage = async |student: Student| Stage::new(student, &fresh).await;
    data::scores_every_case(&stage(Student::default()).await).await;
    data::uses_the_active_settings(&stage(Student::default()).await).await;
    data::keeps_to_its_budget(&stage(Student::default()).await).await;
    data::proposes_what_is_better(&stage(Student::default()).await).await;
    data::proposes_nothing_without_a_gain(&stage(Student::indifferent()).await).await;
    let twins = [
        stage(Student::default()).await,
        stage(Student::default()).await,
    ];
    data::repeats(&twins).await;
    gate::promotes_a_gain(&stage(Student::default()).await).await;
    gate::bounds_its_error(&stage(Student::moody()).await).await;
    gate::holds_its_guards(&stage(Student::default()).await).await;
    gate::refuses_what_is_stale(&stage(Student::default()).await).await;
    gate::refuses_what_is_forbidden(&stage(Student::default()).await).await;
    gate::watches_what_it_promoted(&stage(Student::default()).await).await;
    hygiene::judges_on_what_was_never_searched(&stage(Student::default()).await).await;
    hygiene::keeps_scopes_apart(&stage(Student::default()).await).await;
    hygiene::erases(&stage(Student::default()).await).await;
}

/// An evaluator with its subject, in the middle of its time.
struct Stage<E> {
    evaluator: E,
    student: Arc<Student>,
    subject: Arc<dyn Subject>,
    parts: EvaluatorParts,
    generations: Generations,
}

impl<E: Evaluator> Stage<E> {
    async fn new(student: Student, fresh: &impl AsyncFn(EvaluatorParts) -> E) -> Self {
        let clock = Arc::new(ManualClock::default());
        let ledger: Arc<dyn Ledger> = Arc::new(ReferenceLedger::new(clock.clone()));
        let student = Arc::new(student);
        let parts = EvaluatorParts {
            ledger: Arc::clone(&ledger),
            clock,
            scope: ana(),
            subject: student.name().to_owned(),
            suite: student::suite(),
        };
        Self {
            evaluator: fresh(parts.clone()).await,
            subject: student.clone(),
            student,
            parts,
            generations: Generations::new(ledger),
        }
    }

    /// A change of the student's settings that starts from what is active.
    async fn proposal(&self, candidate: Settings) -> Proposal {
        let active = self.generations.active(&self.parts.scope).await;
        let active = active.must("Generations: the active one is read");
        Proposal::new(
            self.subject.name(),
            active.digest(),
            active.of(self.subject.name()),
            candidate,
            "it may be better",
            "owner",
            crate::Clock::now(&*self.parts.clock),
        )
    }

    /// A change of one setting.
    async fn change(&self, name: &str, value: f64) -> Proposal {
        self.proposal(Settings::default().with(name, value)).await
    }

    async fn judge(&self, proposal: &Proposal) -> Verdict {
        let verdict = self
            .evaluator
            .judge(&self.parts.scope, &self.subject, proposal);
        verdict.await.must("Evaluator: a proposal is judged")
    }

    /// Judges day by day until something is decided, at most so many times.
    async fn decide(&self, proposal: &Proposal, days: u32) -> Verdict {
        let mut verdict = self.judge(proposal).await;
        for _ in 1..days {
            if !matches!(verdict, Verdict::NotEnoughEvidence { .. }) {
                break;
            }
            self.next_day();
            verdict = self.judge(proposal).await;
        }
        verdict
    }

    fn next_day(&self) {
        self.parts.clock.advance(Duration::from_secs(86_400));
    }
}

/// Why a verdict refuses; none when it does not.
fn refusal(verdict: &Verdict) -> Option<&Refusal> {
    match verdict {
        Verdict::Refuse { reason, .. } => Some(reason),
        _ => None,
    }
}
