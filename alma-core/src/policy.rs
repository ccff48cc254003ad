//! Permissions: what a tool may touch, denied until somebody grants it.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

use crate::{Scope, ToolInfo, Trust};

/// One thing that a tool may touch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "what")]
#[non_exhaustive]
pub enum Permission {
    /// Reading this file or everything under this directory.
    ReadFile(String),
    /// Writing this file or anything under this directory.
    WriteFile(String),
    /// Speaking to this host.
    Host(String),
    /// Reading this environment variable.
    Environment(String),
    /// Calling this function of the host program.
    HostFunction(String),
    /// Starting this program.
    Program(String),
}

impl Permission {
    /// Whether what a tool is given may leave the machine, or be executed, through it.
    #[must_use]
    pub const fn leads_out(&self) -> bool {
        matches!(self, Self::Host(_) | Self::Program(_))
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReadFile(what) => write!(f, "read {what}"),
            Self::WriteFile(what) => write!(f, "write {what}"),
            Self::Host(what) => write!(f, "connect to {what}"),
            Self::Environment(what) => write!(f, "read the variable {what}"),
            Self::HostFunction(what) => write!(f, "call {what}"),
            Self::Program(what) => write!(f, "run {what}"),
        }
    }
}

/// What a call does to the world.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Effect {
    /// Nothing: the output follows from the input.
    #[default]
    None,
    /// It reads what may change.
    Read,
    /// It changes something that can be changed back.
    Write,
    /// It sends, pays, deletes, executes, uses the network or writes a rule: needs the owner's trust or a confirmation.
    Sink,
}

/// What one call may touch. It is made by a [`Policy`] where the call runs and travels in no payload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grant {
    permissions: BTreeSet<Permission>,
    effect: Effect,
}

impl Grant {
    /// Nothing at all: tools without effect and permissions run, others are denied.
    #[must_use]
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Calls up to this effect.
    #[must_use]
    pub const fn with_effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    /// One permission more.
    #[must_use]
    pub fn with(mut self, permission: Permission) -> Self {
        self.permissions.insert(permission);
        self
    }

    /// The permissions and the effect that `tool` needs and this grant lacks.
    #[must_use]
    pub fn lacks(&self, tool: &ToolInfo) -> Vec<String> {
        let mut missing: Vec<_> = tool
            .permissions
            .iter()
            .filter(|permission| !self.permissions.contains(permission))
            .map(ToString::to_string)
            .collect();
        if tool.effect > self.effect {
            missing.push(format!("an effect of {:?}", tool.effect).to_lowercase());
        }
        missing
    }

    /// What was granted.
    pub fn permissions(&self) -> impl Iterator<Item = &Permission> {
        self.permissions.iter()
    }
}

/// Who may do what; asked at the place and the moment of a call.
pub trait Policy: fmt::Debug + Send + Sync + 'static {
    /// What a call of `tool` in `scope` may touch, when its input has this trust.
    fn grant(&self, scope: &Scope, tool: &ToolInfo, trust: Trust) -> Grant;
}

/// Grants nothing to anybody.
#[derive(Clone, Copy, Debug, Default)]
pub struct DenyAll;

impl Policy for DenyAll {
    fn grant(&self, _scope: &Scope, _tool: &ToolInfo, _trust: Trust) -> Grant {
        Grant::nothing()
    }
}
