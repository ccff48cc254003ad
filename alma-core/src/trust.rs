//! Trust: how far a text may speak for its owner.

use serde::{Deserialize, Serialize};

/// How far a text may speak for its owner; a derivation takes the minimum of its sources.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Whatever came from outside: web pages, mail, files of others.
    #[default]
    External,
    /// Made by Alma out of other records.
    Derived,
    /// The result of a tool that passed the gate.
    VerifiedTool,
    /// Said by the owner of the scope.
    Owner,
}

impl Trust {
    /// The trust of something made out of `sources`: their minimum, and never above `Derived`.
    #[must_use]
    pub fn derived(sources: impl IntoIterator<Item = Self>) -> Self {
        sources.into_iter().fold(Self::Derived, std::cmp::min)
    }

    /// The trust as it is written on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::External => "external",
            Self::Derived => "derived",
            Self::VerifiedTool => "verified_tool",
            Self::Owner => "owner",
        }
    }
}
