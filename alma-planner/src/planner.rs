//! The default backend.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use alma_core::{
    Binding, Budget, Digest, Draft, Error, ErrorKind, Failure, LanguageModel, Mission, Offer,
    Planner, Progress, Question, Result, Scope,
};
use async_trait::async_trait;
use serde_json::Value;

use crate::{
    assemble::{assemble, coerce, schemas},
    case,
    graph::{Catalog, compose},
    model, repair,
    template::{Expanded, Template, expand},
};

/// Drafts plans from templates, past cases, a language model where there is one, and tool schemas.
///
/// The ways are tried in this order; the first whose draft passes the check is taken, and the
/// draft's reason names it and says why an earlier one was of no use. Without a model equal input
/// gives an equal draft, in a few milliseconds.
///
/// # Examples
/// ```
/// use alma_planner::{Run, Source, TaskPlanner, Template, TemplateStep};
/// let planner = TaskPlanner::new().with_template(
///     Template::new("greet", "greet")
///         .with_step(TemplateStep::new("hello", Run::Tool("hello".into()))),
/// )?;
/// # Ok::<(), alma_core::Error>(())
/// ```
#[derive(Debug, Default)]
#[doc(alias = "Moroni")]
pub struct TaskPlanner {
    templates: Vec<Template>,
    model: Option<Arc<dyn LanguageModel>>,
    budget: Option<Budget>,
    /// What was read of the last offer; offers seldom change between missions.
    catalog: Mutex<Option<(Digest, Arc<Catalog>)>>,
}

impl TaskPlanner {
    /// A planner without templates and without a model.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a template; of templates that serve a goal equally well the first added is tried first.
    ///
    /// # Errors
    /// `InvalidInput` when the template does not hold together.
    pub fn with_template(mut self, template: Template) -> Result<Self> {
        template.check()?;
        self.templates.push(template);
        Ok(self)
    }

    /// Lets a language model propose plans where no template and no case fits.
    #[must_use]
    pub fn with_model(mut self, model: Arc<dyn LanguageModel>) -> Self {
        self.model = Some(model);
        self
    }

    /// Bounds what the model may cost; without a budget only the number of rounds is bounded.
    #[must_use]
    pub fn with_budget(mut self, budget: Budget) -> Self {
        self.budget = Some(budget);
        self
    }

    /// The first way whose draft passes the check; `reasons` collects why others did not serve.
    async fn drafted(
        &self,
        mission: &Mission,
        offer: &Offer,
        reasons: &mut Vec<String>,
    ) -> Result<Draft> {
        let most = most(mission, offer);
        match expand(&self.templates, mission, offer, most) {
            Expanded::Draft(draft) => match draft.clone().check(offer) {
                Ok(_) => return Ok(draft),
                Err(flaws) => {
                    reasons.extend(
                        flaws
                            .first()
                            .map(|flaw| format!("not {}: {flaw}", draft.reason)),
                    );
                }
            },
            Expanded::TooLarge => return Err(too_large(most)),
            Expanded::None(why) => reasons.extend(why),
        }
        if let Some(draft) = case::reuse(mission, offer).filter(|draft| draft.tasks.len() <= most) {
            return Ok(draft);
        }
        if let Some(model) = &self.model {
            let catalog = self.catalog(offer);
            let budget = self.budget.as_ref();
            match model::draft(model.as_ref(), budget, &catalog, mission, offer).await {
                Ok(draft) => return Ok(draft),
                Err(why) => {
                    tracing::info!(model = model.name(), kind = %why.kind(), "planned without the model");
                    reasons.push(format!("planned without the model: {why}"));
                }
            }
        }
        let (mut draft, _) = self.chained(mission, offer, "s")?;
        if draft.tasks.is_empty() {
            let error = Error::new(
                ErrorKind::NotFound,
                "cannot find a tool that serves the goal",
            )
            .with_remedy("forge or register a tool for it, or say it in the words of a tool");
            return Err(if reasons.is_empty() {
                error
            } else {
                error.with_source(reasons.join("; "))
            });
        }
        draft.reason = "by chaining tools".to_owned();
        Ok(draft)
    }

