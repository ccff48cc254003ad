//! Reading retrieval sets in the layout of BEIR, plain or gzipped.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
};

use alma_core::{Error, ErrorKind, Result};
use flate2::read::MultiGzDecoder;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// No line of these files is longer; a longer one is refused instead of read.
const LINE: u64 = 16 * 1024 * 1024;

/// One document of `corpus.jsonl`.
#[derive(Clone, Debug, Deserialize)]
pub struct Document {
    /// Its id.
    #[serde(rename = "_id")]
    pub id: String,
    /// Its title; often empty.
    #[serde(default)]
    pub title: String,
    /// Its text.
    pub text: String,
    /// Whatever else is known of it.
    #[serde(default)]
    pub metadata: Map<String, Value>,
}

/// One line of `queries.jsonl`.
#[derive(Clone, Debug, Deserialize)]
pub struct Question {
    /// Its id.
    #[serde(rename = "_id")]
    pub id: String,
    /// Its text.
    pub text: String,
    /// Whatever else is known of it.
    #[serde(default)]
    pub metadata: Map<String, Value>,
}

impl Question {
    /// Whether somebody judged which documents answer it.
    #[must_use]
    pub fn is_judged(&self) -> bool {
        self.metadata.get("judged") != Some(&Value::Bool(false))
    }

    /// Its category, if it has one.
    #[must_use]
    pub fn category(&self) -> Option<&str> {
        self.metadata.get("category").and_then(Value::as_str)
    }
}

/// The scope that an entry belongs to; entries without one share the scope `evaluation`.
#[must_use]
pub fn scope_of(metadata: &Map<String, Value>) -> &str {
    metadata
        .get("scope")
        .and_then(Value::as_str)
        .unwrap_or("evaluation")
}

/// Which documents answer which question, each with its grade above zero.
pub type Judgements = BTreeMap<String, BTreeMap<String, u32>>;

/// Reads a file of one JSON object a line.
///
/// # Errors
/// `InvalidInput` names the file and the line that does not read.
pub fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let mut items = Vec::new();
    each_line(path, |number, line| {
        let item = serde_json::from_str(line).map_err(|error| {
            Error::invalid(format!(
                "cannot read line {number} of {}: {error}",
                path.display()
            ))
            .with_remedy("give a BEIR file: one JSON object a line with _id and text")
        })?;
        items.push(item);
        Ok(())
    })?;
    Ok(items)
}

/// Reads `query-id<TAB>corpus-id<TAB>score`, with or without a header.
///
/// # Errors
/// `InvalidInput` names the file and the line that does not read.
pub fn judgements(path: &Path) -> Result<Judgements> {
    let mut found = Judgements::new();
    each_line(path, |number, line| {
        let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
        // TREC writes a fourth field, always zero, in second place.
        let (query, document, grade) = match fields.as_slice() {
            [query, document, grade] | [query, _, document, grade] => (*query, *document, *grade),
            _ => return Err(bad_judgement(path, number)),
        };
        match grade.parse::<u32>() {
            Ok(0) => {}
            Ok(grade) => {
                found
                    .entry(query.to_owned())
                    .or_default()
                    .insert(document.to_owned(), grade);
            }
            Err(_) if number == 1 => {}
            Err(_) => return Err(bad_judgement(path, number)),
        }
        Ok(())
    })?;
    Ok(found)
}

/// Refuses a corpus in which two documents of one scope share an id.
///
/// # Errors
/// `InvalidInput` names the id.
pub fn distinct(documents: &[Document]) -> Result<()> {
    let mut seen = BTreeSet::new();
    for document in documents {
        if !seen.insert((scope_of(&document.metadata), document.id.as_str())) {
            return Err(Error::invalid(format!(
                "cannot use the corpus: document '{}' stands in it twice",
                document.id
            )));
        }
    }
    Ok(())
}

/// Reads a whole JSON file, plain or gzipped.
///
/// # Errors
/// `InvalidInput` names the file that does not read.
pub fn whole<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_reader(open(path)?)
        .map_err(|error| Error::invalid(format!("cannot read {}: {error}", path.display())))
}

fn bad_judgement(path: &Path, number: usize) -> Error {
    Error::invalid(format!("cannot read line {number} of {}", path.display()))
        .with_remedy("write query-id, corpus-id and score, separated by tabs")
}

fn each_line(path: &Path, mut each: impl FnMut(usize, &str) -> Result<()>) -> Result<()> {
    let mut reader = open(path)?;
    let mut bytes = Vec::new();
    let mut number = 0;
    loop {
        bytes.clear();
        number += 1;
        let read = reader
            .by_ref()
            .take(LINE)
            .read_until(b'\n', &mut bytes)
            .map_err(|error| unreadable(path, error))?;
        if read == 0 {
            return Ok(());
        }
        if !bytes.ends_with(b"\n") && bytes.len() as u64 >= LINE {
            return Err(Error::invalid(format!(
                "cannot read line {number} of {}: it is longer than {LINE} bytes",
                path.display()
            )));
        }
        let line = std::str::from_utf8(&bytes).map_err(|error| {
            Error::invalid(format!(
                "cannot read line {number} of {}: it is not UTF-8",
                path.display()
            ))
            .with_source(error)
        })?;
        let line = line.trim_start_matches('\u{feff}').trim();
        if !line.is_empty() {
            each(number, line)?;
        }
    }
}

/// Opens a file and looks at its first two bytes: gzip says what it is, whatever the name.
fn open(path: &Path) -> Result<Box<dyn BufRead>> {
    let file = File::open(path).map_err(|error| unreadable(path, error))?;
    let mut reader = BufReader::new(file);
    let start = reader.fill_buf().map_err(|error| unreadable(path, error))?;
    if start.starts_with(&[0x1f, 0x8b]) {
        Ok(Box::new(BufReader::new(MultiGzDecoder::new(reader))))
    } else {
        Ok(Box::new(reader))
    }
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    let kind = match error.kind() {
        std::io::ErrorKind::NotFound => ErrorKind::NotFound,
        std::io::ErrorKind::PermissionDenied => ErrorKind::Denied,
        _ => ErrorKind::InvalidInput,
    };
    Error::new(kind, format!("cannot read {}", path.display()))
        .with_remedy("check the path and its permissions")
        .with_source(error)
}
