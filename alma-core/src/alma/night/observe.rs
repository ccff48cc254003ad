//! Step one: what came in since the last night, and what was left half forgotten.

use super::{
    NightStep, StepReport,
    run::Done,
    stream::{Night, OBSERVING, Span},
};
use crate::{
    LedgerExt, Result,
    alma::{Handle, feedback, need},
};

impl Handle {
    pub(super) async fn look(&self, night: &mut Night, span: &Span) -> Result<Done> {
        let mut report = StepReport::new(NightStep::Observe);
        if self.parts.memory.is_some() && self.parts.executor.is_some() {
            // Written down first: a night that was cut off counts the same things again.
            let from = match &night.observing {
                Some(cursor) => cursor.clone(),
                None => {
                    let cursor = self.outcomes_taken().await?;
                    self.write_night(night, OBSERVING, &cursor, Vec::new())
                        .await?;
                    cursor
                }
            };
            report.tally = self.observe_outcomes_from(from).await?;
        }
        for receipt in self.complete_forgetting().await? {
            report.tally.input += 1;
            if receipt.is_erased() {
                report.tally.output += 1;
            } else {
                report.skip(format!("erasure {} is still pending", receipt.id));
            }
        }
        for prefix in ["mission/", need::STREAM, feedback::STREAM] {
            let streams = self.ledger()?.all_streams(&self.scope, prefix).await?;
            let touched = streams
                .iter()
                .filter(|info| span.began_before(info.updated));
            report.tally.input += touched.count() as u64;
        }
        Ok((report, Vec::new()))
    }
}
