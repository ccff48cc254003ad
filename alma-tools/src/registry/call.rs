//! Calling: schema of the input, permissions, sandbox, schema of the output, in this order.

use std::{future::poll_fn, pin::pin, task::Poll};

use alma_core::{
    Call, Clock, Effect, Error, ErrorKind, Grant, Result, Scope, Tool, ToolResult, ToolState, Trust,
};
use serde_json::Value;

use crate::{
    lang::{Limits, Program},
    native::{Native, NativeCall},
    order::Shape,
};

/// What runs.
pub(super) enum Code<'a> {
    Native(&'a Native),
    Program(Program),
}

/// Runs one call of a tool that was looked up.
pub(super) async fn run(
    scope: &Scope,
    tool: &Tool,
    code: Code<'_>,
    call: Call,
    grant: &Grant,
    clock: &dyn Clock,
) -> Result<ToolResult> {
    let info = &tool.info;
    let name = &info.name;
    match tool.state {
        ToolState::Active => {}
        ToolState::Retired => {
            return Err(Error::new(
                ErrorKind::Denied,
                format!("cannot call '{name}': it is retired"),
            )
            .with_remedy("find another tool, or forge it anew"));
        }
        _ => {
            return Err(Error::new(
                ErrorKind::Denied,
                format!("cannot call '{name}': it is quarantined"),
            )
            .with_remedy("it differs from what the gate admitted; forge it anew"));
        }
    }
    let now = clock.now();
    if call.deadline.is_some_and(|deadline| now > deadline) {
        return Err(late(name.as_str()));
    }
    info.input.check(&call.input)?;
    let lacking = grant.lacks(info);
    if !lacking.is_empty() {
        return Err(Error::new(
            ErrorKind::Denied,
            format!("cannot call '{name}' without: {}", lacking.join(", ")),
        )
        .with_remedy("approve it, or let the policy grant it"));
    }
    if info.effect == Effect::Sink && call.trust < Trust::Owner {
        return Err(Error::new(
            ErrorKind::Denied,
            format!(
                "cannot call '{name}' on input of {} trust",
                call.trust.as_str()
            ),
        )
        .with_remedy("a sink takes the owner's own words: confirm this input"));
    }
    let output = match code {
        Code::Program(program) => run_program(&program, tool, &call.input)?,
        Code::Native(native) => {
            let context = NativeCall::new(scope.clone(), call.key, call.trust, grant.clone());
            let running = native.run(context, call.input);
            match call.deadline {
                None => running.await?,
                Some(deadline) => {
                    let mut running = running;
                    let mut alarm = pin!(clock.sleep(deadline.since(now)));
                    poll_fn(|context| {
                        if let Poll::Ready(done) = running.as_mut().poll(context) {
                            return Poll::Ready(done);
                        }
                        alarm
                            .as_mut()
                            .poll(context)
                            .map(|()| Err(late(name.as_str())))
                    })
                    .await?
                }
            }
        }
    };
    info.output.check(&output).map_err(|error| {
        Error::new(
            ErrorKind::Internal,
            format!("cannot use what '{name}' answered"),
        )
        .with_source(error)
    })?;
    Ok(ToolResult::new(output, call.trust.min(Trust::VerifiedTool)))
}

fn run_program(program: &Program, tool: &Tool, input: &Value) -> Result<Value> {
    let shape = Shape::of(&tool.info.input, program.params());
    let arguments = shape.arguments(input).ok_or_else(|| {
        Error::invalid(format!(
            "cannot call '{}' with an input of this shape",
            tool.info.name
        ))
        .with_remedy("see the tool's input schema")
    })?;
    let arguments: Vec<Value> = arguments.into_iter().cloned().collect();
    program.run_json(&arguments, Limits::default())
}

fn late(name: &str) -> Error {
    Error::new(
        ErrorKind::TimedOut,
        format!("cannot call '{name}': the deadline is over"),
    )
}
