//! An inventory of licences: the tools that a mission uses for it, and the template that plans it.

mod expression;
mod inventory;
mod manifest;
mod template;
mod tools;

pub use expression::attention;
pub use inventory::{Entry, report};
pub use manifest::{Stated, stated};
pub use template::{FORGED, template};
pub use tools::{READ, REPORT, natives};
