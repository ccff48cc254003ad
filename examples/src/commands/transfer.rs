//! `alma export` and `import`: the records of a scope as lines of JSON.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::PathBuf,
};

use alma_core::{
    Error, ErrorKind, Observation, PageRequest, Record, RecordId, RecordQuery, Result,
};
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{exit::Ending, home::Home, output::Output};

/// The version of the format; a newer one is refused.
const VERSION: u32 = 1;

/// How many records go to memory in one call.
const BATCH: usize = 256;

/// No line of an export is longer.
const LINE: u64 = 4 * 1024 * 1024;

/// The first line of an export.
#[derive(Serialize, Deserialize)]
struct Header {
    alma_export: u32,
    scope: String,
}

/// Writes every record of the scope as one line of JSON, replaced versions included.
#[derive(Debug, Args)]
pub struct Export {
    /// The file; standard output when absent. It must not exist yet.
    #[arg(value_name = "FILE")]
    to: Option<PathBuf>,
}

impl Export {
    /// Writes the records.
    ///
    /// # Errors
    /// `Conflict` when the file exists, `InvalidInput` when it lies in the home; those of the memory.
    pub async fn run(&self, home: &Home, out: Output) -> Result<Ending> {
        if let Some(to) = &self.to {
            home.place().outside(to)?;
        }
        let mut target: Box<dyn Write> = match &self.to {
            Some(path) => Box::new(BufWriter::new(File::create_new(path).map_err(|error| {
                Error::new(
                    ErrorKind::Conflict,
                    format!("cannot make {}", path.display()),
                )
                .with_remedy("name a file that does not exist yet, in a folder that does")
                .with_source(error)
            })?)),
            None => Box::new(BufWriter::new(io::stdout())),
        };
        let header = Header {
            alma_export: VERSION,
            scope: home.scope().to_string(),
        };
        line(&mut target, &header)?;
        let mut query = RecordQuery::all();
        query.superseded = true;
        let mut request = PageRequest::first(PageRequest::MAX);
        let mut count = 0_u64;
        loop {
            let page = home
                .memory()
                .records(home.scope(), &query, &request)
                .await?;
            for record in &page.items {
                line(&mut target, record)?;
                count += 1;
            }
            if !page.more {
                break;
            }
            request.after = page.next;
        }
        target.flush().map_err(unwritten)?;
        if self.to.is_some() {
            out.item(
                &json!({ "records": count }),
                format!("exported {count} records"),
            )?;
        }
        Ok(Ending::Done)
    }
}

/// Reads an export into the scope. What was forgotten here is refused and counted.
#[derive(Debug, Args)]
pub struct Import {
    /// The file; standard input when absent.
    #[arg(value_name = "FILE")]
    from: Option<PathBuf>,
}

impl Import {
    /// Reads the records and stores them in their order.
    ///
    /// # Errors
    /// `InvalidInput` names the line that does not read; `Incompatible` for a newer format.
    /// What stands before that line is stored, and importing again completes it.
    pub async fn run(&self, home: &Home, out: Output) -> Result<Ending> {
        let source: Box<dyn BufRead> = match &self.from {
            Some(path) => Box::new(BufReader::new(File::open(path).map_err(|error| {
                Error::new(
                    ErrorKind::NotFound,
                    format!("cannot read {}", path.display()),
                )
                .with_source(error)
            })?)),
            None => Box::new(BufReader::new(io::stdin())),
        };
        let mut intake = Importer {
            home,
            waiting: Vec::new(),
            ids: HashMap::new(),
            stored: 0,
            refused: 0,
        };
        let mut lines = Lines { source, number: 0 };
        let header: Header = lines.next()?.ok_or_else(|| lines.wrong("it is empty"))?;
        if header.alma_export > VERSION {
            return Err(Error::new(
                ErrorKind::Incompatible,
                format!(
                    "cannot import: the format is version {}",
                    header.alma_export
                ),
            )
            .with_remedy("import it with the version of alma that wrote it, or a newer one"));
        }
        while let Some(record) = lines.next::<Record>()? {
            intake.add(record).await?;
        }
        intake.send().await?;
        let (stored, refused) = (intake.stored, intake.refused);
        out.item(
            &json!({ "in": stored + refused, "records": stored, "skipped": refused }),
            format!("imported {stored} records; {refused} refused, since they were forgotten here"),
        )?;
        Ok(Ending::Done)
    }
}

struct Importer<'a> {
    home: &'a Home,
    waiting: Vec<(RecordId, Observation)>,
    /// From the ids of the export to those of this scope, for what was derived.
    ids: HashMap<RecordId, RecordId>,
    stored: u64,
    refused: u64,
}

impl Importer<'_> {
    async fn add(&mut self, record: Record) -> Result<()> {
        let derived = !record.derived_from.is_empty();
        if derived || self.waiting.len() >= BATCH {
            // Whatever a record was derived from has its new id by now.
            self.send().await?;
        }
        let mut observation = record.to_observation();
        for source in &mut observation.derived_from {
            if let Some(id) = self.ids.get(source) {
                *source = *id;
            }
        }
        self.waiting.push((record.id, observation));
        Ok(())
    }

    async fn send(&mut self) -> Result<()> {
        let (old, batch): (Vec<RecordId>, Vec<Observation>) =
            std::mem::take(&mut self.waiting).into_iter().unzip();
        if batch.is_empty() {
            return Ok(());
        }
        match self.store(batch.clone()).await {
            Ok(new) => self.note(old.into_iter().zip(new)),
            // One of them was forgotten, and then none of the batch is stored.
            Err(error) if error.kind() == ErrorKind::Gone => {
                for (old, observation) in old.into_iter().zip(batch) {
                    match self.store(vec![observation]).await {
                        Ok(new) => self.note(std::iter::once(old).zip(new)),
                        Err(error) if error.kind() == ErrorKind::Gone => self.refused += 1,
                        Err(error) => return Err(error),
                    }
                }
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    async fn store(&self, batch: Vec<Observation>) -> Result<Vec<RecordId>> {
        self.home.memory().remember(self.home.scope(), batch).await
    }

    fn note(&mut self, ids: impl Iterator<Item = (RecordId, RecordId)>) {
        for (old, new) in ids {
            self.ids.insert(old, new);
            self.stored += 1;
        }
    }
}

struct Lines {
    source: Box<dyn BufRead>,
    number: usize,
}

impl Lines {
    fn next<T: for<'de> Deserialize<'de>>(&mut self) -> Result<Option<T>> {
        let mut bytes = Vec::new();
        self.number += 1;
        let read = io::Read::take(&mut self.source, LINE)
            .read_until(b'\n', &mut bytes)
            .map_err(|error| self.wrong("it is not readable").with_source(error))?;
        if read == 0 {
            return Ok(None);
        }
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| self.wrong(&error.to_string()))
    }

    fn wrong(&self, why: &str) -> Error {
        Error::invalid(format!("cannot import line {}: {why}", self.number))
            .with_remedy("give a file that `alma export` wrote")
    }
}

fn line(target: &mut impl Write, value: &impl Serialize) -> Result<()> {
    let text = crate::output::to_json(value)?;
    writeln!(target, "{text}").map_err(unwritten)
}

fn unwritten(error: io::Error) -> Error {
    let kind = if error.kind() == io::ErrorKind::BrokenPipe {
        ErrorKind::Cancelled
    } else {
        ErrorKind::Unavailable
    };
    Error::new(kind, "cannot write the export").with_source(error)
}
