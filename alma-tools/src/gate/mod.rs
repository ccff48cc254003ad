//! The gate: what a candidate must pass before its digest may be called.

mod differential;
mod examples;
mod fuzz;
mod probes;
mod text;

use alma_core::{
    Digest, Effect, ForgeReport, Result, Stage, StageResult, Timestamp, Tool, ToolInfo, ToolSpec,
    ToolState,
};
use serde_json::json;

use probes::Dice;
pub(crate) use text::lint;

use crate::{
    build::{Effort, Task, search},
    lang::Program,
    order::Order,
};

/// Inputs beside the examples on which the search keeps programs apart.
const PROBES: usize = 6;
/// Programs that cost this much more than the cheapest may be what is meant.
const MARGIN: u8 = 1;

/// What became of an order at the gate.
#[derive(Debug)]
pub(crate) enum Judged {
    /// The candidate passed every stage.
    Admitted(Box<Admitted>),
    /// A stage left a question open.
    Open(Vec<String>, ForgeReport),
    /// A stage failed.
    Refused(String, ForgeReport),
}

/// A candidate that passed. Only the gate makes one, and only it becomes a [`Tool`].
#[derive(Debug)]
pub(crate) struct Admitted {
    info: ToolInfo,
    program: Program,
    report: ForgeReport,
}

impl Admitted {
    /// The tool, with its program and its evidence.
    pub(crate) fn into_tool(self, spec: &ToolSpec, now: Timestamp) -> (Tool, Program, ForgeReport) {
        let tool = Tool::new(
            self.info,
            ToolState::Active,
            now,
            spec.sources.clone(),
            "examples",
        );
        (tool, self.program, self.report)
    }
}

/// The stages so far.
struct Trial {
    stages: Vec<Stage>,
    searched: u64,
}

impl Trial {
    fn refuse(mut self, stage: Stage, program: Option<&Program>) -> Judged {
        let reason = stage.why.clone();
        self.stages.push(stage);
        Judged::Refused(reason, self.report(None, program))
    }

    fn report(self, info: Option<&ToolInfo>, program: Option<&Program>) -> ForgeReport {
        let digest = info.map(|info| info.digest);
        ForgeReport::new(
            digest,
            program.map(ToString::to_string),
            self.searched,
            self.stages,
        )
    }
}

/// Searches a program for an order and passes it through the stages, cheapest first; the first failure ends it.
///
/// `others` are the names of the tools that are there already.
///
/// # Errors
/// `InvalidInput` for an order that cannot be read.
pub(crate) fn judge(spec: &ToolSpec, others: &[String], effort: Effort) -> Result<Judged> {
    let order = Order::read(spec)?;
    let mut trial = Trial {
        stages: Vec::new(),
        searched: 0,
    };
    for stage in [text::stage(spec, others), permissions(spec)] {
        if stage.result == StageResult::Failed {
            return Ok(trial.refuse(stage, None));
        }
        trial.stages.push(stage);
    }
    if let Some((a, b)) = order.contradiction() {
        let why = format!("examples {} and {} contradict each other", a + 1, b + 1);
        let stage = Stage::new(
            "examples",
            StageResult::Failed,
            why,
            json!({"pair": [a, b]}),
        );
        return Ok(trial.refuse(stage, None));
    }
    let order = order.distinct();
    if order.samples.len() < 2 {
        let why = "its examples are one example repeated, which settles nothing";
        let evidence = json!({"examples": spec.examples.len(), "distinct": order.samples.len()});
        let stage = Stage::new("examples", StageResult::Failed, why, evidence);
        return Ok(trial.refuse(stage, None));
    }
    // Beyond what the examples carry, whatever is found is refused.
    let carried = examples::carried(order.samples.len()) + u32::from(MARGIN);
    let effort = Effort {
        cost: effort.cost.min(u8::try_from(carried).unwrap_or(u8::MAX)),
        ..effort
    };
    let mut dice = Dice::new(Digest::of_json(&json!(spec.examples)));
    let probes = probes::probes(&order, PROBES, &mut dice);
    let found = search(
        &Task {
            description: &spec.description,
            params: &order.params,
            gives: order.gives,
            samples: &order.samples,
            probes: &probes,
        },
        Effort {
            beyond: MARGIN,
            ..effort
        },
    );
    trial.searched = found.evaluations;
    let Some(best) = found.solutions.first() else {
        let why = "no program of the language fits all examples within the effort";
        let evidence = json!({"evaluations": found.evaluations, "spent": found.spent});
        return Ok(trial.refuse(
            Stage::new("examples", StageResult::Failed, why, evidence),
            None,
        ));
    };
    let order = order.widened(&best.body);
    let program = Program::new(order.params.clone(), order.gives, best.body.clone())?;
    let info = ToolInfo::new(
        spec.name.clone(),
        &spec.description,
        order.input.clone(),
        order.output.clone(),
        Effect::None,
        Vec::new(),
        Digest::of(program.to_string().as_bytes()),
    );
    let (stage, searched) = examples::stage(spec, &order, &program, best.cost, effort);
    trial.searched += searched;
    if stage.result == StageResult::Failed {
        return Ok(trial.refuse(stage, Some(&program)));
    }
    trial.stages.push(stage);
    let stage = fuzz::stage(&order, &program, &info);
    if stage.result == StageResult::Failed {
        return Ok(trial.refuse(stage, Some(&program)));
    }
    trial.stages.push(stage);
    let margin = u32::from(MARGIN);
    let stage = differential::stage(&order, &program, &found.solutions, margin, &mut dice);
    let open = stage.result == StageResult::Open;
    let question = stage.why.clone();
    trial.stages.push(stage);
    let report = trial.report(Some(&info), Some(&program));
    Ok(if open {
        Judged::Open(vec![question], report)
    } else {
        Judged::Admitted(Box::new(Admitted {
            info,
            program,
            report,
        }))
    })
}

/// A program from examples touches nothing, so that it may ask for nothing.
fn permissions(spec: &ToolSpec) -> Stage {
    let asked: Vec<_> = spec.permissions.iter().map(ToString::to_string).collect();
    let evidence = json!({"asked": asked, "observed": []});
    if asked.is_empty() {
        Stage::new(
            "permissions",
            StageResult::Passed,
            "it asks for nothing and touches nothing",
            evidence,
        )
    } else {
        let why = format!(
            "it asks to {}, which a program from examples never does",
            asked.join(", ")
        );
        Stage::new("permissions", StageResult::Failed, why, evidence)
    }
}
