//! Tools: what they are, how they are built, and the contract of every forge.

mod contract;
mod forge;
mod info;

#[cfg(feature = "mock")]
pub use contract::MockToolForge;
pub use contract::ToolForge;
pub use forge::{Example, ForgeOutcome, ForgeReport, Stage, StageResult, ToolSpec};
pub use info::{Call, Need, Tool, ToolInfo, ToolMatch, ToolName, ToolResult, ToolState};
