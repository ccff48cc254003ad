//! A mission of many tasks over processes of their own, hit in the middle, and resumed.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    process::Stdio,
    time::Duration,
};

use alma_core::{
    Action, Event, JobId, JobQuery, JobState, JobStore, LedgerExt, MissionId, MissionReport,
    MissionStatus, PageRequest, Result, StreamId,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use super::{
    sources::Sources,
    stage::{Stage, broken, write},
};
use crate::home::{Home, copies::path_of};

const GOAL: &str = "inventory of licences: which crates are under which, which need attention";

/// How many processes work.
const WORKERS: usize = 2;

/// Nothing of the demo takes this long.
const PATIENCE: Duration = Duration::from_secs(300);

/// What stood in the ledger at the moment of the kill: the file `kill.json` of the home.
#[derive(Debug, Serialize, Deserialize)]
pub struct Kill {
    /// The mission.
    pub mission: MissionId,
    /// The processes that got SIGKILL: the driver first.
    pub killed: Vec<u32>,
    /// The tasks that were accepted by then, with the version of the event that says so.
    pub accepted: BTreeMap<String, u64>,
    /// How many tasks the plan has.
    pub tasks: usize,
    /// The jobs that the dead workers had claimed, each with its fencing number.
    pub held: BTreeMap<JobId, u64>,
}

/// Runs the mission, kills it, resumes it, and answers with the path of its report.
pub(super) async fn run(home: &Home, stage: &Stage, found: &Sources) -> Result<PathBuf> {
    let id = MissionId::of_parts(&[b"demo", b"licences"]);
    let stream = StreamId::new(format!("mission/{id}"))?;
    let path = path_of(home.place(), home.scope(), &stream);
    let crates: Vec<String> = found
        .crates
        .iter()
        .map(|one| format!("{}-{}", one.name, one.version))
        .collect();
    let file = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    // Hundreds of names are too much for a command line.
    let inputs = write(
        home,
        "inventory.json",
        &json!({ "crates": crates, "file": file }),
    )?;
    let inputs = inputs.to_string_lossy().into_owned();
    let id_text = id.to_string();
    let first = [GOAL, "--id", &id_text, "--inputs", &inputs];

    let mut crew = Crew::start(home, &first)?;
    let kill = crew.kill_in_the_middle(home, &stream, id).await?;
    write(home, "kill.json", &kill)?;
    stage.output().note(format!(
        "[{} of {} tasks were accepted at the kill]",
        kill.accepted.len(),
        kill.tasks
    ));
    stage.item(
        &json!({ "step": "kill", "mission": id, "tasks": kill.tasks, "processes": WORKERS + 1 }),
        format!(
            "goal: {GOAL}\nplanned as {} tasks; {WORKERS} worker processes and one driver began\n\
             SIGKILL to all {} processes once a third of the tasks was accepted",
            kill.tasks,
            WORKERS + 1
        ),
    )?;

    let mut crew = Crew::start(home, &["--resume", &id_text])?;
    crew.finish().await?;
    let report = home.handle().mission(id).await?;
    if report.status != MissionStatus::Done {
        return Err(broken(&format!("the mission ended as {:?}", report.status)));
    }
    let again = repeated(
        &done(&home.ledger().read_all(home.scope(), &stream).await?),
        &kill,
    );
    let tools = tool_names(home, &report).await?;
    let attention = report
        .result()
        .values()
        .find_map(|output| output.get("attention").and_then(Value::as_u64))
        .unwrap_or_default();
    stage.item(
        &json!({
            "step": "mission", "mission": id, "tasks": report.accepted.len(), "repeated": again,
            "tools": tools, "attention": attention, "report": path,
        }),
        format!(
            "new processes resumed it from the ledger: {} tasks accepted, each once\n\
             accepted before the kill and done again: {again}\n\
             tools used: {}\n\
             {} crates looked at, {attention} need attention",
            report.accepted.len(),
            tools.join(", "),
            crates.len()
        ),
    )?;
    Ok(path)
}

/// The names of the tools that a mission's plan calls.
async fn tool_names(home: &Home, report: &MissionReport) -> Result<Vec<String>> {
    let tools = home.all_tools().await?;
    let planned = report.plan.iter().flat_map(|plan| plan.tasks());
    let names: BTreeSet<String> = planned
        .filter_map(|task| match &task.action {
            Action::Tool(digest) => tools.iter().find(|tool| tool.info.digest == *digest),
            _ => None,
        })
        .map(|tool| tool.info.name.to_string())
        .collect();
    Ok(names.into_iter().collect())
}

/// How many tasks that were accepted before the kill were accepted anew.
fn repeated(after: &BTreeMap<String, Vec<u64>>, kill: &Kill) -> usize {
    kill.accepted
        .iter()
        .filter(|(task, version)| {
            after
                .get(*task)
                .is_none_or(|found| found.as_slice() != [**version])
        })
        .count()
}

/// The versions of the events that accept each task.
fn done(events: &[Event]) -> BTreeMap<String, Vec<u64>> {
    let mut found: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.kind == "task_done") {
        if let Some(task) = event.body.get("task").and_then(Value::as_str) {
            found
                .entry(task.to_owned())
                .or_default()
                .push(event.version.0);
        }
    }
    found
}

