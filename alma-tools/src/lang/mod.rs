//! The language of forged tools: total, typed, over strings, numbers, dates and lists.
//!
//! A [`Program`] takes typed parameters and gives one value. It has no effects and no
//! unbounded loops; every evaluation counts steps and bytes and ends within its
//! [`Limits`]. Its text form reads back as the same program:
//!
//! ```
//! use alma_tools::lang::Program;
//! let program: Program = r#"(name: text) -> text = join(map(words(name), x => upper(left(x, 1))), "")"#.parse()?;
//! let output = program.run_json(&[serde_json::json!("ada lovelace")], Default::default())?;
//! assert_eq!(output, serde_json::json!("AL"));
//! # Ok::<(), alma_core::Error>(())
//! ```

mod check;
mod eval;
mod expr;
mod meter;
mod op;
mod ops;
mod parse;
mod pattern;
mod print;
mod program;
mod ty;
mod value;

pub use expr::{Expr, Form};
pub use meter::{Limits, Meter, Stop};
pub use op::{Op, Shape, Take};
pub use pattern::{DatePattern, TimePattern};
pub(crate) use pattern::{MONTHS, WEEKDAYS};
pub use program::{Param, Program};
pub use ty::{Base, Type};
pub use value::Value;

pub(crate) use eval::call_form;
pub(crate) use ops::{all as all_ops, find as find_op};
