//! The command line of Alma, as a library, so that tests and documentation share it.

pub mod config;
pub mod demo;
pub mod evaluate;
pub mod exit;
pub mod input;
pub mod output;
pub mod place;
