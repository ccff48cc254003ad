//! The watch after a promotion: what was active before runs beside what is active now.

use std::{collections::BTreeSet, sync::Arc};

use alma_core::{Proposal, Refusal, Result, Scope, Subject, Verdict};
use serde::{Deserialize, Serialize};

use super::{GatedEvaluator, cases, judge::refuse, numbers::of_watch, run::Arms};
use crate::{Bench, Enrolment, Entry, Night, Watch};

/// What one night after a promotion gave.
#[derive(Serialize, Deserialize)]
struct WatchNight {
    night: Night,
    watch: Watch,
    /// Groups of the pool that were drawn, by number.
    drawn: BTreeSet<u64>,
}

impl GatedEvaluator {
    /// Runs tonight's pairs of a promotion, the version before against the active one.
    pub(super) async fn watch(
        &self,
        scope: &Scope,
        subject: &Arc<dyn Subject>,
        bench: &Bench,
        proposal: &Proposal,
        enrolment: &Enrolment,
        since: Night,
    ) -> Result<Verdict> {
        let before = self.generations.find(scope, &enrolment.incumbent).await?;
        let before = before.of(&proposal.subject);
        let stream = format!("gate/watch/{}", enrolment.trial);
        let mut nights: Vec<WatchNight> = self.books.notes(scope, &stream).await?;
        let tonight = self.night();
        let last = nights.last().map_or(since, |last| last.night);
        let over = tonight.saturating_sub(since) >= enrolment.rules.max_nights;
        if tonight > last && !over {
            let trial = self.evidence(scope, enrolment).await?.0;
            let drawn = trial
                .iter()
                .map(|night| &night.drawn)
                .chain(nights.iter().map(|night| &night.drawn));
            let used = drawn.flatten().copied().collect();
            let pool = self.pool(scope, bench).await?;
            let fresh = cases::fresh(bench, &pool, &self.salt, enrolment, tonight, &used);
            let old = Arms {
                subject,
                ours: &before,
                theirs: &proposal.candidate,
            };
            let new = Arms {
                subject,
                ours: &proposal.candidate,
                theirs: &before,
            };
            let mut watch = Watch::over(enrolment.trial)?;
            for difference in old.observe(bench, &fresh.groups).await?.differences {
                watch.observe(difference, 1)?;
            }
            for (attack, what) in new.attack(bench, &fresh.attacks).await? {
                watch.fail(attack, what);
            }
            let note = WatchNight {
                night: tonight,
                watch,
                drawn: fresh.drawn,
            };
            self.books.note(scope, &stream, nights.len(), &note).await?;
            nights = self.books.notes(scope, &stream).await?;
        }
        let mut watch = Watch::over(enrolment.trial)?;
        for night in &nights {
            watch.merge(&night.watch)?;
        }
        let back = watch.must_return(&enrolment.rules);
        let numbers = of_watch(&watch, tonight, back.as_deref());
        let Some(why) = back else {
            return Ok(Verdict::NotEnoughEvidence { evidence: numbers });
        };
        let entry = Entry::RolledBack {
            trial: enrolment.trial,
            night: tonight,
            why: why.clone(),
        };
        self.books.book(scope, |_| Ok(vec![entry.clone()])).await?;
        Ok(refuse(Refusal::Regressed(why), numbers))
    }
}
