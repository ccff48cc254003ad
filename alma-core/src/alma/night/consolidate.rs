//! Step two: topics and summaries.

use super::{
    NightOrder, NightStep, StepReport, TopicNote,
    run::Done,
    stream::{CONSOLIDATED, Night, STREAM},
};
use crate::{Consolidate, Result, alma::Handle};

impl Handle {
    pub(super) async fn consolidate_all(
        &self,
        order: &NightOrder,
        night: &mut Night,
    ) -> Result<Done> {
        let mut report = StepReport::new(NightStep::Consolidate);
        if self.parts.memory.is_none() {
            report.skip("there is no memory");
            return Ok((report, Vec::new()));
        }
        let consolidate =
            Consolidate::new(format!("{STREAM}{}", order.key)).with_min_topic(order.min_topic);
        let made = self
            .memory()?
            .consolidate(&self.scope, &consolidate)
            .await?;
        // Apart from the report: that is forgotten with any one of the summaries that it speaks of.
        if night.consolidated != Some(made.id) {
            self.write_night(night, CONSOLIDATED, &made.id, Vec::new())
                .await?;
        }
        report.tally = made.tally;
        if made.tally.skipped > 0 {
            report
                .skipped
                .push(format!("{} records belong to no topic", made.tally.skipped));
        }
        report.consolidation = Some(made.id);
        let sources = made.topics.iter().map(|topic| topic.summary).collect();
        report.topics = made
            .topics
            .into_iter()
            .map(|topic| TopicNote {
                topic: topic.id,
                label: topic.label,
                size: topic.members.len() as u64,
                change: topic.change,
            })
            .collect();
        Ok((report, sources))
    }
}
