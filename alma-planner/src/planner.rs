//! The default backend.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use alma_core::{
    Budget, Digest, Draft, Error, ErrorKind, Failure, LanguageModel, Mission, Offer, Planner,
    Progress, Result, Scope,
};
use async_trait::async_trait;
use serde_json::Value;

use crate::{
    assemble::assemble,
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
        let most = most(mission, offer);
        let fits = |draft: &Draft| draft.tasks.len() <= most && draft.clone().check(offer).is_ok();
        let mut reasons = Vec::new();

        match expand(&self.templates, mission, offer, most) {
            Expanded::Draft(draft) => match draft.clone().check(offer) {
                Ok(_) => return Ok(draft),
                Err(flaws) => {
                    reasons.extend(
                        flaws
                            .first()
                            .map(|flaw| format!("{}: {flaw}", draft.reason)),
                    );
                }
            },
            Expanded::TooLarge => return Err(too_large(most)),
            Expanded::None(why) => reasons.extend(why),
        }
        if let Some(draft) = case::reuse(mission, offer).filter(fits) {
            return Ok(because(draft, &reasons));
        }
        if let Some(model) = &self.model {
            let catalog = self.catalog(offer);
            match model::draft(
                model.as_ref(),
                self.budget.as_ref(),
                &catalog,
                mission,
                offer,
            )
            .await
            {
                Ok(draft) => return Ok(because(draft, &reasons)),
                Err(why) => {
                    tracing::warn!(model = model.name(), kind = %why.kind(), "planned without the model");
                    reasons.push(format!("planned without the model: {why}"));
                }
            }
        }
        let (mut draft, _) = self.chained(mission, offer, "s")?;
        if draft.tasks.is_empty() {
            let mut error = Error::new(
                ErrorKind::NotFound,
                "cannot find a tool that serves the goal",
            )
            .with_remedy("forge or register a tool for it, or say it in the words of a tool");
            if !reasons.is_empty() {
                error = error.with_source(reasons.join("; "));
            }
            return Err(error);
        }
        if draft.tasks.len() > most {
            return Err(too_large(most));
        }
        draft.reason = "by chaining tools".to_owned();
        if let Err(flaws) = draft.clone().check(offer) {
            let flaw = flaws.first().map(ToString::to_string).unwrap_or_default();
            return Err(Error::new(
                ErrorKind::Internal,
                format!("cannot draft a sound plan: {flaw}"),
            )
            .with_remedy("report this goal and the tools on offer"));
        }
        Ok(because(draft, &reasons))
    }

    async fn repair(
        &self,
        _scope: &Scope,
        progress: &Progress,
        failure: &Failure,
        offer: &Offer,
    ) -> Result<Draft> {
        repair::repair(self, progress, failure, offer)
    }
}

/// Adds to a draft's reason why earlier ways were of no use.
fn because(mut draft: Draft, reasons: &[String]) -> Draft {
    if !reasons.is_empty() {
        draft.reason = format!("{}; {}", draft.reason, reasons.join("; "));
    }
    draft
}
