//! `alma tools`: what can be called, and building what is missing.

use std::{fs, path::PathBuf};

use alma_core::{
    ApprovalKind, Call, Error, ErrorKind, Example, ForgeOutcome, ForgeReport, IdSource, RandomIds,
    Result, StageResult, Tool, ToolName, ToolSpec, ToolState, Trust,
};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{
    exit::Ending,
    home::{Home, policy::APPROVAL_TIME},
    output::Output,
};

/// Lists, shows, calls, builds and retires tools.
#[derive(Debug, Args)]
pub struct Tools {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Lists the tools of the scope.
    List,
    /// Shows one tool with everything that its digest covers.
    Show {
        /// Its name, or the beginning of its digest.
        tool: String,
    },
    /// Calls a tool.
    Call {
        /// Its name, or the beginning of its digest.
        tool: String,
        /// Its input as JSON; a text that is no JSON is taken as it stands.
        input: String,
    },
    /// Builds a tool from examples and passes it through the gate.
    Forge(Forge),
    /// Takes a tool out of use for good; it stays listed.
    Retire {
        /// Its name, or the beginning of its digest.
        tool: String,
    },
}

#[derive(Debug, Args)]
struct Forge {
    /// Its name.
    #[arg(value_parser = name)]
    name: ToolName,
    /// What it does, in a sentence.
    #[arg(long)]
    description: String,
    /// A file of examples: one `{"input": …, "output": …}` a line, or a JSON list of them.
    #[arg(long, value_name = "FILE")]
    examples: PathBuf,
}

impl Tools {
    /// Does what was asked.
    ///
    /// # Errors
    /// As the call of [`ToolForge`](alma_core::ToolForge) that it makes.
    pub async fn run(&self, home: &Home, out: Output) -> Result<Ending> {
        match &self.action {
            Action::List => list(home, out).await,
            Action::Show { tool } => {
                let tool = find(home, tool).await?;
                out.item(&tool, pretty(&tool)?)?;
                Ok(Ending::Done)
            }
            Action::Call { tool, input } => call(home, out, tool, input).await,
            Action::Forge(order) => order.run(home, out).await,
            Action::Retire { tool } => {
                let tool = find(home, tool).await?.info;
                home.tools().retire(home.scope(), &tool.digest).await?;
                out.item(
                    &json!({ "retired": tool.digest }),
                    format!("{} {} is out of use", tool.name, tool.digest.short()),
                )?;
                Ok(Ending::Done)
            }
        }
    }
}

async fn list(home: &Home, out: Output) -> Result<Ending> {
    for tool in home.all_tools().await? {
        let needs: Vec<String> = tool
            .info
            .permissions
            .iter()
            .map(ToString::to_string)
            .collect();
        out.item(
            &tool,
            format!(
                "{:<24} {}  {:<11} {}{}",
                tool.info.name.as_str(),
                tool.info.digest.short(),
                state(tool.state),
                tool.info.description,
                if needs.is_empty() {
                    String::new()
                } else {
                    format!(" (needs: {})", needs.join(", "))
                }
            ),
        )?;
    }
    Ok(Ending::Done)
}

async fn call(home: &Home, out: Output, tool: &str, input: &str) -> Result<Ending> {
    let info = find(home, tool).await?.info;
    let input: Value = serde_json::from_str(input).unwrap_or_else(|_| Value::from(input));
    let grant = home.grant(&info, Trust::Owner).await?;
    if !grant.lacks(&info).is_empty() {
        let question = format!(
            "Let the tool {} {}?",
            info.name,
            grant.lacks(&info).join(", ")
        );
        let id = home
            .handle()
            .ask(
                ApprovalKind::Permission,
                info.digest,
                question,
                APPROVAL_TIME,
            )
            .await?;
        return Err(Error::new(
            ErrorKind::Denied,
            format!(
                "cannot call {}: it lacks {}",
                info.name,
                grant.lacks(&info).join(", ")
            ),
        )
        .with_remedy(format!("allow it with `alma approve {id}`")));
    }
    // Who calls twice means it: the key names this call, not what it is about.
    let key = format!("cli/{:032x}", RandomIds::new().next());
    let call = Call::new(info.digest, input, key).with_trust(Trust::Owner);
    let result = home.tools().call(home.scope(), call, &grant).await?;
    let shown = result
        .output
        .as_str()
        .map_or_else(|| result.output.to_string(), str::to_owned);
    out.item(&result, shown)?;
    Ok(Ending::Done)
}

