//! Moroni, the planner: goals become graphs of tasks, without a model or with one.
//!
//! [`TaskPlanner`] keeps the contract of [`Planner`](alma_core::Planner). It tries, in this order,
//! its [`Template`]s, past cases that fit, the language model if it was given one, and chaining
//! tools by their words and schemas. Whatever proposes, [`Draft::check`](alma_core::Draft::check)
//! decides.
//!
//! # Examples
//! ```
//! use alma_core::{Effect, Digest, Mission, MissionId, Offer, Planner, Schema, Scope, ToolInfo, ToolName};
//! use alma_planner::TaskPlanner;
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> alma_core::Result<()> {
//! let text = || Schema::of_type("string");
//! let tool = |name: &str, about: &str, takes: &str, gives: &str| {
//!     Ok::<_, alma_core::Error>(ToolInfo::new(ToolName::new(name)?, about, Schema::object([(takes, text())]),
//!         Schema::object([(gives, text())]), Effect::None, vec![], Digest::of(name.as_bytes())))
//! };
//! let offer = Offer::tools(vec![
//!     tool("read_page", "Read the text of a web page", "url", "text")?,
//!     tool("summarise", "Summarise a text", "text", "summary")?,
//! ]);
//! let mission = Mission::new(MissionId::from_bytes([0; 16]), "read https://example.com and summarise it");
//! let draft = TaskPlanner::new().plan(&Scope::new("home/ana")?, &mission, &offer).await?;
//! assert_eq!(draft.tasks.len(), 2);
//! assert!(draft.check(&offer).is_ok());
//! # Ok(()) }
//! ```
//!
//! # Map
//! - `planner`, `assemble`, `repair`: the backend, from a sketch to a draft, and after a failure.
//! - `text`, `graph`: reading a goal; picking tools and wiring them.
//! - `template`, `case`, `model`: the other three ways to a draft.
//! - `ledger`: [`SqliteLedger`], the streams that missions, nights and generations live in.
//!
//! # Features
//! | feature | default | gives |
//! |---|---|---|
//! | `sqlite` | yes | the ledger of missions on SQLite |

mod assemble;
mod case;
mod graph;
#[cfg(feature = "sqlite")]
mod ledger;
mod model;
mod planner;
mod repair;
mod template;
mod text;

#[cfg(feature = "sqlite")]
pub use ledger::SqliteLedger;
pub use planner::TaskPlanner;
pub use template::{Run, Source, Template, TemplateInput, TemplateStep};
