//! The forge on SQLite.

use std::{collections::BTreeMap, sync::Arc};

use alma_core::{
    Call, Clock, Cursor, Digest, Erased, Erasure, Error, ErrorKind, ForgeOutcome, ForgeReport,
    Grant, Need, Page, PageRequest, Result, Scope, SystemClock, Timestamp, Tool, ToolForge,
    ToolMatch, ToolName, ToolResult, ToolSpec, ToolState,
    sqlite::{Database, tombstones},
};
use async_trait::async_trait;

use super::{
    call::{self, Code},
    find, schema,
    searcher::Searcher,
    store,
};
use crate::{build::Effort, gate::Judged, native::Native};

/// Builds, keeps and calls tools in one SQLite file.
///
/// Natives are given by the program at each start and can be called from every scope; what is
/// forged belongs to its scope. `Clone` clones the handle.
#[derive(Clone, Debug)]
pub struct SqliteForge {
    database: Database,
    natives: Arc<BTreeMap<Digest, Native>>,
    clock: Arc<dyn Clock>,
    effort: Effort,
    searcher: Arc<Searcher>,
}

impl SqliteForge {
    /// Opens the registry in `database`.
    ///
    /// # Errors
    /// Those of migrating its tables.
    pub async fn open(database: Database) -> Result<Self> {
        database.migrate(schema::COMPONENT, schema::STEPS).await?;
        Ok(Self {
            database,
            natives: Arc::default(),
            clock: Arc::new(SystemClock),
            effort: Effort::default(),
            searcher: Arc::default(),
        })
    }

    /// Adds a native tool.
    ///
    /// # Errors
    /// `Conflict` when another native tool has its name.
    pub fn with(mut self, native: Native) -> Result<Self> {
        let natives = Arc::make_mut(&mut self.natives);
        let taken = natives
            .values()
            .any(|other| other.info().name == native.info().name);
        if taken {
            return Err(taken_name(native.info().name.as_str()));
        }
        natives.insert(native.info().digest, native);
        Ok(self)
    }

    /// Takes times from `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets how far one search goes.
    #[must_use]
    pub const fn with_effort(mut self, effort: Effort) -> Self {
        self.effort = effort;
        self
    }

    /// The evidence that a forged tool was admitted with.
    ///
    /// # Errors
    /// `NotFound` for a tool that the scope did not forge, or whose examples were forgotten.
    pub async fn report(&self, scope: &Scope, tool: &Digest) -> Result<ForgeReport> {
        let (scope, digest) = (scope.clone(), *tool);
        let found = self
            .database
            .read(move |db| store::report(db, &scope, &digest))
            .await?;
        found.ok_or_else(|| unknown(tool))
    }

    /// What was tried for orders of this name that made no tool, newest first, 100 at most.
    ///
    /// # Errors
    /// Those of reading; what a forgotten record gave is gone.
    pub async fn refusals(&self, scope: &Scope, name: &ToolName) -> Result<Vec<ForgeOutcome>> {
        let (scope, name) = (scope.clone(), name.clone());
        self.database
            .read(move |db| store::refusals(db, &scope, name.as_str()))
            .await
    }

    async fn tools(&self, scope: &Scope) -> Result<Vec<Tool>> {
        let of = scope.clone();
        let (built, retired) = self
            .database
            .read(move |db| Ok((store::all(db, &of)?, store::retired(db, &of)?)))
            .await?;
        let natives = self.natives.values().map(|native| {
            let retired = retired.contains(&native.info().digest);
            let state = if retired {
                ToolState::Retired
            } else {
                ToolState::Active
            };
            Tool::new(
                native.info().clone(),
                state,
                Timestamp::default(),
                Vec::new(),
                "native",
            )
        });
        let mut all: Vec<Tool> = natives
            .chain(built.into_iter().map(|stored| stored.tool))
            .collect();
        all.sort_by(|a, b| (&a.info.name, a.info.digest).cmp(&(&b.info.name, b.info.digest)));
        Ok(all)
    }
}

/// One search runs at a time, on a thread of its own; an order that is dropped before it is
/// answered leaves a tool wholly admitted or none.
#[async_trait]
impl ToolForge for SqliteForge {
    async fn find(&self, scope: &Scope, need: &Need, k: usize) -> Result<Vec<ToolMatch>> {
        let active = self
            .tools(scope)
            .await?
            .into_iter()
            .filter(|tool| tool.state == ToolState::Active);
        Ok(find::find(active.map(|tool| tool.info).collect(), need, k))
    }

