//! What a plan may use: the tools that are permitted now, the kinds that workers run, and past cases.

use std::collections::BTreeMap;

use super::Driver;
use crate::{
    Action, Case, Digest, Mission, MissionId, Offer, Plan, Query, RecordId, RecordKind, Result,
    Scope, Trust, tool::active,
};

/// How many past missions a planner is shown.
const CASES: usize = 5;

/// Which records stand behind what is offered.
#[derive(Debug, Default)]
pub(super) struct MadeOf {
    tools: BTreeMap<Digest, Vec<RecordId>>,
    cases: BTreeMap<MissionId, RecordId>,
}

impl MadeOf {
    /// The records behind what a plan uses.
    pub(super) fn of(&self, plan: &Plan) -> Vec<RecordId> {
        let tools = plan.tasks().iter().filter_map(|task| match &task.action {
            Action::Tool(tool) => self.tools.get(tool),
            Action::Job(_) => None,
        });
        let case = plan.follows().and_then(|mission| self.cases.get(&mission));
        tools.flatten().chain(case).copied().collect()
    }
}

impl Driver {
    /// All that a plan for `mission` may use, and what it was made of.
    pub(super) async fn offer(&self, scope: &Scope, mission: &Mission) -> Result<(Offer, MadeOf)> {
        let mut made_of = MadeOf::default();
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
            for tool in active(&**tools, scope).await? {
                if permitted(&tool.info) {
                    made_of.tools.insert(tool.info.digest, tool.sources);
                    offer.tools.push(tool.info);
                }
            }
        }
        if let Some(memory) = &self.memory {
            let query = Query::text(&mission.goal)
                .with_kinds(vec![RecordKind::Case])
                .with_k(CASES);
            let found = memory.recall(scope, &query).await?;
            // A case that a newer version wrote, or that lost its plan, teaches nothing and does no harm.
            // One that came from outside is text, and text chooses no tool.
            for hit in found.hits {
                if hit.record.trust > Trust::External
                    && let Ok(case) = Case::from_record(&hit.record)
                {
                    made_of.cases.insert(case.mission, hit.record.id);
                    offer.cases.push(case);
                }
            }
        }
        Ok((offer.to(mission.trust).into_owned(), made_of))
    }
}