impl Forge {
    async fn run(&self, home: &Home, out: Output) -> Result<Ending> {
        let spec = ToolSpec::new(self.name.clone(), &self.description, self.read()?);
        let bar = out.spinner("searching the smallest program");
        let outcome = home.tools().forge(home.scope(), &spec).await;
        bar.finish_and_clear();
        let outcome = outcome?;
        out.item(&outcome, in_words(&outcome))?;
        match outcome {
            ForgeOutcome::Accepted { .. } => Ok(Ending::Done),
            ForgeOutcome::Draft { .. } => Ok(Ending::Asks),
            _ => Ok(Ending::Refused),
        }
    }

    fn read(&self) -> Result<Vec<Example>> {
        let path = self.examples.display();
        let text = fs::read_to_string(&self.examples).map_err(|error| {
            Error::new(ErrorKind::NotFound, format!("cannot read {path}")).with_source(error)
        })?;
        let wrong = |error: serde_json::Error| {
            Error::invalid(format!("cannot read the examples in {path}: {error}"))
                .with_remedy(r#"write one {"input": …, "output": …} a line"#)
        };
        if text.trim_start().starts_with('[') {
            return serde_json::from_str(&text).map_err(wrong);
        }
        text.lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| serde_json::from_str(line).map_err(wrong))
            .collect()
    }
}

/// What became of an order, in words: the program or the reason, and every stage of the gate.
#[must_use]
pub fn in_words(outcome: &ForgeOutcome) -> String {
    let (mut text, report) = match outcome {
        ForgeOutcome::Accepted { tool, report } => (
            format!("accepted {} {}", tool.info.name, tool.info.digest.short()),
            report,
        ),
        ForgeOutcome::Draft { questions, report } => (
            format!("a draft that asks: {}", questions.join(" ")),
            report,
        ),
        ForgeOutcome::Refused { reason, report } => (format!("refused: {reason}"), report),
        _ => return "an outcome of a newer version".to_owned(),
    };
    text.push_str(&evidence(report));
    text
}

fn evidence(report: &ForgeReport) -> String {
    let mut text = String::new();
    if let Some(program) = &report.program {
        text.push_str(&format!("\n  program   {program}"));
    }
    for stage in &report.stages {
        let result = match stage.result {
            StageResult::Passed => "passed",
            StageResult::Failed => "failed",
            _ => "open",
        };
        text.push_str(&format!("\n  {:<9} {result}: {}", stage.name, stage.why));
    }
    text
}

/// The one tool with this name that can be called, or with this digest.
async fn find(home: &Home, wanted: &str) -> Result<Tool> {
    let tools = home.all_tools().await?;
    let named = tools
        .iter()
        .filter(|tool| tool.info.name.as_str() == wanted)
        .max_by_key(|tool| (tool.state == ToolState::Active, tool.admitted));
    let by_digest = || {
        let mut found = tools
            .iter()
            .filter(|tool| wanted.len() >= 6 && tool.info.digest.to_string().starts_with(wanted));
        found.next().filter(|_| found.next().is_none())
    };
    named.or_else(by_digest).cloned().ok_or_else(|| {
        Error::new(ErrorKind::NotFound, format!("cannot find tool '{wanted}'"))
            .with_remedy("list the tools with `alma tools list`")
    })
}

fn pretty(tool: &Tool) -> Result<String> {
    serde_json::to_string_pretty(tool).map_err(|error| {
        Error::new(ErrorKind::Internal, "cannot write a tool as JSON").with_source(error)
    })
}

fn state(state: ToolState) -> &'static str {
    match state {
        ToolState::Active => "active",
        ToolState::Quarantined => "quarantined",
        _ => "retired",
    }
}

fn name(text: &str) -> Result<ToolName> {
    ToolName::new(text)
}
