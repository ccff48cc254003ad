//! The demo: all of Alma on the real prose that every machine has which built it.

pub mod sources;
