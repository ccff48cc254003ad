//! Step five: finished missions become cases, so that the next plan starts from what worked.

use super::{NightStep, StepReport, run::Done, stream::Span};
use crate::{Case, ErrorKind, MissionStatus, RecordId, Result, Trust, alma::Handle};

impl Handle {
    pub(super) async fn feed_back(&self, span: &Span) -> Result<Done> {
        let mut report = StepReport::new(NightStep::FeedBack);
        let (Ok(driver), Ok(memory)) = (self.driver(), self.memory()) else {
            report.skip("there is no memory, planner, ledger or executor");
            return Ok((report, Vec::new()));
        };
        let said = self.said().await?;
        let mut sources: Vec<RecordId> = Vec::new();
        // What was said of an older mission makes its case anew.
        let is_meant =
            |id, time| span.holds(time) || said.get(&id).is_some_and(|said| span.holds(said.at));
        for mission in driver.missions_of(&self.scope, is_meant).await? {
            report.tally.input += 1;
            let id = mission.mission.id;
            let (Some(plan), true) = (&mission.plan, mission.status.is_final()) else {
                report.skip(format!("mission {id} has not ended or has no plan"));
                continue;
            };
            let succeeded = mission.status == MissionStatus::Done;
            let mut case = Case::new(id, &mission.mission.goal, plan.to_draft(), succeeded);
            if let Some(said) = said.get(&id) {
                case.feedback = said.last;
                case.words = said.words;
            }
            let stand_in = id.stand_in();
            let made_of = mission.sources.iter().copied();
            let made_of = made_of.filter(|source| *source != stand_in).collect();
            // A plan for words from outside is no plan for the owner's.
            let observation = case
                .to_observation(made_of)?
                .with_trust(Trust::derived([mission.mission.trust]));
            if observation.check().is_err() {
                report.skip(format!("the goal of mission {id} is too long for a case"));
                continue;
            }
            match memory.remember(&self.scope, vec![observation]).await {
                // Before a crash it was remembered, and then forgotten.
                Err(error) if error.kind() == ErrorKind::Gone => {
                    report.skip(format!("the case of mission {id} was forgotten"));
                    continue;
                }
                kept => drop(kept?),
            }
            sources.extend(&mission.sources);
            report.cases.push(id);
            report.tally.output += 1;
        }
        Ok((report, sources))
    }
}
