//! Rust functions as tools of the reference forge.

use std::{fmt, sync::Arc};

use serde_json::Value;

use crate::{Result, ToolInfo};

/// A Rust function as a tool.
#[derive(Clone)]
pub struct NativeTool {
    info: ToolInfo,
    run: Arc<Run>,
}

type Run = dyn Fn(&Value) -> Result<Value> + Send + Sync;

impl NativeTool {
    /// A tool that runs `run`; the digest of `info` must change whenever `run` does.
    pub fn new(
        info: ToolInfo,
        run: impl Fn(&Value) -> Result<Value> + Send + Sync + 'static,
    ) -> Self {
        Self {
            info,
            run: Arc::new(run),
        }
    }

    /// What a caller sees.
    #[must_use]
    pub const fn info(&self) -> &ToolInfo {
        &self.info
    }

    /// Runs it on an input, unchecked.
    ///
    /// # Errors
    /// What the function answers.
    pub fn run(&self, input: &Value) -> Result<Value> {
        (self.run)(input)
    }
}

impl fmt::Debug for NativeTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NativeTool").field(&self.info).finish()
    }
}
