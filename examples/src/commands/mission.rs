//! `alma mission`, `missions` and `cancel`: work of several steps.

use std::{fs, path::PathBuf};

use alma_core::{
    Error, ErrorKind, IdSource, MissionId, MissionReport, MissionStatus, Plan, RandomIds, Result,
    ToolState, Trust,
};
use clap::Args;
use serde_json::{Map, Value};

use crate::{
    exit::Ending,
    home::Home,
    output::{Output, one_line},
};

/// Carries out a goal of several steps, and prints what came of it.
///
/// It works with workers of its own unless `--no-workers` leaves that to `alma work`. A mission that
/// was cut off goes on where it stood with `--resume`.
#[derive(Debug, Args)]
pub struct Mission {
    /// What is wanted, in words.
    #[arg(value_name = "GOAL", required_unless_present = "resume")]
    goal: Option<String>,
    /// A value that the goal speaks of, or the answer to a question, as NAME=JSON or NAME=TEXT.
    #[arg(long = "input", value_name = "NAME=VALUE")]
    inputs: Vec<String>,
    /// A file with one JSON object of such values.
    #[arg(long = "inputs", value_name = "FILE")]
    file: Option<PathBuf>,
    /// Names the mission; starting it again under its id goes on with it. A fresh id by default.
    #[arg(long, value_name = "ID")]
    id: Option<MissionId>,
    /// Goes on with a mission that was cut off or asks.
    #[arg(long, value_name = "ID", conflicts_with_all = ["goal", "id"])]
    resume: Option<MissionId>,
    /// Leaves the work to `alma work` in other processes.
    #[arg(long)]
    no_workers: bool,
}

impl Mission {
    /// Runs the mission until it has ended or asks.
    ///
    /// # Errors
    /// As [`Handle::run`](alma_core::Handle::run); a mission that failed is the error that it failed of.
    pub async fn run(&self, home: &Home, out: Output) -> Result<Ending> {
        home.refresh_grants(home.handle()).await?;
        let inputs = self.read_inputs()?;
        let mission = match self.resume {
            Some(id) => {
                let mut mission = home.handle().mission(id).await?.mission;
                mission.inputs.extend(inputs);
                mission
            }
            None => {
                let fresh = || MissionId::from_bytes(RandomIds::new().next().to_be_bytes());
                let goal = self.goal.clone().unwrap_or_default();
                let mut mission = alma_core::Mission::new(self.id.unwrap_or_else(fresh), goal);
                mission.inputs.extend(inputs);
                mission
            }
        };
        let id = mission.id;
        out.note(format!("mission {id}"));
        let bar = out.spinner("working");
        let report = if self.no_workers {
            home.handle().run(mission).await
        } else {
            home.working(home.handle().run(mission)).await
        };
        bar.finish_and_clear();
        let report = report?;
        home.handle().observe_outcomes().await?;
        match &report.plan {
            Some(plan) => note_plan(plan, out),
            None => note_missing_permissions(home, out).await?,
        }
        ending(&report, out)
    }

    fn read_inputs(&self) -> Result<Map<String, Value>> {
        let mut inputs = match &self.file {
            None => Map::new(),
            Some(path) => {
                let shown = path.display();
                let text = fs::read_to_string(path).map_err(|error| {
                    Error::new(ErrorKind::NotFound, format!("cannot read {shown}"))
                        .with_source(error)
                })?;
                serde_json::from_str(&text).map_err(|error| {
                    Error::invalid(format!("cannot read the inputs in {shown}: {error}"))
                        .with_remedy("write one JSON object with a value a name")
                })?
            }
        };
        for input in &self.inputs {
            let (name, value) = input.split_once('=').ok_or_else(|| {
                Error::invalid(format!("cannot read the input '{}'", one_line(input, 40)))
                    .with_remedy("write NAME=VALUE")
            })?;
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
            inputs.insert(name.to_owned(), value);
        }
        Ok(inputs)
    }
}

