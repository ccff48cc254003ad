//! What a plan may use: the tools that are permitted now, the kinds that workers run, and past cases.

use super::Driver;
use crate::{Case, Mission, Offer, Query, RecordKind, Result, Scope, Trust, tool::active};

/// How many past missions a planner is shown.
const CASES: usize = 5;

impl Driver {
    /// All that a plan for `mission` may use.
    pub(super) async fn offer(&self, scope: &Scope, mission: &Mission) -> Result<Offer> {
        let mut offer = Offer {
            tools: Vec::new(),
            kinds: self.kinds.clone(),
            cases: Vec::new(),
            max_tasks: mission.max_tasks,
            trust: mission.trust,
        };
        if let Some(tools) = &self.tools {
            let permitted = |tool: &crate::ToolInfo| {
                self.policy
                    .grant(scope, tool, mission.trust)
                    .lacks(tool)
                    .is_empty()
            };
            offer.tools = active(&**tools, scope)
                .await?
                .into_iter()
                .filter(permitted)
                .collect();
        }
        if let Some(memory) = &self.memory {
            let query = Query::text(&mission.goal)
                .with_kinds(vec![RecordKind::Case])
                .with_k(CASES);
            let found = memory.recall(scope, &query).await?;
            // A case that a newer version wrote, or that lost its plan, teaches nothing and does no harm.
            // One that came from outside is text, and text chooses no tool.
            offer.cases = found
                .hits
                .iter()
                .filter(|hit| hit.record.trust > Trust::External)
                .filter_map(|hit| Case::from_record(&hit.record).ok())
                .collect();
        }
        Ok(offer.to(mission.trust).into_owned())
    }
}
