//! A home that is open: its settings, its file, and every part of Alma on it.

pub mod copies;
pub mod model;
mod night;
pub mod policy;
mod unremoved;
mod wiring;

use alma_core::{
    Evaluator, Grant, Handle, Ledger, Memory, Operator, PageRequest, Planner, Policy, Result,
    Scope, Tool, ToolForge, ToolInfo, Trust, sqlite::Database,
};

use alma_workers::{Pool, SqliteJobs};

use crate::{args::Global, config::Config, output::Output, place::Place};
use model::HomeModel;
use wiring::Parts;

/// A home that is open.
#[derive(Debug)]
pub struct Home {
    place: Place,
    config: Config,
    parts: Parts,
    handle: Handle,
    forgotten_again: usize,
}

impl Home {
    /// Opens the home that the options name, or makes it, and says so.
    ///
    /// # Errors
    /// `Denied` when the place cannot be written, `Corrupt` or `Incompatible` when what lies
    /// there cannot be read, `InvalidInput` when its settings are wrong. Nothing is changed then.
    pub async fn open(global: &Global, out: Output) -> Result<Self> {
        let place = Place::choose(global.home.clone())?;
        let is_new = !place.exists();
        place.prepare()?;
        let home = Self::at(place, global.scope.clone()).await?;
        if is_new {
            home.greet(out);
        }
        Ok(home)
    }

    /// Opens the home at a place that is prepared, and completes what was left half forgotten.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn at(place: Place, scope: Option<Scope>) -> Result<Self> {
        let config = Config::read(&place.config())?;
        let scope = match scope.or_else(|| config.scope.clone()) {
            Some(scope) => scope,
            None => Scope::new("default")?,
        };
        let parts = wiring::wire(&place, &config, &scope).await?;
        let handle = parts.alma.within(scope);
        let mut home = Self {
            place,
            config,
            parts,
            handle,
            forgotten_again: 0,
        };
        let operator = Operator::assume();
        let again = home.parts.alma.complete_forgetting(&operator).await?;
        home.forgotten_again = again.len();
        if again.iter().all(|(scope, _)| scope != home.scope()) {
            home.forgotten_again += home.handle.complete_forgetting().await?.len();
        }
        Ok(home)
    }

    /// What a call of `tool` may touch now, after asking what the owner approved.
    ///
    /// # Errors
    /// Those of the ledger.
    pub async fn grant(&self, tool: &ToolInfo, trust: Trust) -> Result<Grant> {
        self.parts.policy.refresh(&self.handle, tool).await?;
        Ok(self.parts.policy.grant(self.scope(), tool, trust))
    }

    /// Brings what the policy knows of the owner's approvals up to date, for every tool of a scope.
    ///
    /// # Errors
    /// Those of registry and ledger.
    pub async fn refresh_grants(&self, handle: &Handle) -> Result<()> {
        let mut request = PageRequest::first(PageRequest::MAX);
        loop {
            let page = self.tools().list(handle.scope(), &request).await?;
            for tool in page.items {
                self.parts.policy.refresh(handle, &tool.info).await?;
            }
            if !page.more {
                return Ok(());
            }
            request.after = page.next;
        }
    }

    /// Workers for tool calls: in these scopes, or in all of them.
    #[must_use]
    pub fn pool(&self, name: &str, scopes: Option<Vec<Scope>>) -> Pool {
        wiring::pool(&self.parts, &self.config, name, scopes)
    }

    /// Waits for `task` while workers of this process run the jobs that it queues.
    pub async fn working<T>(&self, task: impl Future<Output = T>) -> T {
        let pool = self.pool("here", Some(vec![self.scope().clone()]));
        let stopper = pool.stopper();
        let finished = async {
            let done = task.await;
            stopper.stop();
            done
        };
        tokio::join!(finished, pool.run()).0
    }

    /// What is queued, leased and done.
    #[must_use]
    pub const fn jobs(&self) -> &SqliteJobs {
        &self.parts.jobs
    }

    /// The companion within another scope.
    #[must_use]
    pub fn within(&self, scope: Scope) -> Handle {
        self.parts.alma.within(scope)
    }

    /// Where it lies.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// Its settings.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Whose data commands work on.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        self.handle.scope()
    }

    /// The companion within that scope.
    #[must_use]
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// The one file.
    #[must_use]
    pub const fn database(&self) -> &Database {
        &self.parts.database
    }

    /// What is remembered.
    #[must_use]
    pub fn memory(&self) -> &dyn Memory {
        &*self.parts.memory
    }

    /// What can be called.
    #[must_use]
    pub fn tools(&self) -> &dyn ToolForge {
        &*self.parts.tools
    }

    /// Every tool of the scope, in the order of the registry.
    ///
    /// # Errors
    /// Those of the registry.
    pub async fn all_tools(&self) -> Result<Vec<Tool>> {
        let mut tools = Vec::new();
        let mut request = PageRequest::first(PageRequest::MAX);
        loop {
            let page = self.tools().list(self.scope(), &request).await?;
            tools.extend(page.items);
            if !page.more {
                return Ok(tools);
            }
            request.after = page.next;
        }
    }

    /// What is written down.
    #[must_use]
    pub fn ledger(&self) -> &dyn Ledger {
        &*self.parts.ledger
    }

    /// The language model, if the settings name one.
    #[must_use]
    pub fn model(&self) -> Option<&HomeModel> {
        self.parts.model.as_deref()
    }

    /// Who plans.
    #[must_use]
    pub fn planner(&self) -> &dyn Planner {
        &*self.parts.planner
    }

    /// Who judges changes.
    #[must_use]
    pub fn evaluator(&self) -> &dyn Evaluator {
        &*self.parts.evaluator
    }

    /// How many acts of forgetting were completed when it was opened.
    #[must_use]
    pub const fn forgotten_again(&self) -> usize {
        self.forgotten_again
    }

    fn greet(&self, out: Output) {
        let model = match &self.config.model {
            Some(model) => format!(
                "What is asked, and what is found for it, goes to the language model {}.",
                model.name
            ),
            None => {
                "Nothing leaves it. Off: a language model (set [model] in alma.toml).".to_owned()
            }
        };
        out.note(format!(
            "A new home: {} holds everything. {model}\n\
             Next: alma remember FILE, then alma recall \"a question\"; or watch alma demo.",
            self.place.root().display()
        ));
    }
}