    /// The offer, read; kept for the next mission with the same one.
    pub(crate) fn catalog(&self, offer: &Offer) -> Arc<Catalog> {
        let tools = offer
            .tools
            .iter()
            .map(|tool| tool.digest.as_bytes().as_slice());
        let kinds = offer
            .kinds
            .iter()
            .map(|kind| serde_json::to_vec(kind).unwrap_or_default());
        let kinds: Vec<Vec<u8>> = kinds.collect();
        let parts: Vec<&[u8]> = tools.chain(kinds.iter().map(Vec::as_slice)).collect();
        let digest = Digest::of_parts(&parts);
        let mut kept = self.catalog.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some((known, catalog)) if *known == digest => Arc::clone(catalog),
            _ => {
                let catalog = Arc::new(Catalog::new(offer));
                *kept = Some((digest, Arc::clone(&catalog)));
                catalog
            }
        }
    }

    /// A draft by chaining tools, and how many requests of the goal it leaves; task names begin with `prefix`.
    pub(crate) fn chained(
        &self,
        mission: &Mission,
        offer: &Offer,
        prefix: &str,
    ) -> Result<(Draft, usize)> {
        let catalog = self.catalog(offer);
        // `task.input` names the answer to a question rather than a value that the goal speaks of.
        let given: BTreeMap<String, Value> = mission
            .inputs
            .iter()
            .filter(|(name, _)| !name.contains('.'))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let sketch = compose(&catalog, &mission.goal, &given)?;
        Ok((assemble(&catalog, offer, &sketch, prefix), sketch.unserved))
    }
}

/// The longest reason of the way that was taken, in bytes.
const REASON: usize = 400;

/// The most tasks that a plan for this mission may have.
pub(crate) fn most(mission: &Mission, offer: &Offer) -> usize {
    mission.max_tasks.min(offer.max_tasks)
}

fn too_large(tasks: usize) -> Error {
    Error::new(
        ErrorKind::BudgetExceeded,
        format!("cannot plan the goal with at most {tasks} tasks"),
    )
    .with_remedy("allow more tasks or ask for less at once")
}

fn checked_goal(mission: &Mission) -> Result<()> {
    if mission.goal.trim().is_empty() {
        return Err(Error::invalid("cannot plan an empty goal").with_remedy("say what is wanted"));
    }
    if mission.goal.len() > Mission::MAX_GOAL {
        return Err(Error::invalid(format!(
            "cannot plan a goal of {} bytes",
            mission.goal.len()
        ))
        .with_remedy(format!("say it in at most {} bytes", Mission::MAX_GOAL)));
    }
    Ok(())
}

#[async_trait]
impl Planner for TaskPlanner {
    async fn plan(&self, _scope: &Scope, mission: &Mission, offer: &Offer) -> Result<Draft> {
        checked_goal(mission)?;
        let offer = &*offer.to(mission.trust);
        let mut reasons = Vec::new();
        let mut draft = self.drafted(mission, offer, &mut reasons).await?;
        draft
            .reason
            .truncate(draft.reason.floor_char_boundary(REASON));
        for why in reasons {
            draft.reason = format!("{}; {why}", draft.reason);
        }
        answer(&mut draft, mission, offer);
        let most = most(mission, offer);
        if draft.tasks.len() > most {
            return Err(too_large(most));
        }
        match draft.clone().check(offer) {
            Ok(_) => Ok(draft),
            Err(flaws) => {
                let flaw = flaws.first().map(ToString::to_string).unwrap_or_default();
                let message = format!("cannot draft a sound plan: {flaw}");
                Err(Error::new(ErrorKind::Internal, message)
                    .with_remedy("report this goal and the tools on offer"))
            }
        }
    }

    async fn repair(
        &self,
        _scope: &Scope,
        progress: &Progress,
        failure: &Failure,
        offer: &Offer,
    ) -> Result<Draft> {
        let offer = offer.to(progress.mission.trust);
        repair::repair(self, progress, failure, &offer)
    }
}

/// What the owner answered for an input stands above what the goal seems to state.
fn answer(draft: &mut Draft, mission: &Mission, offer: &Offer) {
    for task in &mut draft.tasks {
        for (input, binding) in &mut task.inputs {
            let answer = mission.inputs.get(&format!("{}.{input}", task.name));
            let schema = schemas(&task.action, offer).and_then(|(taken, _)| taken.property(input));
            if let Some(value) = answer
                .zip(schema)
                .and_then(|(value, schema)| coerce(value, &schema))
            {
                *binding = Binding::Value(value);
            }
        }
    }
    let open = |question: &Question| {
        draft.tasks.iter().any(|task| {
            task.name == question.task && task.inputs.get(&question.input) == Some(&Binding::Answer)
        })
    };
    draft.questions.retain(open);
}