/// The processes of a mission: one drives, the others work.
struct Crew {
    driver: Child,
    workers: Vec<Child>,
}

impl Crew {
    fn start(home: &Home, mission: &[&str]) -> Result<Self> {
        let workers = (0..WORKERS)
            .map(|_| spawn(home, &["work", "--no-nights"]))
            .collect::<Result<_>>()?;
        let driver = spawn(home, &[&["mission", "--no-workers"], mission].concat())?;
        Ok(Self { driver, workers })
    }

    /// Waits until a third of the tasks is accepted, then SIGKILLs all processes at once.
    async fn kill_in_the_middle(
        &mut self,
        home: &Home,
        stream: &StreamId,
        mission: MissionId,
    ) -> Result<Kill> {
        let mut waited = Duration::ZERO;
        let step = Duration::from_millis(10);
        let tasks = loop {
            let events = home.ledger().read_all(home.scope(), stream).await?;
            let report = home.handle().mission(mission).await;
            let tasks = report
                .ok()
                .and_then(|report| report.plan)
                .map_or(0, |plan| plan.tasks().len());
            if tasks > 0 && done(&events).len() * 3 >= tasks {
                break tasks;
            }
            if self.driver.try_wait().ok().flatten().is_some() || waited > PATIENCE {
                return Err(broken("the mission ended before it could be killed"));
            }
            tokio::time::sleep(step).await;
            waited += step;
        };
        let mut killed = Vec::new();
        for child in std::iter::once(&mut self.driver).chain(&mut self.workers) {
            killed.extend(child.id());
            // On Unix this is SIGKILL: no handler runs, nothing is flushed.
            child
                .start_kill()
                .map_err(|error| broken("a process cannot be killed").with_source(error))?;
        }
        for child in std::iter::once(&mut self.driver).chain(&mut self.workers) {
            let _ = child.wait().await;
        }
        let events = home.ledger().read_all(home.scope(), stream).await?;
        let accepted: BTreeMap<String, u64> = done(&events)
            .into_iter()
            .filter_map(|(task, versions)| Some((task, *versions.first()?)))
            .collect();
        if accepted.len() >= tasks {
            return Err(broken("the mission was over before the kill"));
        }
        Ok(Kill {
            mission,
            killed,
            accepted,
            tasks,
            held: held(home).await?,
        })
    }

    /// Waits for the driver, then sends the workers home.
    async fn finish(&mut self) -> Result<()> {
        let ended = tokio::time::timeout(PATIENCE, self.driver.wait()).await;
        for worker in &mut self.workers {
            // Nothing is left to do, and a worker may be killed at any time.
            let _ = worker.kill().await;
        }
        match ended {
            Ok(Ok(status)) if status.success() => Ok(()),
            _ => Err(broken("the resumed mission did not end well")),
        }
    }
}

/// What is claimed now; a handful, since each worker claims what it runs.
async fn held(home: &Home) -> Result<BTreeMap<JobId, u64>> {
    let claimed = JobQuery::states(vec![JobState::Leased]);
    let page = PageRequest::first(PageRequest::MAX);
    let page = home.jobs().jobs(home.scope(), &claimed, &page).await?;
    let jobs = page.items.into_iter();
    Ok(jobs.map(|job| (job.id, job.token)).collect())
}

fn spawn(home: &Home, args: &[&str]) -> Result<Child> {
    let program = std::env::current_exe()
        .map_err(|error| broken("this program cannot be found").with_source(error))?;
    Command::new(program)
        .arg("--home")
        .arg(home.place().root())
        .args(["--scope", home.scope().as_str(), "--quiet"])
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| broken("a process cannot be started").with_source(error))
}
