//! An inventory of licences: the tools that a mission uses for it, and the template that plans it.

mod expression;
mod inventory;
mod manifest;
mod template;

pub use expression::attention;
pub use inventory::{Entry, report};
pub use manifest::{Stated, stated};
pub use template::{FORGED, READ, REPORT, template};
