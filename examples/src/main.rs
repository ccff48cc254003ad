//! The command line of Alma.
fn main() {}
