//! Templates: methods that a person wrote down, as data.
//!
//! A template says which goals it serves, what it needs, and into which steps a goal falls apart.
//! A step runs a tool or a job, or is itself a goal of other templates; one step may run once for
//! every item of a list. Templates of one name are alternatives: the first that can be carried out wins.

mod data;
mod expand;
mod pattern;

pub use data::{Run, Source, Template, TemplateInput, TemplateStep};
pub(crate) use expand::{Expanded, expand};
