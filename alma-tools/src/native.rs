//! Native tools: Rust functions with typed input and output.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use alma_core::{
    Digest, Effect, Error, ErrorKind, Grant, Permission, Result, Schema, Scope, ToolInfo, ToolName,
    Trust,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::gate::lint;

/// What a native tool is given beside its input.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NativeCall {
    /// Whose call it is.
    pub scope: Scope,
    /// The idempotency key of the call: the same whenever it is repeated, after a crash, a lost
    /// lease or a repair. An effect outside carries it, so that the repetition is noticed.
    pub key: String,
    /// The least trust of all that the input was made of.
    pub trust: Trust,
    /// What the call may touch. The forge has checked that it covers what the tool declares.
    pub grant: Grant,
}

impl NativeCall {
    pub(crate) fn new(scope: Scope, key: String, trust: Trust, grant: Grant) -> Self {
        Self {
            scope,
            key,
            trust,
            grant,
        }
    }
}

type Running = Pin<Box<dyn Future<Output = Result<Value>> + Send>>;

/// A Rust function as a tool.
///
/// # Examples
/// ```
/// use alma_core::Schema;
/// use alma_tools::Native;
/// let text = || Schema::of_type("string");
/// let shout = Native::new(
///     "shout", "1", "Put a text into capital letters",
///     Schema::object([("text", text())]), text(),
///     |_call, input: std::collections::BTreeMap<String, String>| async move {
///         Ok(input.get("text").map(|text| text.to_uppercase()).unwrap_or_default())
///     },
/// )?;
/// assert_eq!(shout.info().name.as_str(), "shout");
/// # Ok::<(), alma_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Native {
    info: ToolInfo,
    run: Arc<dyn Fn(NativeCall, Value) -> Running + Send + Sync>,
}

impl Native {
    /// A tool without effect or permissions.
    ///
    /// Its digest is made of all that is given here but `run`, which the compiler hides: change
    /// `version` whenever `run` does something else.
    ///
    /// # Errors
    /// `InvalidInput` for a bad name, or a description that the gate's first stage refuses.
    pub fn new<I, O, F, R>(
        name: &str,
        version: &str,
        description: &str,
        input: Schema,
        output: Schema,
        run: F,
    ) -> Result<Self>
    where
        I: DeserializeOwned + Send + 'static,
        O: Serialize + Send + 'static,
        F: Fn(NativeCall, I) -> R + Send + Sync + 'static,
        R: Future<Output = Result<O>> + Send + 'static,
    {
        if let Some(finding) = lint(description).first() {
            return Err(
                Error::invalid(format!("cannot register tool '{name}': {finding}"))
                    .with_remedy("describe what the tool does, in a plain sentence"),
            );
        }
        let code = Digest::of_parts(&[b"native", name.as_bytes(), version.as_bytes()]);
        let info = ToolInfo::new(
            ToolName::new(name)?,
            description,
            input,
            output,
            Effect::None,
            Vec::new(),
            code,
        );
        let run = Arc::new(run);
        let run = move |call: NativeCall, input: Value| -> Running {
            let run = Arc::clone(&run);
            Box::pin(async move {
                let input: I = serde_json::from_value(input).map_err(|error| {
                    Error::invalid("cannot read the input of a native tool").with_source(error)
                })?;
                let output = run(call, input).await?;
                serde_json::to_value(output).map_err(|error| {
                    Error::new(
                        ErrorKind::Internal,
                        "cannot write the output of a native tool",
                    )
                    .with_source(error)
                })
            })
        };
        Ok(Self {
            info,
            run: Arc::new(run),
        })
    }

    /// The same function as another tool: one that has this effect and needs these permissions.
    #[must_use]
    pub fn with_effect(self, effect: Effect, permissions: Vec<Permission>) -> Self {
        let ToolInfo {
            name,
            description,
            input,
            output,
            code,
            ..
        } = self.info;
        let info = ToolInfo::new(name, description, input, output, effect, permissions, code);
        Self {
            info,
            run: self.run,
        }
    }

    /// What a caller sees.
    #[must_use]
    pub const fn info(&self) -> &ToolInfo {
        &self.info
    }

    pub(crate) fn run(&self, call: NativeCall, input: Value) -> Running {
        (self.run)(call, input)
    }
}

impl fmt::Debug for Native {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Native").field(&self.info).finish()
    }
}
