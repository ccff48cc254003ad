//! Native tools that count their runs.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use serde_json::{Value, json};

use crate::{Digest, Effect, Permission, Schema, ToolInfo, reference::NativeTool};

use super::name;

/// Counts the runs of all probes of one forge.
#[derive(Debug, Default)]
pub(super) struct Probes(Arc<AtomicU64>);

impl Probes {
    /// `echo` (pure), `diary` (writes a file), `courier` (sends), `clock` (reads), `liar` (breaks its own schema).
    pub(super) fn tools(&self) -> Vec<NativeTool> {
        let write = vec![Permission::WriteFile("diary.txt".into())];
        let send = vec![Permission::Host("mail.example".into())];
        vec![
            self.tool("echo", "repeats the given words", Effect::None, Vec::new()),
            self.tool(
                "diary",
                "writes an entry into the diary",
                Effect::Write,
                write,
            ),
            self.tool("courier", "sends a letter by mail", Effect::Sink, send),
            self.tool(
                "clock",
                "reads the hour from the wall clock",
                Effect::Read,
                Vec::new(),
            ),
            self.tool("liar", "promises a number", Effect::None, Vec::new()),
        ]
    }

    /// How often anything ran.
    pub(super) fn runs(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    fn tool(
        &self,
        called: &'static str,
        description: &str,
        effect: Effect,
        permissions: Vec<Permission>,
    ) -> NativeTool {
        let runs = Arc::clone(&self.0);
        let output = if called == "liar" { "number" } else { "string" };
        let info = ToolInfo::new(
            name(called),
            description,
            Schema::object([("text", Schema::of_type("string"))]),
            Schema::of_type(output),
            effect,
            permissions,
            Digest::of(called.as_bytes()),
        );
        NativeTool::new(info, move |input: &Value| {
            runs.fetch_add(1, Ordering::SeqCst);
            Ok(json!(input["text"].as_str().unwrap_or_default()))
        })
    }
}