    async fn forge(&self, scope: &Scope, spec: &ToolSpec) -> Result<ForgeOutcome> {
        let (of, sources) = (scope.clone(), spec.sources.clone());
        self.database
            .read(move |db| tombstones::check(db, &of, &sources))
            .await?;
        let there = self.tools(scope).await?;
        if there
            .iter()
            .any(|tool| tool.info.name == spec.name && tool.origin != "examples")
        {
            return Err(taken_name(spec.name.as_str()));
        }
        let others = there
            .iter()
            .map(|tool| tool.info.name.to_string())
            .collect();
        let now = self.clock.now();
        let outcome = match self.searcher.judge(spec, others, self.effort).await? {
            Judged::Admitted(admitted) => {
                let (tool, program, report) = admitted.into_tool(spec, now);
                if there.iter().any(|old| {
                    old.info.digest == tool.info.digest && old.state == ToolState::Retired
                }) {
                    let reason = "this very tool was taken out of use for good".to_owned();
                    ForgeOutcome::Refused { reason, report }
                } else {
                    let (of, digest) = (scope.clone(), tool.info.digest);
                    let stored = self
                        .database
                        .write(move |tx| {
                            tombstones::check(tx, &of, &tool.sources)?;
                            store::admit(tx, &of, &tool, &program, &report)?;
                            store::one(tx, &of, &digest)
                        })
                        .await?
                        .ok_or_else(|| unknown(&digest))?;
                    let report = self.report(scope, &digest).await?;
                    return Ok(ForgeOutcome::Accepted {
                        tool: Box::new(stored.tool),
                        report,
                    });
                }
            }
            Judged::Open(questions, report) => ForgeOutcome::Draft { questions, report },
            Judged::Refused(reason, report) => ForgeOutcome::Refused { reason, report },
        };
        let (of, name, sources, kept) = (
            scope.clone(),
            spec.name.to_string(),
            spec.sources.clone(),
            outcome.clone(),
        );
        self.database
            .write(move |tx| {
                tombstones::check(tx, &of, &sources)?;
                store::refuse(tx, &of, &name, &kept, &sources, now)
            })
            .await?;
        Ok(outcome)
    }

    async fn call(&self, scope: &Scope, call: Call, grant: &Grant) -> Result<ToolResult> {
        let digest = call.tool;
        let of = scope.clone();
        let (stored, retired) = self
            .database
            .read(move |db| {
                let stored = store::one(db, &of, &digest)?;
                if let Some(stored) = &stored {
                    tombstones::check(db, &of, &stored.tool.sources)?;
                }
                Ok((stored, store::retired(db, &of)?.contains(&digest)))
            })
            .await?;
        if let Some(native) = self.natives.get(&digest) {
            let state = if retired {
                ToolState::Retired
            } else {
                ToolState::Active
            };
            let tool = Tool::new(
                native.info().clone(),
                state,
                Timestamp::default(),
                Vec::new(),
                "native",
            );
            return call::run(
                scope,
                &tool,
                Code::Native(native),
                call,
                grant,
                &*self.clock,
            )
            .await;
        }
        let stored = stored.ok_or_else(|| unknown(&digest))?;
        let program = stored.program.ok_or_else(|| {
            Error::new(
                ErrorKind::Denied,
                format!(
                    "cannot call '{}': its program is gone",
                    stored.tool.info.name
                ),
            )
        })?;
        call::run(
            scope,
            &stored.tool,
            Code::Program(program),
            call,
            grant,
            &*self.clock,
        )
        .await
    }

    async fn list(&self, scope: &Scope, page: &PageRequest) -> Result<Page<Tool>> {
        let key = |tool: &Tool| format!("{} {}", tool.info.name, tool.info.digest);
        let after = page.after.as_str();
        let ours = after.is_empty()
            || after
                .split_once(' ')
                .is_some_and(|(_, digest)| digest.parse::<Digest>().is_ok());
        if !ours {
            return Err(Error::invalid("cannot go on from a cursor of another list")
                .with_remedy("start from the beginning"));
        }
        let all = self.tools(scope).await?;
        let mut rest = all
            .into_iter()
            .skip_while(|tool| !after.is_empty() && key(tool).as_str() <= after);
        let items: Vec<Tool> = rest.by_ref().take(page.limit).collect();
        let next = items
            .last()
            .map_or_else(|| page.after.clone(), |tool| Cursor::new(key(tool)));
        Ok(Page::new(items, next, rest.next().is_some()))
    }

    async fn retire(&self, scope: &Scope, tool: &Digest) -> Result<()> {
        let digest = *tool;
        if !self
            .tools(scope)
            .await?
            .iter()
            .any(|tool| tool.info.digest == digest)
        {
            return Err(unknown(tool));
        }
        let of = scope.clone();
        self.database
            .write(move |tx| store::retire(tx, &of, &digest))
            .await
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        let (of, records) = (scope.clone(), what.records.clone());
        self.database
            .erase(schema::COMPONENT, scope, what, move |tx| {
                store::erase(tx, &of, &records)
            })
            .await
    }
}

fn unknown(digest: &Digest) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format!("cannot find tool {}", digest.short()),
    )
    .with_remedy("list the tools; a changed tool has another digest")
}

fn taken_name(name: &str) -> Error {
    Error::new(
        ErrorKind::Conflict,
        format!("cannot name a tool '{name}': another tool has that name"),
    )
    .with_remedy("choose another name")
}
