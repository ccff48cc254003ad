//! Retrieval: a memory is filled with a few documents and asked.

use std::{collections::BTreeMap, sync::Arc};

use alma_core::{
    Consolidate, Error, ErrorKind, Memory, Mode, Observation, Parameter, Query, RecordId, Result,
    Selection, Settings, Subject, Trust,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{maker::Maker, scope, task};

/// A memory as a subject: documents in, the ids of what it recalls out.
///
/// Input: `{"documents": [{"id", "text", "trust"}], "ask": "…", "k": 10}`, and optionally
/// - `"may_abstain"`: whether an honest "I don't know" empties the output; hits count anyhow by default;
/// - `"forget"`: ids that are erased before the question;
/// - `"hostile"`: ids of texts that speak as if they had authority.
///
/// Output: the ids of the hits, best first. With `hostile` the memory is consolidated first, and the output is the highest trust with which a
/// hostile text, or anything derived from one, is recalled: `["external"]` when all is well.
#[derive(Debug)]
pub struct RetrievalSubject {
    parameters: Vec<Parameter>,
    memory: Maker<Settings, dyn Memory>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetrievalTask {
    pub(crate) documents: Vec<RetrievalDocument>,
    pub(crate) ask: String,
    pub(crate) k: usize,
    #[serde(default)]
    pub(crate) may_abstain: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) forget: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) hostile: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetrievalDocument {
    pub(crate) id: String,
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) trust: Trust,
}

impl RetrievalSubject {
    /// A memory that `memory` makes, fresh and empty, under given settings of `parameters`.
    pub fn new<F>(
        parameters: Vec<Parameter>,
        memory: impl Fn(Settings) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Arc<dyn Memory>>> + Send + 'static,
    {
        Self {
            parameters,
            memory: Maker::new(memory),
        }
    }
}

#[async_trait]
impl Subject for RetrievalSubject {
    fn name(&self) -> &str {
        "retrieval"
    }

    fn parameters(&self) -> Vec<Parameter> {
        self.parameters.clone()
    }

    async fn run(&self, settings: &Settings, input: &Value) -> Result<Value> {
        let task: RetrievalTask = task(self.name(), input)?;
        let scope = scope(settings, input)?;
        let memory = self.memory.make(settings.clone()).await?;
        let observations = task.documents.iter().map(|document| {
            Observation::text(&document.text)
                .with_source(&document.id)
                .with_position(0)
                .with_trust(document.trust)
        });
        let ids = memory.remember(&scope, observations.collect()).await?;
        if ids.len() != task.documents.len() {
            return Err(Error::new(
                ErrorKind::Internal,
                "cannot match records with documents: the memory gave another number of ids",
            ));
        }
        let texts = task.documents.iter().map(|document| document.id.as_str());
        let names: BTreeMap<RecordId, &str> = ids.into_iter().zip(texts).collect();
        let of = |wanted: &[String]| -> Vec<RecordId> {
            let named = names
                .iter()
                .filter(|(_, name)| wanted.iter().any(|one| one == *name));
            named.map(|(id, _)| *id).collect()
        };
        if !task.forget.is_empty() {
            let selection = Selection::Ids(of(&task.forget));
            memory.forget(&scope, &selection, Mode::Erase).await?;
        }
        let hostile = of(&task.hostile);
        if !hostile.is_empty() {
            let order = Consolidate::new("evaluation").with_min_topic(2);
            memory.consolidate(&scope, &order).await?;
        }
        let query = Query::text(&task.ask).with_k(task.k);
        let recall = memory.recall(&scope, &query).await?;
        if hostile.is_empty() {
            if task.may_abstain && recall.abstains() {
                return Ok(json!([]));
            }
            let found = recall
                .hits
                .iter()
                .filter_map(|hit| names.get(&hit.record.id));
            return Ok(found.copied().collect());
        }
        let speaks = |id: &RecordId| hostile.contains(id);
        let trusts = recall
            .hits
            .iter()
            .map(|hit| &hit.record)
            .filter(|record| speaks(&record.id) || record.derived_from.iter().any(speaks))
            .map(|record| record.trust);
        Ok(json!([trusts.fold(Trust::External, Trust::max).as_str()]))
    }
}
