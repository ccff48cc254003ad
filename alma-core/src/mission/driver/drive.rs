//! The loop of the driver, and the calls that start, watch and stop a mission.

use std::{collections::HashSet, sync::Arc, time::Duration};

use super::{
    MissionReport, MissionStatus,
    state::{PREFIX, State, stream},
};
use crate::{
    Clock, Cursor, Error, ErrorKind, Event, Executor, Failure, Fault, Flaw, JobKind, Ledger,
    LedgerExt, Memory, MemoryExt, Mission, MissionId, NewEvent, OutcomeQuery, PageRequest, Plan,
    Planner, Policy, Progress, RecordQuery, Result, Scope, TaskName, Timestamp, ToolForge, Trust,
    Version, retry::Retry,
};

/// How long one look at the outcomes waits for news.
const WAIT: Duration = Duration::from_secs(1);

/// Carries out missions, over traits alone.
///
/// All that it knows stands in the ledger: any process may go on with a mission at any time, two
/// may at once, and each task's result is accepted once. It keeps nothing but connections.
#[derive(Clone, Debug)]
pub(crate) struct Driver {
    pub(crate) planner: Arc<dyn Planner>,
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) executor: Arc<dyn Executor>,
    pub(crate) tools: Option<Arc<dyn ToolForge>>,
    pub(crate) memory: Option<Arc<dyn Memory>>,
    pub(crate) policy: Arc<dyn Policy>,
    pub(crate) kinds: Vec<JobKind>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Driver {
    /// Starts a mission, or goes on with it, until it has ended or asks.
    ///
    /// # Errors
    /// Errors of the parts, once retries of transient ones are used up; the mission stays where it
    /// is and can be run again. A mission that fails is no error but a report.
    ///
    /// # Cancel safety
    /// A dropped call leaves a mission that goes on from the ledger when it is run again.
    pub(crate) async fn run(&self, scope: &Scope, mission: Mission) -> Result<MissionReport> {
        if mission.goal.trim().is_empty() || mission.goal.len() > Mission::MAX_GOAL {
            return Err(Error::invalid(format!(
                "cannot accept a mission with a goal of {} bytes",
                mission.goal.len()
            ))
            .with_remedy(format!(
                "state the goal in 1 to {} bytes",
                Mission::MAX_GOAL
            )));
        }
        let id = mission.id;
        let mission = self.traced(scope, mission).await?;
        match self.load(scope, id).await? {
            None => {
                self.append(
                    scope,
                    id,
                    Version::default(),
                    vec![State::accepted(&mission)?],
                )
                .await?;
            }
            Some(state) if matches!(state.status, MissionStatus::Asking { .. }) => {
                let mut answered = state.mission.clone();
                answered.inputs.extend(mission.inputs);
                // Whoever answers lends the mission no trust, and what the answer was made of belongs to it.
                answered.trust = answered.trust.min(mission.trust);
                for source in mission.sources {
                    if !answered.sources.contains(&source) {
                        answered.sources.push(source);
                    }
                }
                self.append(scope, id, state.version, vec![State::accepted(&answered)?])
                    .await?;
            }
            Some(_) => {}
        }
        self.resume(scope, id).await
    }

    /// The mission with no more trust than the records that it was made of; one that nobody knows counts as from outside.
    async fn traced(&self, scope: &Scope, mut mission: Mission) -> Result<Mission> {
        if let Some(memory) = &self.memory
            && !mission.sources.is_empty()
        {
            let known = memory
                .all_records(scope, &RecordQuery::ids(mission.sources.clone()))
                .await?;
            let all = mission
                .sources
                .iter()
                .all(|source| known.iter().any(|record| record.id == *source));
            let least = known.iter().map(|record| record.trust).min();
            let least = if all { least } else { Some(Trust::External) };
            mission.trust = mission.trust.min(least.unwrap_or_default());
        }
        Ok(mission)
    }

    /// Goes on with a mission that is in the ledger.
    pub(crate) async fn resume(&self, scope: &Scope, id: MissionId) -> Result<MissionReport> {
        let mut submitted = HashSet::new();
        let mut cursor = Cursor::start();
        loop {
            let state = self.load(scope, id).await?.ok_or_else(|| unknown(id))?;
            if state.status.is_final() || matches!(state.status, MissionStatus::Asking { .. }) {
                return Ok(state.report());
            }
            if state
                .mission
                .deadline
                .is_some_and(|deadline| self.clock.now() > deadline)
            {
                let fault = Fault::new(
                    ErrorKind::TimedOut,
                    "cannot reach the goal before its deadline",
                );
                self.stop(scope, &state, state.aborted(&fault)?).await?;
                continue;
            }
            if state.status == MissionStatus::Accepted {
                self.plan(scope, &state).await?;
            } else if let Some((task, fault)) = state.open_failure.clone() {
                self.repair(scope, &state, Failure::new(task, fault))
                    .await?;
            } else if state.is_complete() {
                self.append(scope, id, state.version, vec![State::completed()])
                    .await?;
            } else {
                self.work(scope, &state, &mut submitted, &mut cursor)
                    .await?;
            }
        }
    }

    /// Where a mission stands.
    pub(crate) async fn report(&self, scope: &Scope, id: MissionId) -> Result<MissionReport> {
        Ok(self
            .load(scope, id)
            .await?
            .ok_or_else(|| unknown(id))?
            .report())
    }

    /// Cancels a mission and its open jobs; one that has ended stays as it ended.
    pub(crate) async fn cancel(&self, scope: &Scope, id: MissionId) -> Result<MissionReport> {
        loop {
            let state = self.load(scope, id).await?.ok_or_else(|| unknown(id))?;
            if state.status.is_final() {
                return Ok(state.report());
            }
            self.stop(scope, &state, State::cancelled()).await?;
        }
    }

    async fn load(&self, scope: &Scope, id: MissionId) -> Result<Option<State>> {
        let id = stream(id)?;
        let mut retry = Retry::new(&*self.clock);
        let events = loop {
            match self.ledger.read_all(scope, &id).await {
                Err(error) => retry.after(error).await?,
                Ok(events) => break events,
            }
        };
        let Some((first, rest)) = events.split_first() else {
            return Ok(None);
        };
        let mut state = State::begin(first)?;
        for event in rest {
            state.apply(event)?;
        }
        Ok(Some(state))
    }

    /// Appends events. Losing to another driver is no error: the loop reads again and decides anew.
    async fn append(
        &self,
        scope: &Scope,
        id: MissionId,
        at: Version,
        events: Vec<NewEvent>,
    ) -> Result<bool> {
        let id = stream(id)?;
        let mut retry = Retry::new(&*self.clock);
        loop {
            match self.ledger.append(scope, &id, at, events.clone()).await {
                Ok(_) => return Ok(true),
                Err(error) if error.kind() == ErrorKind::Conflict => return Ok(false),
                Err(error) => retry.after(error).await?,
            }
        }
    }

    /// Ends a mission with `event`, then its open jobs. Jobs come second: a crash between leaves jobs whose results nobody takes.
    async fn stop(&self, scope: &Scope, state: &State, event: NewEvent) -> Result<()> {
        if self
            .append(scope, state.mission.id, state.version, vec![event])
            .await?
        {
            self.executor.cancel(scope, &state.open_jobs(scope)).await?;
        }
        Ok(())
    }

    async fn plan(&self, scope: &Scope, state: &State) -> Result<()> {
        let offer = self.offer(scope, &state.mission).await?;
        let event = match self.planner.plan(scope, &state.mission, &offer).await {
            Ok(draft) => match draft.check(&offer) {
                Ok(plan) => state.planned(&self.answered(state, plan)?)?,
                Err(flaws) => state.aborted(&flawed(&flaws))?,
            },
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => state.aborted(&Fault::from(error))?,
        };
        self.append(scope, state.mission.id, state.version, vec![event])
            .await?;
        Ok(())
    }

    /// The plan without the questions that the mission's inputs answer already.
    fn answered(&self, state: &State, plan: Plan) -> Result<Plan> {
        let mut draft = plan.to_draft();
        let answer = |task: &TaskName, input: &str| {
            state
                .mission
                .inputs
                .get(&format!("{task}.{input}"))
                .cloned()
        };
        for task in &mut draft.tasks {
            for (input, binding) in &mut task.inputs {
                if *binding == crate::Binding::Answer
                    && let Some(value) = answer(&task.name, input)
                {
                    *binding = crate::Binding::Value(value);
                }
            }
        }
        draft
            .questions
            .retain(|question| answer(&question.task, &question.input).is_none());
        Plan::try_from(draft)
    }

    async fn repair(&self, scope: &Scope, state: &State, failure: Failure) -> Result<()> {
        let event = match self.repaired(scope, state, &failure).await {
            Ok(plan) => state.repaired(&plan)?,
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => {
                tracing::info!(mission = %state.mission.id, task = %failure.task, %error, "no repair");
                return self
                    .stop(scope, state, state.aborted(&failure.fault)?)
                    .await;
            }
        };
        self.append(scope, state.mission.id, state.version, vec![event])
            .await?;
        Ok(())
    }

    async fn repaired(&self, scope: &Scope, state: &State, failure: &Failure) -> Result<Plan> {
        let Some(plan) = state.plan.clone() else {
            return Err(unknown(state.mission.id));
        };
        if state.repairs >= state.mission.max_repairs {
            return Err(Error::new(
                ErrorKind::BudgetExceeded,
                format!(
                    "cannot repair a mission more than {} times",
                    state.mission.max_repairs
                ),
            ));
        }
        let mut progress = Progress::new(state.mission.clone(), plan);
        progress.accepted.clone_from(&state.accepted);
        progress.repairs = state.repairs;
        let offer = self.offer(scope, &state.mission).await?;
        let draft = self
            .planner
            .repair(scope, &progress, failure, &offer)
            .await?;
        let plan = draft
            .check(&offer)
            .map_err(|flaws| Error::from(flawed(&flaws)))?;
        for name in state.accepted.keys() {
            if plan.task(name) != progress.plan.task(name) {
                return Err(Error::new(
                    ErrorKind::Internal,
                    format!("cannot follow a repair that changes the accepted task '{name}'"),
                ));
            }
        }
        self.answered(state, plan)
    }

    /// Queues what is ready and takes in what came out.
    async fn work(
        &self,
        scope: &Scope,
        state: &State,
        submitted: &mut HashSet<String>,
        cursor: &mut Cursor,
    ) -> Result<()> {
        let mut jobs = Vec::new();
        for (task, job) in state.ready() {
            match job {
                Ok(job) if submitted.contains(&job.key) => {}
                Ok(job) => jobs.push(job),
                Err(error) => {
                    let event = state.unqueued(&task, error.into())?;
                    self.append(scope, state.mission.id, state.version, vec![event])
                        .await?;
                    return Ok(());
                }
            }
        }
        if !jobs.is_empty() {
            let keys: Vec<_> = jobs.iter().map(|job| job.key.clone()).collect();
            let mut retry = Retry::new(&*self.clock);
            while let Err(error) = self.executor.submit(scope, jobs.clone()).await {
                retry.after(error).await?;
            }
            submitted.extend(keys);
        }
        self.take(scope, state.clone(), cursor).await
    }

    /// Appends what a page of outcomes says, as one write.
    async fn take(&self, scope: &Scope, mut state: State, cursor: &mut Cursor) -> Result<()> {
        let query = OutcomeQuery::group(format!("mission/{}", state.mission.id))
            .after(cursor.clone())
            .with_limit(PageRequest::MAX)
            .with_wait(WAIT);
        let mut retry = Retry::new(&*self.clock);
        let page = loop {
            match self.executor.outcomes(scope, &query).await {
                Ok(page) => break page,
                Err(error) => retry.after(error).await?,
            }
        };
        let at = state.version;
        let mut events = Vec::new();
        for outcome in &page.items {
            if let Some(event) = state.take(outcome)? {
                let version = Version(state.version.0 + 1);
                state.apply(&Event::new(version, outcome.finished, event.clone()))?;
                events.push(event);
            }
        }
        // When another driver is ahead, its events are read first, then this page again.
        if events.is_empty() || self.append(scope, state.mission.id, at, events).await? {
            *cursor = page.next;
        }
        Ok(())
    }

    /// The missions to which something happened last at a time that `when` takes, in the order of their ids; forgotten ones are left out.
    pub(crate) async fn missions_of(
        &self,
        scope: &Scope,
        when: impl Fn(Timestamp) -> bool + Send,
    ) -> Result<Vec<MissionReport>> {
        let mut reports = Vec::new();
        for info in self.ledger.all_streams(scope, PREFIX).await? {
            if !when(info.updated) {
                continue;
            }
            match self
                .report(scope, info.id.as_str()[PREFIX.len()..].parse()?)
                .await
            {
                Ok(report) => reports.push(report),
                Err(error) if error.kind() == ErrorKind::Gone => {}
                Err(error) => return Err(error),
            }
        }
        Ok(reports)
    }
}

fn unknown(id: MissionId) -> Error {
    Error::new(ErrorKind::NotFound, format!("cannot find mission {id}"))
        .with_remedy("list the missions of this scope")
}

fn flawed(flaws: &[Flaw]) -> Fault {
    let mut fault = Fault::new(
        ErrorKind::InvalidInput,
        "cannot follow a plan that does not hold together",
    );
    fault.chain = flaws.iter().take(20).map(ToString::to_string).collect();
    fault
}
