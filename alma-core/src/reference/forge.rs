//! The reference forge.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use serde_json::json;

use super::{
    builder::{Built, SEARCHED, build, run, schema},
    lock,
    native::NativeTool,
    paging::page,
    words::{coverage, words},
};
use crate::{
    Call, Clock, Digest, Effect, Erased, Erasure, Error, ErrorKind, ForgeOutcome, ForgeReport,
    Grant, Need, Page, PageRequest, RecordId, Result, Scope, Stage, StageResult, SystemClock, Tool,
    ToolForge, ToolInfo, ToolMatch, ToolResult, ToolSpec, ToolState, Trust,
};

/// From this share of a need's words on a tool fits it.
const FITS: f64 = 0.5;

/// A forge in memory: nothing is kept beyond the process.
///
/// It calls native tools and builds only what one of its few fixed functions does (upper case, the
/// number of items and the like); whatever else is asked for it refuses. What it builds has no
/// effect and touches nothing, so it needs no sandbox.
///
/// # Examples
/// ```
/// use alma_core::{Call, Example, ForgeOutcome, Grant, Scope, ToolForge, ToolName, ToolSpec};
/// use alma_core::reference::ReferenceForge;
/// # async fn example() -> alma_core::Result<()> {
/// let (forge, scope) = (ReferenceForge::default(), Scope::new("home/ana")?);
/// let example = Example { input: "ana".into(), output: "ANA".into() };
/// let spec = ToolSpec::new(ToolName::new("shout")?, "puts a text into capitals", vec![example]);
/// let ForgeOutcome::Accepted { tool, .. } = forge.forge(&scope, &spec).await? else { return Ok(()) };
/// let call = Call::new(tool.info.digest, "hello".into(), "1");
/// assert_eq!(forge.call(&scope, call, &Grant::nothing()).await?.output, "HELLO");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ReferenceForge {
    clock: Arc<dyn Clock>,
    natives: Vec<NativeTool>,
    state: Arc<Mutex<BTreeMap<Scope, Shelf>>>,
}

#[derive(Default)]
struct Shelf {
    built: BTreeMap<Digest, Entry>,
    retired: BTreeSet<Digest>,
    gone: BTreeSet<RecordId>,
}

struct Entry {
    tool: Tool,
    function: &'static str,
    report: ForgeReport,
}

impl ReferenceForge {
    /// A forge without tools that takes its times from `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            natives: Vec::new(),
            state: Arc::default(),
        }
    }

    /// Adds a native tool, for every scope.
    #[must_use]
    pub fn with(mut self, tool: NativeTool) -> Self {
        self.natives.push(tool);
        self
    }

    /// The tools of a scope in all states.
    fn tools(&self, shelf: Option<&Shelf>) -> Vec<Tool> {
        let natives = self.natives.iter().map(|native| {
            Tool::new(
                native.info().clone(),
                ToolState::Active,
                Default::default(),
                Vec::new(),
                "native",
            )
        });
        let built = shelf.into_iter().flat_map(|shelf| shelf.built.values());
        let mut all: Vec<_> = natives
            .chain(built.map(|entry| entry.tool.clone()))
            .collect();
        for tool in &mut all {
            if shelf.is_some_and(|shelf| shelf.retired.contains(&tool.info.digest)) {
                tool.state = ToolState::Retired;
            }
        }
        all.sort_by(|a, b| (&a.info.name, a.info.digest).cmp(&(&b.info.name, b.info.digest)));
        all
    }

    fn tool(&self, shelf: Option<&Shelf>, digest: &Digest) -> Result<Tool> {
        let mut tools = self.tools(shelf).into_iter();
        tools
            .find(|tool| tool.info.digest == *digest)
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::NotFound,
                    format!("cannot find tool {}", digest.short()),
                )
                .with_remedy("list the tools; a changed tool has another digest")
            })
    }
}

impl Default for ReferenceForge {
    fn default() -> Self {
        Self::new(Arc::new(SystemClock))
    }
}

