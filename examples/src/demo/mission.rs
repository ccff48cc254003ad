//! The step that needs many processes: a mission over workers, hit with SIGKILL in its midst.

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use alma_core::{
    Error, ErrorKind, LedgerExt, MissionId, MissionReport, MissionStatus, Result, StreamId,
};
use serde_json::json;

use super::{broken, sources::Sources};
use crate::{home::Home, output::Output};

/// The goal, in the owner's words.
const GOAL: &str =
    "Make an inventory of licences: which crates are under which, which need attention";

/// How long the mission may take before the demo gives up.
const PATIENCE: Duration = Duration::from_secs(180);

/// A process of this program, killed when the demo gives up.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(home: &Home, args: &[&str]) -> Result<Process> {
    let failed = |error: std::io::Error| {
        Error::new(ErrorKind::Unavailable, "cannot start a process of the demo").with_source(error)
    };
    let program = std::env::current_exe().map_err(failed)?;
    let child = Command::new(program)
        .arg("--home")
        .arg(home.place().root())
        .arg("--quiet")
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    Ok(Process(child))
}

/// Runs the inventory over processes of its own, kills them in mid-mission, and has it resumed.
pub(super) async fn inventory(home: &Home, sources: &Sources, out: Output) -> Result<PathBuf> {
    out.say(format!("\n5. Mission over worker processes: {GOAL}"))?;
    let begin = Instant::now();
    let crates: Vec<String> = sources
        .crates
        .iter()
        .map(|source| format!("{}-{}", source.name, source.version))
        .collect();
    let id = MissionId::of_parts(&[b"demo", b"licences"]);
    let file = home.place().root().join("inventory.json");
    let inputs = json!({ "crates": crates, "file": "licences.md" });
    fs::write(&file, inputs.to_string()).map_err(|error| {
        Error::new(
            ErrorKind::Unavailable,
            "cannot write the inputs of the mission",
        )
        .with_source(error)
    })?;
    let file = file.to_string_lossy().into_owned();
    let id_text = id.to_string();
    let order = [
        "mission",
        GOAL,
        "--id",
        &id_text,
        "--inputs",
        &file,
        "--no-workers",
    ];
    let work = ["work", "--no-nights"];

    let (driver, first, second) = (
        start(home, &order)?,
        start(home, &work)?,
        start(home, &work)?,
    );
    let tasks = crates.len() * 2 + 1;
    let before = wait(home, id, |report| report.accepted.len() * 3 >= tasks).await?;
    // The planner's process and a worker die in the midst; the other worker goes on.
    drop(driver);
    drop(first);
    if before.status.is_final() {
        return Err(broken("the mission ended before it could be hit"));
    }
    out.say("   SIGKILL to the process that drives the mission and to one of its workers")?;
    let driver = start(home, &["mission", "--resume", &id_text, "--no-workers"])?;
    let third = start(home, &work)?;
    let after = wait(home, id, |report| report.status.is_final()).await?;
    drop((driver, second, third));
    out.note(format!("   took {:.1} s", begin.elapsed().as_secs_f64()));
    if let MissionStatus::Failed { fault } = &after.status {
        return Err(broken(format!("the mission failed: {}", fault.message)));
    }
    for (task, output) in &before.accepted {
        if after.accepted.get(task) != Some(output) {
            return Err(broken(format!("the result of task {task} changed")));
        }
    }
    let twice = accepted_twice(home, id).await?;
    if twice > 0 {
        return Err(broken(format!("{twice} tasks were accepted twice")));
    }
    out.say(format!(
        "   resumed from the ledger: {} of {tasks} tasks done, each accepted once",
        after.accepted.len()
    ))?;
    let written = after
        .result()
        .into_values()
        .find_map(|value| value.get("path")?.as_str().map(PathBuf::from))
        .ok_or_else(|| broken("the mission wrote no report"))?;
    let text = fs::read_to_string(&written).map_err(|error| {
        Error::new(
            ErrorKind::NotFound,
            format!("cannot read {}", written.display()),
        )
        .with_source(error)
    })?;
    let head: Vec<&str> = text.lines().take(16).collect();
    out.say(format!("   {}", head.join("\n   ")))?;
    Ok(written)
}

async fn wait(
    home: &Home,
    id: MissionId,
    enough: impl Fn(&MissionReport) -> bool,
) -> Result<MissionReport> {
    let start = Instant::now();
    loop {
        match home.handle().mission(id).await {
            Ok(report) if enough(&report) || report.status.is_final() => return Ok(report),
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        if start.elapsed() > PATIENCE {
            return Err(Error::new(
                ErrorKind::TimedOut,
                format!("cannot finish mission {id} in {PATIENCE:?}"),
            )
            .with_remedy("see where it stands with `alma missions`"));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// How many tasks have more than one accepted result in the mission's stream.
async fn accepted_twice(home: &Home, id: MissionId) -> Result<usize> {
    let stream = StreamId::new(format!("mission/{id}"))?;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for event in home.ledger().read_all(home.scope(), &stream).await? {
        if event.kind == "task_done"
            && let Some(task) = event.body.get("task").and_then(|task| task.as_str())
        {
            *seen.entry(task.to_owned()).or_default() += 1;
        }
    }
    Ok(seen.values().filter(|times| **times > 1).count())
}