/// Says which tools no plan could use, for want of a permission.
async fn note_missing_permissions(home: &Home, out: Output) -> Result<()> {
    for tool in home.all_tools().await? {
        let lacks = home
            .grant(&tool.info, Trust::Owner)
            .await?
            .lacks(&tool.info);
        if tool.state == ToolState::Active && !lacks.is_empty() {
            let (name, lacks) = (&tool.info.name, lacks.join(", "));
            out.note(format!(
                "not on offer: {name} lacks {lacks}; `alma tools call {name} '{{}}'` asks you for it"
            ));
        }
    }
    Ok(())
}

/// Says how the plan came about, and why not otherwise.
pub(super) fn note_plan(plan: &Plan, out: Output) {
    out.note(format!("planned {}", one_line(plan.reason(), 400)));
}

fn ending(report: &MissionReport, out: Output) -> Result<Ending> {
    let id = report.mission.id;
    match &report.status {
        MissionStatus::Asking { questions } => {
            let lines: Vec<String> = questions
                .iter()
                .map(|question| {
                    format!("  {}.{}: {}", question.task, question.input, question.text)
                })
                .collect();
            out.item(
                report,
                format!(
                    "before it starts:\n{}\nanswer with: alma mission --resume {id} --input TASK.INPUT=VALUE",
                    lines.join("\n")
                ),
            )?;
            Ok(Ending::Asks)
        }
        MissionStatus::Failed { fault } => {
            if out.is_json() {
                out.item(report, "")?;
            }
            let mut error: Error = fault.clone().into();
            if error.remedy().is_none() {
                error = error.with_remedy(format!("see `alma missions --json` for mission {id}"));
            }
            Err(error)
        }
        _ => {
            out.item(report, in_words(report))?;
            Ok(Ending::Done)
        }
    }
}

/// Where a mission stands, and what its last tasks gave.
fn in_words(report: &MissionReport) -> String {
    let tasks = report.plan.as_ref().map_or(0, |plan| plan.tasks().len());
    let mut text = format!(
        "{}: {} of {tasks} tasks done",
        state(&report.status),
        report.accepted.len()
    );
    for (task, value) in report.result() {
        let shown = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        text.push_str(&format!("\n{task}: {shown}"));
    }
    text
}

/// Lists missions and where they stand, or shows one.
#[derive(Debug, Args)]
pub struct Missions {
    /// The mission to show.
    #[arg(value_name = "ID")]
    id: Option<MissionId>,
}

impl Missions {
    /// Prints one line a mission, or the results of the one that is named.
    ///
    /// # Errors
    /// `NotFound` for an id that the scope does not have.
    pub async fn run(&self, home: &Home, out: Output) -> Result<Ending> {
        if let Some(id) = self.id {
            let report = home.handle().mission(id).await?;
            out.item(&report, in_words(&report))?;
            return Ok(Ending::Done);
        }
        for report in home.handle().missions().await? {
            let tasks = report.plan.as_ref().map_or(0, |plan| plan.tasks().len());
            let line = format!(
                "{}  {:<9} {}/{tasks}  {}",
                report.mission.id,
                state(&report.status),
                report.accepted.len(),
                one_line(&report.mission.goal, 60)
            );
            out.item(&report, line)?;
        }
        Ok(Ending::Done)
    }
}

/// Cancels a mission and its open jobs.
#[derive(Debug, Args)]
pub struct Cancel {
    /// The mission.
    #[arg(value_name = "MISSION")]
    mission: MissionId,
}

impl Cancel {
    /// Cancels it; one that has ended stays as it ended.
    ///
    /// # Errors
    /// `NotFound` when the scope has no such mission.
    pub async fn run(&self, home: &Home, out: Output) -> Result<Ending> {
        let report = home.handle().cancel(self.mission).await?;
        out.item(
            &report,
            format!("{} is {}", self.mission, state(&report.status)),
        )?;
        Ok(Ending::Done)
    }
}

fn state(status: &MissionStatus) -> &'static str {
    match status {
        MissionStatus::Accepted => "accepted",
        MissionStatus::Asking { .. } => "asks",
        MissionStatus::Running => "running",
        MissionStatus::Done => "done",
        MissionStatus::Failed { .. } => "failed",
        MissionStatus::Cancelled => "cancelled",
        _ => "unknown",
    }
}