impl fmt::Debug for ReferenceForge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReferenceForge")
            .field("natives", &self.natives)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl ToolForge for ReferenceForge {
    async fn find(&self, scope: &Scope, need: &Need, k: usize) -> Result<Vec<ToolMatch>> {
        let wanted = words(&need.text);
        let state = lock(&self.state);
        let mut found: Vec<_> = self
            .tools(state.get(scope))
            .into_iter()
            .filter(|tool| tool.state == ToolState::Active)
            .filter(|tool| {
                need.input
                    .as_ref()
                    .is_none_or(|input| input.may_feed(&tool.info.input))
            })
            .filter(|tool| {
                need.output
                    .as_ref()
                    .is_none_or(|out| tool.info.output.may_feed(out))
            })
            .map(|tool| {
                let text = format!("{} {}", tool.info.name, tool.info.description);
                let own = words(&text.replace(['_', '-', '.'], " "));
                ToolMatch::new(tool.info, coverage(&wanted, &own))
            })
            .filter(|found| found.score >= FITS)
            .collect();
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        found.truncate(k);
        Ok(found)
    }

    async fn forge(&self, scope: &Scope, spec: &ToolSpec) -> Result<ForgeOutcome> {
        let input = schema(
            "input",
            spec.input.clone(),
            spec.examples.iter().map(|one| &one.input),
        )?;
        let output = schema(
            "output",
            spec.output.clone(),
            spec.examples.iter().map(|one| &one.output),
        )?;
        let now = self.clock.now();
        let mut state = lock(&self.state);
        let shelf = state.entry(scope.clone()).or_default();
        if spec.sources.iter().any(|id| shelf.gone.contains(id)) {
            return Err(Error::new(
                ErrorKind::Gone,
                format!(
                    "cannot build '{}': its examples come from forgotten records",
                    spec.name
                ),
            ));
        }
        if self
            .natives
            .iter()
            .any(|native| native.info().name == spec.name)
        {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!("cannot build '{}': a native tool has that name", spec.name),
            )
            .with_remedy("choose another name"));
        }
        let stage = |result, why: &str| {
            let evidence = json!({ "examples": spec.examples.len() });
            vec![Stage::new("examples", result, why, evidence)]
        };
        let refused = |why: &str| ForgeOutcome::Refused {
            reason: why.to_owned(),
            report: ForgeReport::new(None, None, SEARCHED, stage(StageResult::Failed, why)),
        };
        if !spec.permissions.is_empty() {
            return Ok(refused("it can build only what touches nothing"));
        }
        let function = match build(&spec.examples) {
            Built::Nothing => return Ok(refused("none of its functions fits all examples")),
            Built::Several(fit) => {
                let why = format!("these fit: {}", fit.join(", "));
                return Ok(ForgeOutcome::Draft {
                    questions: vec![format!(
                        "Which is meant? An example tells them apart: {why}"
                    )],
                    report: ForgeReport::new(None, None, SEARCHED, stage(StageResult::Open, &why)),
                });
            }
            Built::One(function) => function,
        };
        let info = ToolInfo::new(
            spec.name.clone(),
            &spec.description,
            input,
            output,
            Effect::None,
            Vec::new(),
            Digest::of(function.as_bytes()),
        );
        let digest = info.digest;
        if shelf.retired.contains(&digest) {
            return Ok(refused("this very tool was taken out of use for good"));
        }
        let entry = shelf.built.entry(digest).or_insert_with(|| Entry {
            tool: Tool::new(
                info,
                ToolState::Active,
                now,
                spec.sources.clone(),
                "examples",
            ),
            function,
            report: ForgeReport::new(
                Some(digest),
                Some(function.to_owned()),
                SEARCHED,
                stage(StageResult::Passed, "one function fits all examples"),
            ),
        });
        // Whoever ordered it too has a part in it: forgetting either's records takes it away.
        entry.tool.sources.extend(&spec.sources);
        entry.tool.sources.sort_unstable();
        entry.tool.sources.dedup();
        Ok(ForgeOutcome::Accepted {
            tool: Box::new(entry.tool.clone()),
            report: entry.report.clone(),
        })
    }

    async fn call(&self, scope: &Scope, call: Call, grant: &Grant) -> Result<ToolResult> {
        let now = self.clock.now();
        let (tool, function) = {
            let state = lock(&self.state);
            let shelf = state.get(scope);
            let tool = self.tool(shelf, &call.tool)?;
            let built = shelf.and_then(|shelf| shelf.built.get(&call.tool));
            if shelf.is_some_and(|shelf| tool.sources.iter().any(|id| shelf.gone.contains(id))) {
                return Err(Error::new(
                    ErrorKind::Gone,
                    format!(
                        "cannot call '{}': it was built from forgotten records",
                        tool.info.name
                    ),
                ));
            }
            (tool, built.map(|entry| entry.function))
        };
        let name = &tool.info.name;
        if tool.state != ToolState::Active {
            return Err(Error::new(
                ErrorKind::Denied,
                format!("cannot call '{name}': it is retired"),
            )
            .with_remedy("find another tool"));
        }
        if call.deadline.is_some_and(|deadline| now > deadline) {
            return Err(Error::new(
                ErrorKind::TimedOut,
                format!("cannot call '{name}': the deadline is over"),
            ));
        }
        tool.info.input.check(&call.input)?;
        let lacking = grant.lacks(&tool.info);
        if !lacking.is_empty() {
            return Err(Error::new(
                ErrorKind::Denied,
                format!("cannot call '{name}' without: {}", lacking.join(", ")),
            )
            .with_remedy("let the policy grant it"));
        }
        let output = match function {
            Some(function) => run(function, &call.input)?,
            None => match self
                .natives
                .iter()
                .find(|native| native.info().digest == call.tool)
            {
                Some(native) => native.run(&call.input)?,
                None => return Err(Error::new(ErrorKind::Internal, "cannot find what runs")),
            },
        };
        tool.info.output.check(&output).map_err(|error| {
            Error::new(
                ErrorKind::Internal,
                format!("cannot use what '{name}' answered"),
            )
            .with_source(error)
        })?;
        Ok(ToolResult::new(output, call.trust.min(Trust::VerifiedTool)))
    }

    async fn list(&self, scope: &Scope, request: &PageRequest) -> Result<Page<Tool>> {
        let state = lock(&self.state);
        let tools = self.tools(state.get(scope)).into_iter();
        // A name holds no space, and a space sorts before all that it may hold.
        let keyed = tools.map(|tool| (format!("{} {}", tool.info.name, tool.info.digest), tool));
        page(keyed, request, |key| {
            key.split_once(' ')
                .is_some_and(|(_, digest)| digest.parse::<Digest>().is_ok())
        })
    }

    async fn retire(&self, scope: &Scope, tool: &Digest) -> Result<()> {
        let mut state = lock(&self.state);
        self.tool(state.get(scope), tool)?;
        state
            .entry(scope.clone())
            .or_default()
            .retired
            .insert(*tool);
        Ok(())
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        let mut state = lock(&self.state);
        let shelf = state.entry(scope.clone()).or_default();
        shelf.gone.extend(&what.records);
        let mut removed = 0;
        for (digest, entry) in &mut shelf.built {
            let hit = entry
                .tool
                .sources
                .iter()
                .any(|id| what.records.contains(id));
            if hit && shelf.retired.insert(*digest) {
                // The function itself is one of the fixed ones and holds nothing of the examples.
                entry.report.stages.clear();
                let info = &mut entry.tool.info;
                info.name = crate::ToolName::new(format!("forgotten-{}", digest.short()))?;
                info.description.clear();
                info.input = crate::Schema::any();
                info.output = crate::Schema::any();
                removed += 1;
            }
        }
        Ok(Erased::done("tools", removed))
    }
}
