//! Tests of the command line and of what it is made of.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod attacks;
mod beir;
mod bin;
mod canaries;
mod child;
mod config;
mod copies;
mod demo;
mod effects;
mod extend;
mod forget;
mod forging;
mod homes;
mod input;
mod kit;
mod licences;
mod missions;
mod model;
mod nights;
mod policy;
mod remember;
mod scopes;
mod score;
mod sources;
mod stops;
mod tools;
mod transfer;
mod trouble;
