//! Tools: what they are, how they are built, and the contract of every forge.

mod contract;
mod forge;
mod handler;
mod info;
mod lookup;

#[cfg(feature = "mock")]
pub use contract::MockToolForge;
pub use contract::ToolForge;
pub use forge::{Example, ForgeOutcome, ForgeReport, Stage, StageResult, ToolSpec};
pub use handler::ToolHandler;
pub(crate) use handler::ToolJob;
pub use info::{Call, Need, Tool, ToolInfo, ToolMatch, ToolName, ToolResult, ToolState};
pub(crate) use lookup::{active, lookup};
