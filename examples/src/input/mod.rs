//! Reading what people hand over: files, directories, standard input.

mod text;
mod walk;

pub use text::{Skipped, Text, read_file, read_stdin};
pub use walk::{Found, Walk, walk};
