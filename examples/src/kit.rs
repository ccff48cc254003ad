//! The tools that every home has from the start: reading files that tools may read, and simple work on texts.

use std::path::PathBuf;

use alma_core::{Effect, Error, ErrorKind, Permission, Result, Schema, text::sentences};
use alma_memory::summary::summarise;
use alma_tools::Native;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{config, input::read_file, place::Place};

/// Above this a file is not handed from task to task.
const LARGEST: u64 = 1024 * 1024;

/// How long a summary is, in words.
const SUMMARY: usize = 60;

#[derive(Deserialize)]
struct Named {
    file: String,
}

#[derive(Deserialize, Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
struct Count {
    count: usize,
}

#[derive(Serialize)]
struct Summary {
    summary: String,
}

/// The directories that tools may read files in: the home's own, and those that its settings name.
#[must_use]
pub fn readable(place: &Place, policy: &config::Policy) -> Vec<PathBuf> {
    let own = std::iter::once(place.files());
    own.chain(policy.read.iter().cloned()).collect()
}

/// The tools, with the permissions that they need in this home.
///
/// # Errors
/// None but those of a defect: names and descriptions are fixed.
pub fn natives(place: &Place, policy: &config::Policy) -> Result<Vec<Native>> {
    let texts = |names: &[&str]| {
        let fields = names.iter().map(|name| (*name, Schema::of_type("string")));
        Schema::object(fields)
    };
    let count = || Schema::object([("count", Schema::of_type("integer"))]);
    let directories = readable(place, policy);
    let may = directories
        .iter()
        .map(|directory| Permission::ReadFile(directory.to_string_lossy().into_owned()))
        .collect();
    let read_file = Native::new(
        "read-file",
        "1",
        "Read a file and get its text",
        texts(&["file"]),
        texts(&["text"]),
        move |_call, named: Named| {
            let directories = directories.clone();
            async move { read(&directories, &named.file) }
        },
    )?
    .with_effect(Effect::Read, may);
    let count_keys = Native::new(
        "count-keys",
        "1",
        "Count the keys of a JSON object in a text",
        texts(&["text"]),
        count(),
        |_call, Text { text }| async move {
            let object: Map<String, Value> = serde_json::from_str(&text).map_err(|error| {
                Error::invalid(format!("cannot count keys: {error}"))
                    .with_remedy("give the text of one JSON object")
            })?;
            Ok(Count {
                count: object.len(),
            })
        },
    )?;
    let count_words = Native::new(
        "count-words",
        "1",
        "Count the words of a text",
        texts(&["text"]),
        count(),
        |_call, Text { text }| async move {
            Ok(Count {
                count: text.split_whitespace().count(),
            })
        },
    )?;
    let summarise = Native::new(
        "summarise",
        "1",
        "Summarise a text in its own sentences",
        texts(&["text"]),
        texts(&["summary"]),
        |_call, Text { text }| async move {
            let all: Vec<&str> = sentences(&text).into_iter().map(|at| &text[at]).collect();
            let chosen: Vec<&str> = summarise(&all, SUMMARY)
                .into_iter()
                .map(|place| all[place])
                .collect();
            Ok(Summary {
                summary: chosen.join(" "),
            })
        },
    )?;
    Ok(vec![read_file, count_keys, count_words, summarise])
}

/// Reads a file by its path, or by its name within one of the directories.
fn read(directories: &[PathBuf], file: &str) -> Result<Text> {
    let found = directories
        .iter()
        .filter_map(|directory| directory.canonicalize().ok())
        .find_map(|directory| {
            let path = directory.join(file).canonicalize().ok()?;
            // What `..` or a link leads to outside of the directory is no file in it.
            path.starts_with(&directory).then_some(path)
        })
        .ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                format!("cannot find the file '{file}' where tools may read"),
            )
            .with_remedy(
                "put it into the folder `files` of the home, or name its folder in `read` of \
                 [policy] in alma.toml",
            )
        })?;
    match read_file(&found, file, LARGEST) {
        Ok(text) => Ok(Text { text: text.text }),
        Err(skipped) => Err(Error::invalid(format!(
            "cannot read '{file}': {}",
            skipped.reason
        ))),
    }
}
