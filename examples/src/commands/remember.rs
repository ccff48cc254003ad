//! `alma remember`: files, directories or standard input become records.

use std::{collections::BTreeMap, path::PathBuf};

use alma_core::{Result, Trust};
use clap::Args;
use serde_json::json;

use crate::{
    exit::Ending,
    home::Home,
    input::{Skipped, read_file, read_stdin, walk},
    intake::Intake,
    output::Output,
};

/// Remembers files, directories, or standard input.
///
/// Documents are cut into parts that can be cited. Remembering a file again replaces
/// what changed in it. Files that cannot be read as text are left out and counted.
#[derive(Debug, Args)]
pub struct Remember {
    /// Files and directories; `-`, or nothing, for standard input.
    #[arg(value_name = "FILES|DIRS|-")]
    paths: Vec<PathBuf>,
    /// You wrote it yourself: it may speak for you. Without this it is data from outside.
    #[arg(long)]
    mine: bool,
    /// The name under which standard input is remembered; each text has its own otherwise.
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
}

impl Remember {
    /// Remembers what was named.
    ///
    /// # Errors
    /// As [`Memory::remember`](alma_core::Memory::remember).
    pub async fn run(&self, home: &Home, out: Output) -> Result<Ending> {
        let limit = home.config().limits.file_bytes;
        let stdin = |path: &PathBuf| path.as_os_str() == "-";
        let mut intake = Intake::new(home.memory(), home.scope(), self.trust());
        let mut documents = 0;
        let mut skipped = Vec::new();

        if self.paths.is_empty() || self.paths.iter().any(stdin) {
            match read_stdin(self.source.as_deref(), limit) {
                Ok(text) => {
                    intake.add(&text).await?;
                    documents += 1;
                }
                Err(left_out) => skipped.push(left_out.named()),
            }
        }
        let named: Vec<PathBuf> = self
            .paths
            .iter()
            .filter(|path| !stdin(path))
            .cloned()
            .collect();
        let found = walk(&named);
        skipped.extend(found.skipped);
        let bar = out.progress(found.files.len() as u64, "remembering");
        for file in &found.files {
            match read_file(&file.path, &file.source(), limit) {
                Ok(text) => {
                    intake.add(&text).await?;
                    documents += 1;
                }
                Err(left_out) if file.named => skipped.push(left_out.named()),
                Err(left_out) => skipped.push(left_out),
            }
            bar.inc(1);
        }
        let records = intake.finish().await?.len();
        bar.finish_and_clear();
        report(out, documents, records, &skipped)
    }

    const fn trust(&self) -> Trust {
        if self.mine {
            Trust::Owner
        } else {
            Trust::External
        }
    }
}

/// What went in, came out and was left out, and why.
fn report(out: Output, documents: usize, records: usize, skipped: &[Skipped]) -> Result<Ending> {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for left_out in skipped {
        if out.is_json() {
            out.item(&json!({ "skipped": left_out }), "")?;
        } else if left_out.named {
            out.say(format!("left out {}: {}", left_out.source, left_out.reason))?;
        } else {
            reasons
                .entry(&left_out.reason)
                .or_default()
                .push(&left_out.source);
        }
    }
    for (reason, sources) in reasons {
        out.say(format!(
            "left out {} ({reason}), such as {}",
            sources.len(),
            sources.first().copied().unwrap_or_default()
        ))?;
    }
    let input = documents + skipped.len();
    out.item(
        &json!({
            "in": input, "documents": documents,
            "records": records, "skipped": skipped.len(),
        }),
        format!(
            "remembered {} of {input} documents as {} records; {} left out",
            documents,
            records,
            skipped.len()
        ),
    )?;
    Ok(if skipped.iter().any(|left_out| left_out.named) {
        Ending::Partly
    } else {
        Ending::Done
    })
}
