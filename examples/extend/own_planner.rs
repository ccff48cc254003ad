//! Your own planner: a goal that is the name of a tool is planned as that tool; others go to the next planner.

use alma_core::{
    Action, Binding, Digest, Draft, Effect, Failure, Mission, MissionId, Offer, Planner, Progress,
    Result, Schema, Scope, Task, TaskName, ToolInfo, ToolName, reference::ReferencePlanner,
};
use async_trait::async_trait;

/// Plans goals that name a tool; the planner inside plans the rest.
#[derive(Debug)]
pub struct ByName<P>(pub P);

/// A plan of the tool that the goal names, if all that it needs was given.
fn named(mission: &Mission, offer: &Offer) -> Option<Draft> {
    let is_named = |tool: &&ToolInfo| tool.name.as_str() == mission.goal.trim();
    let tool = offer.tools.iter().find(is_named)?;
    let mut task = Task::new(TaskName::numbered(0), Action::Tool(tool.digest));
    for input in tool.input.required() {
        let value = mission.inputs.get(input)?;
        task = task.with(input, Binding::Value(value.clone()));
    }
    Some(Draft::new(vec![task], "the goal names the tool"))
}

#[async_trait]
impl<P: Planner> Planner for ByName<P> {
    async fn plan(&self, scope: &Scope, mission: &Mission, offer: &Offer) -> Result<Draft> {
        match named(mission, offer) {
            Some(draft) if draft.clone().check(offer).is_ok() => Ok(draft),
            _ => self.0.plan(scope, mission, offer).await,
        }
    }

    async fn repair(
        &self,
        scope: &Scope,
        progress: &Progress,
        failure: &Failure,
        offer: &Offer,
    ) -> Result<Draft> {
        self.0.repair(scope, progress, failure, offer).await
    }
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<()> {
    let text = Schema::of_type("string");
    let (name, takes) = (
        ToolName::new("weather")?,
        Schema::object([("city", text.clone())]),
    );
    let code = Digest::of(b"weather 1");
    let tool = ToolInfo::new(name, "", takes, text, Effect::None, vec![], code);
    let id = MissionId::from_bytes([1; 16]);
    let mission = Mission::new(id, "weather").with_input("city", "Porto");
    let (scope, offer) = (Scope::new("home/ana")?, Offer::tools(vec![tool]));
    assert!(
        ByName(ReferencePlanner)
            .plan(&scope, &mission, &offer)
            .await?
            .check(&offer)
            .is_ok()
    );
    Ok(())
}
