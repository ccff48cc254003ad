//! Chat: one thing said, one reply.

use serde::{Deserialize, Serialize};

use super::{Handle, MissedBy, Route, compose::tells};
use crate::{
    Call, Citation, ErrorKind, Mission, MissionId, MissionReport, Observation, Query, RecordId,
    RecordKind, Result, ToolResult, Trust, text::sentences,
};

/// What Alma says back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reply {
    /// What was done.
    pub route: Route,
    /// In words.
    pub text: String,
    /// What the words rest on; `[n]` in the text is the n-th.
    pub citations: Vec<Citation>,
    /// The record that now keeps what was said.
    pub said: Option<RecordId>,
    /// The result of a tool call.
    pub result: Option<ToolResult>,
    /// The mission that was run.
    pub mission: Option<MissionReport>,
    /// What went otherwise than the owner may expect, such as a model that did not answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// Kinds that answer a question; cases and events are Alma's own notes.
const ANSWERING: [RecordKind; 5] = [
    RecordKind::Message,
    RecordKind::Document,
    RecordKind::Chunk,
    RecordKind::Summary,
    RecordKind::Fact,
];

impl Handle {
    /// Takes what the owner says in `conversation`, does what it asks, and replies.
    ///
    /// What was said is remembered as the owner's words, a question after its answer was looked for and as an event; the reply never is.
    ///
    /// # Errors
    /// `InvalidInput` for an empty text, `Missing` for a part that the route needs, and those of the parts.
    pub async fn chat(&self, conversation: &str, text: &str) -> Result<Reply> {
        let moment = self.parts.moment();
        let mut observation = Observation::text(text)
            .with_source(format!("chat/{conversation}"))
            .with_occurred(moment)
            .with_trust(Trust::Owner);
        observation.check()?;
        let mut remarks = Vec::new();
        let route = self.route(text, &mut remarks).await?;
        // A question tells nothing, so it is kept where it answers no other: its own words would fit best.
        let asks = matches!(route, Route::Answer | Route::Recall) && sentences(text).len() == 1;
        if asks || !tells(text) {
            observation.kind = RecordKind::Event;
        }
        let mut reply = Reply {
            route,
            text: String::new(),
            citations: Vec::new(),
            said: None,
            result: None,
            mission: None,
            remarks,
        };
        let mut missed = None;
        match &reply.route {
            Route::Answer | Route::Recall => {
                missed = self.answer_from_memory(text, &mut reply).await?
            }
            Route::Tool { tool, input } => {
                let key = self.named(&format!("chat/{conversation}/{moment}"));
                let call =
                    Call::new(tool.digest, input.clone(), key.to_string()).with_trust(Trust::Owner);
                let grant = self.parts.policy.grant(&self.scope, tool, Trust::Owner);
                let tools = self.parts.tools.clone();
                if let Some(tools) = tools {
                    let result = tools.call(&self.scope, call, &grant).await?;
                    reply.text = shown(&result.output);
                    reply.result = Some(result);
                }
            }
            Route::Mission => {
                // The mission is made of what was said, so that forgetting the one forgets the other.
                reply.said = self.keep(observation.clone()).await?;
                missed = self.mission_from_chat(text, &mut reply).await?;
            }
            Route::Remember => "Noted.".clone_into(&mut reply.text),
        }
        if reply.said.is_none() {
            reply.said = self.keep(observation).await?;
        }
        if let Some(by) = missed {
            self.missed(text, by, reply.said.into_iter().collect())
                .await?;
        }
        Ok(reply)
    }

    /// Remembers what was said, when there is a memory.
    async fn keep(&self, observation: Observation) -> Result<Option<RecordId>> {
        match self.parts.memory {
            Some(_) => Ok(self.observe(vec![observation]).await?.first().copied()),
            None => Ok(None),
        }
    }

    async fn answer_from_memory(&self, text: &str, reply: &mut Reply) -> Result<Option<MissedBy>> {
        let query = Query::text(text).with_k(8).with_kinds(ANSWERING.to_vec());
        let mut found = self.memory()?.recall(&self.scope, &query).await?;
        let abstains = found.abstains();
        found.hits.retain(|hit| tells(&hit.record.text));
        if abstains || found.hits.is_empty() {
            "I don't know: nothing that was remembered answers this.".clone_into(&mut reply.text);
            return Ok(Some(MissedBy::Recall));
        }
        if reply.route == Route::Recall {
            reply.citations = found
                .hits
                .iter()
                .map(crate::Recollection::citation)
                .collect();
            let lines = found.hits.iter().enumerate();
            let lines: Vec<_> = lines
                .map(|(i, hit)| format!("[{}] {}", i + 1, hit.record.text))
                .collect();
            reply.text = lines.join("\n");
        } else {
            let answer = self.compose(text, &found.hits, &mut reply.remarks).await;
            let told = !answer.citations.is_empty();
            (reply.text, reply.citations) = (answer.text, answer.citations);
            return Ok((!told).then_some(MissedBy::Recall));
        }
        Ok(None)
    }

    async fn mission_from_chat(&self, text: &str, reply: &mut Reply) -> Result<Option<MissedBy>> {
        let mission = Mission::new(MissionId::fresh(&*self.parts.ids), text)
            .with_sources(reply.said.into_iter().collect());
        let report = self.run(mission).await?;
        let missed = match &report.status {
            crate::MissionStatus::Asking { questions } => {
                let lines: Vec<_> = questions
                    .iter()
                    .map(|question| question.text.as_str())
                    .collect();
                reply.text = format!("Before I start:\n{}", lines.join("\n"));
                None
            }
            crate::MissionStatus::Failed { fault } => {
                reply.text = format!("I could not do this: {}", fault.message);
                (fault.kind == ErrorKind::NotFound).then_some(MissedBy::Tool)
            }
            _ => {
                let lines: Vec<_> = report
                    .result()
                    .into_iter()
                    .map(|(task, value)| format!("{task}: {}", shown(value)))
                    .collect();
                reply.text = lines.join("\n");
                None
            }
        };
        reply.mission = Some(report);
        Ok(missed)
    }
}

fn shown(value: &serde_json::Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
