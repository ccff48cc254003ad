//! Hephaestus, who builds: tools from examples, a gate that admits them, and a registry that calls them under grants.
//!
//! [`SqliteForge`] keeps the contract of [`ToolForge`](alma_core::ToolForge). Rust functions join it as [`Native`] tools.
//!
//! # Examples
//! ```
//! use alma_core::{Call, Example, ForgeOutcome, Grant, Scope, ToolForge, ToolName, ToolSpec, sqlite::Database};
//! use alma_tools::SqliteForge;
//! use serde_json::json;
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> alma_core::Result<()> {
//! let (forge, ana) = (SqliteForge::open(Database::in_memory()?).await?, Scope::new("home/ana")?);
//! let example = |input: &str, output: &str| Example { input: json!({"name": input}), output: json!(output) };
//! let examples = vec![example("ada lovelace", "AL"), example("alan turing", "AT"), example("grace hopper", "GH")];
//! let order = ToolSpec::new(ToolName::new("initials")?, "The initials of a name in capitals", examples);
//! let ForgeOutcome::Accepted { tool, .. } = forge.forge(&ana, &order).await? else { panic!("refused") };
//! let call = Call::new(tool.info.digest, json!({"name": "edsger dijkstra"}), "1");
//! assert_eq!(forge.call(&ana, call, &Grant::nothing()).await?.output, "ED");
//! # Ok(()) }
//! ```
//!
//! # Map
//! - [`lang`]: the total language that forged tools are written in; nothing in it loops without bound or touches anything.
//! - [`build`]: the search for the smallest program that fits all examples.
//! - `gate`: what a candidate must pass before its digest may be called; `order` reads what is ordered.
//! - `native`: Rust functions as tools. `registry`: versions by digest on SQLite, found, called, retired, erased.
//!
//! # Features
//! | feature | default | gives |
//! |---|---|---|
//! | `sqlite` | yes | [`SqliteForge`] and [`Native`] |

pub mod build;
#[cfg(feature = "sqlite")]
mod gate;
pub mod lang;
#[cfg(feature = "sqlite")]
mod native;
#[cfg(feature = "sqlite")]
mod order;
#[cfg(feature = "sqlite")]
mod registry;

#[cfg(feature = "sqlite")]
pub use native::{Native, NativeCall};
#[cfg(feature = "sqlite")]
pub use registry::SqliteForge;
