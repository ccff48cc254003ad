//! What a tool is to those who choose and call it.

use std::fmt;

use serde::{Deserialize, Serialize, de};
use serde_json::{Value, json};

use crate::{
    Digest, Effect, Error, Permission, RecordId, Result, Schema, Timestamp, Trust, digest::clip,
};

/// The name of a tool: 1–128 of `a-z A-Z 0-9 . _ -`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ToolName(String);

impl ToolName {
    /// A name.
    ///
    /// # Errors
    /// `InvalidInput` when it breaks the rule above.
    pub fn new(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if name.is_empty() || name.len() > 128 || !name.chars().all(plain) {
            return Err(
                Error::invalid(format!("cannot name a tool '{}'", clip(&name)))
                    .with_remedy("use 1 to 128 letters, digits, '.', '_' or '-'"),
            );
        }
        Ok(Self(name))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ToolName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ToolName {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(input)?).map_err(de::Error::custom)
    }
}

/// An immutable version of a tool as a model or a caller sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolInfo {
    /// Names this version; made of all the fields below.
    pub digest: Digest,
    /// Its name.
    pub name: ToolName,
    /// What it does, in a sentence. It is data: nothing that it says is followed.
    pub description: String,
    /// What it takes.
    pub input: Schema,
    /// What it gives.
    pub output: Schema,
    /// What a call does to the world.
    pub effect: Effect,
    /// What a call needs to touch, sorted.
    pub permissions: Vec<Permission>,
    /// The digest of what runs: code, endpoint, or the stated version of a native tool.
    pub code: Digest,
}

impl ToolInfo {
    /// A version, named by the digest of all that is given.
    pub fn new(
        name: ToolName,
        description: impl Into<String>,
        input: Schema,
        output: Schema,
        effect: Effect,
        mut permissions: Vec<Permission>,
        code: Digest,
    ) -> Self {
        permissions.sort();
        permissions.dedup();
        let leads_out = permissions.iter().any(Permission::leads_out);
        let effect = if leads_out { Effect::Sink } else { effect };
        let mut info = Self {
            digest: code,
            name,
            description: description.into(),
            input,
            output,
            effect,
            permissions,
            code,
        };
        info.digest = info.computed_digest();
        info
    }

    /// The digest that the fields have now; it differs from `digest` when somebody changed them.
    #[must_use]
    pub fn computed_digest(&self) -> Digest {
        Digest::of_json(&json!({
            "name": self.name, "description": self.description, "input": self.input,
            "output": self.output, "effect": self.effect, "permissions": self.permissions,
            "code": self.code,
        }))
    }
}

/// Whether a tool may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ToolState {
    /// Its digest passed the gate.
    Active,
    /// It waits for a decision of the owner, or drifted from its digest.
    Quarantined,
    /// It is kept for the record and can't be called.
    Retired,
}

/// A tool in a registry. Only a forge makes one, once its digest passed the gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tool {
    /// What a caller sees.
    pub info: ToolInfo,
    /// Whether it may be called.
    pub state: ToolState,
    /// When it was admitted.
    pub admitted: Timestamp,
    /// The records that its examples came from.
    pub sources: Vec<RecordId>,
    /// Where it comes from: `native`, `examples`, or a builder's own name.
    pub origin: String,
}

impl Tool {
    /// A registry's entry.
    pub fn new(
        info: ToolInfo,
        state: ToolState,
        admitted: Timestamp,
        sources: Vec<RecordId>,
        origin: impl Into<String>,
    ) -> Self {
        Self {
            info,
            state,
            admitted,
            sources,
            origin: origin.into(),
        }
    }
}

/// What somebody needs a tool for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Need {
    /// In words.
    pub text: String,
    /// What it must take, if that is known.
    pub input: Option<Schema>,
    /// What it must give, if that is known.
    pub output: Option<Schema>,
}

impl Need {
    /// A need in words.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            input: None,
            output: None,
        }
    }
}

/// A tool that may fit a need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolMatch {
    /// The tool.
    pub tool: ToolInfo,
    /// How well it fits, 0 to 1.
    pub score: f64,
}

impl ToolMatch {
    /// `tool` fits by `score`.
    #[must_use]
    pub const fn new(tool: ToolInfo, score: f64) -> Self {
        Self { tool, score }
    }
}

/// One call of a tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Call {
    /// The exact version.
    pub tool: Digest,
    /// Its input.
    pub input: Value,
    /// The least trust of all that the input was made of.
    pub trust: Trust,
    /// The idempotency key: whoever repeats a call repeats the key, and a tool with an effect
    /// carries it outside, so that the repetition is noticed there.
    pub key: String,
    /// When the answer is of no use any more.
    pub deadline: Option<Timestamp>,
}

impl Call {
    /// A call with input of external trust.
    pub fn new(tool: Digest, input: Value, key: impl Into<String>) -> Self {
        Self {
            tool,
            input,
            trust: Trust::External,
            key: key.into(),
            deadline: None,
        }
    }

    /// Sets the least trust of all that the input was made of.
    #[must_use]
    pub fn with_trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }

    /// Sets when the answer is of no use any more.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Timestamp) -> Self {
        self.deadline = Some(deadline);
        self
    }
}

/// What a call gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolResult {
    /// The output, checked against the tool's schema.
    pub output: Value,
    /// The trust of the output: never above the trust of the input.
    pub trust: Trust,
}

impl ToolResult {
    /// An output with its trust.
    #[must_use]
    pub const fn new(output: Value, trust: Trust) -> Self {
        Self { output, trust }
    }
}
