//! One file a command, or a small group of them.

pub mod backup;
pub mod change;
pub mod chat;
pub mod completions;
pub mod demo;
pub mod evaluate;
pub mod forget;
pub mod mission;
pub mod night;
pub mod recall;
pub mod remember;
pub mod status;
pub mod tools;
pub mod transfer;
pub mod work;
