//! Step three: what was asked and not found, what failed and why.

use std::collections::BTreeSet;

use super::{FailureNote, NeedNote, NightStep, StepReport, run::Done, stream::Span};
use crate::{
    MissionStatus, RecordId, Result,
    alma::{AskedNeed, Handle, MissedBy, need},
};

/// From here on two questions count as one.
const SAME: f64 = 0.5;

/// Needs that were asked in much the same words.
struct Group {
    words: BTreeSet<String>,
    need: AskedNeed,
    times: u64,
}

impl Handle {
    pub(super) async fn reflect(&self, span: &Span) -> Result<Done> {
        let mut report = StepReport::new(NightStep::Reflect);
        let mut sources: Vec<RecordId> = Vec::new();
        let mut groups: Vec<Group> = Vec::new();
        for entry in self.entries::<AskedNeed>(need::STREAM).await? {
            if !span.holds(entry.recorded) {
                continue;
            }
            report.tally.input += 1;
            sources.extend(entry.sources);
            let words = words(&entry.body.text);
            match groups.iter_mut().find(|group| {
                group.need.by == entry.body.by && overlap(&group.words, &words) >= SAME
            }) {
                Some(group) => group.times += 1,
                None => groups.push(Group {
                    words,
                    need: entry.body,
                    times: 1,
                }),
            }
        }
        groups.sort_by(|a, b| {
            b.times
                .cmp(&a.times)
                .then_with(|| a.need.text.cmp(&b.need.text))
        });
        report.needs = groups
            .into_iter()
            .map(|group| NeedNote {
                remedy: match group.need.by {
                    MissedBy::Recall => "remember something that tells it",
                    MissedBy::Tool => "forge a tool from examples",
                }
                .to_owned(),
                text: group.need.text,
                times: group.times,
            })
            .collect();
        match self.driver() {
            Err(error) => report.skip(error.message()),
            Ok(driver) => {
                for mission in driver
                    .missions_of(&self.scope, |_, time| span.holds(time))
                    .await?
                {
                    report.tally.input += 1;
                    if let MissionStatus::Failed { fault } = mission.status {
                        sources.extend(&mission.sources);
                        report.failures.push(FailureNote {
                            mission: mission.mission.id,
                            goal: mission.mission.goal,
                            fault,
                        });
                    }
                }
            }
        }
        report.tally.output = (report.needs.len() + report.failures.len()) as u64;
        Ok((report, sources))
    }
}

fn words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() > 3)
        .map(str::to_lowercase)
        .collect()
}

/// Jaccard similarity; two texts without words are the same.
fn overlap(a: &BTreeSet<String>, b: &BTreeSet<String>) -> f64 {
    let union = a.union(b).count();
    if union == 0 {
        return 1.0;
    }
    a.intersection(b).count() as f64 / union as f64
}
