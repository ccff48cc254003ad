//! The loop of the driver, and the calls that start, watch and stop a mission.

use std::sync::Arc;

use super::{
    MissionReport, MissionStatus,
    event::{self, PREFIX, stream},
    state::State,
    work::Watch,
};
use crate::{
    Clock, Error, ErrorKind, Event, Executor, Failure, Fault, JobKind, Ledger, LedgerExt, Memory,
    MemoryExt, Mission, MissionId, NewEvent, PageRequest, Planner, Policy, RecordQuery, Result,
    Scope, Timestamp, ToolForge, Trust, Version, retry::Retry,
};

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
        let state = match self.load(scope, id).await? {
            None => {
                let events = vec![event::accepted(&mission)?];
                self.append(scope, id, Version::default(), events).await?;
                self.known(scope, id).await?
            }
            Some(mut state) if matches!(state.status, MissionStatus::Asking { .. }) => {
                let mission = answered(&state.mission, mission);
                let events = vec![event::answered(&state, &mission)?];
                self.append(scope, id, state.version, events).await?;
                self.catch_up(scope, &mut state).await?;
                state
            }
            Some(state) => state,
        };
        self.go_on(scope, state).await
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
        let state = self.known(scope, id).await?;
        self.go_on(scope, state).await
    }

    async fn go_on(&self, scope: &Scope, mut state: State) -> Result<MissionReport> {
        let mut watch = Watch::new();
        loop {
            if state.status.is_final() || matches!(state.status, MissionStatus::Asking { .. }) {
                return Ok(state.report());
            }
            self.step(scope, &state, &mut watch).await?;
            self.catch_up(scope, &mut state).await?;
        }
    }

    /// Does what comes next. What came of it stands in the ledger and nowhere else.
    async fn step(&self, scope: &Scope, state: &State, watch: &mut Watch) -> Result<()> {
        let deadline = state.mission.deadline;
        if deadline.is_some_and(|deadline| self.clock.now() > deadline) {
            let fault = Fault::new(
                ErrorKind::TimedOut,
                "cannot reach the goal before its deadline",
            );
            let event = event::aborted(state, &fault)?;
            self.stop(scope, state, event).await
        } else if state.status == MissionStatus::Accepted {
            self.plan(scope, state).await
        } else if let Some((task, fault)) = state.open_failures.first_key_value() {
            let failure = Failure::new(task.clone(), fault.clone());
            self.repair(scope, state, failure).await
        } else if state.is_complete() {
            let events = vec![event::completed()];
            self.append(scope, state.mission.id, state.version, events)
                .await
                .map(drop)
        } else {
            self.work(scope, state, watch).await
        }
    }

    /// Where a mission stands.
    pub(crate) async fn report(&self, scope: &Scope, id: MissionId) -> Result<MissionReport> {
        Ok(self.known(scope, id).await?.report())
    }

    /// Cancels a mission and its open jobs; one that has ended stays as it ended.
    pub(crate) async fn cancel(&self, scope: &Scope, id: MissionId) -> Result<MissionReport> {
        let mut state = self.known(scope, id).await?;
        while !state.status.is_final() {
            self.stop(scope, &state, event::cancelled()).await?;
            self.catch_up(scope, &mut state).await?;
        }
        Ok(state.report())
    }

    async fn known(&self, scope: &Scope, id: MissionId) -> Result<State> {
        self.load(scope, id).await?.ok_or_else(|| unknown(id))
    }

    async fn load(&self, scope: &Scope, id: MissionId) -> Result<Option<State>> {
        let events = self.news(scope, id, Version::default()).await?;
        let Some((first, rest)) = events.split_first() else {
            return Ok(None);
        };
        let mut state = State::begin(first)?;
        for event in rest {
            state.apply(event)?;
        }
        self.catch_up(scope, &mut state).await?;
        Ok(Some(state))
    }

    /// Takes in the events since the last one that the state knows; what is known is not read again.
    async fn catch_up(&self, scope: &Scope, state: &mut State) -> Result<()> {
        loop {
            let events = self.news(scope, state.mission.id, state.version).await?;
            if events.is_empty() {
                return Ok(());
            }
            for event in &events {
                state.apply(event)?;
            }
        }
    }

    /// The next page of events after a version.
    async fn news(&self, scope: &Scope, id: MissionId, after: Version) -> Result<Vec<Event>> {
        let id = stream(id)?;
        let mut retry = Retry::new(&*self.clock);
        loop {
            match self.ledger.read(scope, &id, after, PageRequest::MAX).await {
                Err(error) => retry.after(error).await?,
                Ok(events) => return Ok(events),
            }
        }
    }

    /// Appends events. Losing to another driver is no error: the loop reads again and decides anew.
    pub(super) async fn append(
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
    pub(super) async fn stop(&self, scope: &Scope, state: &State, event: NewEvent) -> Result<()> {
        if self
            .append(scope, state.mission.id, state.version, vec![event])
            .await?
        {
            self.executor.cancel(scope, &state.open_jobs(scope)).await?;
        }
        Ok(())
    }

    /// The missions that `which` takes by the time at which something happened to them last, in the order of their ids; forgotten ones are left out.
    pub(crate) async fn missions_of(
        &self,
        scope: &Scope,
        which: impl Fn(MissionId, Timestamp) -> bool + Send,
    ) -> Result<Vec<MissionReport>> {
        let mut reports = Vec::new();
        for info in self.ledger.all_streams(scope, PREFIX).await? {
            let id = info.id.as_str()[PREFIX.len()..].parse()?;
            if !which(id, info.updated) {
                continue;
            }
            match self.report(scope, id).await {
                Ok(report) => reports.push(report),
                Err(error) if error.kind() == ErrorKind::Gone => {}
                Err(error) => return Err(error),
            }
        }
        Ok(reports)
    }
}

/// The mission with the answers that it asked for. Whoever answers lends it no trust, and what the answers were made of belongs to it.
fn answered(mission: &Mission, answers: Mission) -> Mission {
    let mut mission = mission.clone();
    mission.inputs.extend(answers.inputs);
    mission.trust = mission.trust.min(answers.trust);
    for source in answers.sources {
        if !mission.sources.contains(&source) {
            mission.sources.push(source);
        }
    }
    mission
}

pub(super) fn unknown(id: MissionId) -> Error {
    Error::new(ErrorKind::NotFound, format!("cannot find mission {id}"))
        .with_remedy("list the missions of this scope")
}
