//! The directory: proposals, reports and the way back, written so that a crash leaves whole steps.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use alma_core::{Digest, Error, ErrorKind, Proposal, Refusal, Result, Scope, Timestamp, Verdict};
use serde_json::{Value, json};

use super::{
    chain::{self, Link, ProposalState},
    report,
};

/// A plain directory of proposals; no version control is needed.
///
/// ```text
/// +home/+ana/                      one directory a scope
///   chain.jsonl                    every step, each with the digest of the one before
///   <proposal>/proposal.json       what would change, and why
///   <proposal>/0007-on-trial.json  the numbers of a step
///   <proposal>/0007-on-trial.md    the same, to read
///   <proposal>/rollback.json       the settings to go back to, once it is promoted
/// ```
///
/// Files are written and synced before their step is; what no step names is left over
/// from a crash and written again. Two processes take turns by a lock on the chain.
#[derive(Clone, Debug)]
pub struct ProposalDir(PathBuf);

const BACK: &str = "rollback.json";

impl ProposalDir {
    /// Proposals under `root`, which is made when the first one is written.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self(root.into())
    }

    /// The directory of a proposal.
    #[must_use]
    pub fn path(&self, scope: &Scope, proposal: &Proposal) -> PathBuf {
        self.of_scope(scope).join(proposal.id.to_string())
    }

    /// Writes a proposal that was not tried yet.
    ///
    /// # Errors
    /// `Unavailable` when the directory cannot be written, `Corrupt` when the chain was changed.
    pub fn record_draft(&self, scope: &Scope, proposal: &Proposal, at: Timestamp) -> Result<()> {
        self.record(
            scope,
            proposal,
            ProposalState::Draft,
            &Value::Null,
            "not tried yet",
            at,
        )
    }

    /// Writes what the gate said. Saying the same again with the same numbers writes nothing.
    ///
    /// # Errors
    /// Those of [`record_draft`](Self::record_draft).
    pub fn record_verdict(
        &self,
        scope: &Scope,
        proposal: &Proposal,
        verdict: &Verdict,
        at: Timestamp,
    ) -> Result<()> {
        let (state, numbers) = match verdict {
            Verdict::Promote { evidence } => (ProposalState::Promoted, evidence),
            Verdict::Refuse {
                reason: Refusal::Regressed(_),
                evidence,
            } => (ProposalState::RolledBack, evidence),
            Verdict::Refuse { evidence, .. } => (ProposalState::Refused, evidence),
            Verdict::NotEnoughEvidence { evidence } if evidence.get("watch").is_some() => {
                (ProposalState::Promoted, evidence)
            }
            Verdict::NotEnoughEvidence { evidence } => (ProposalState::OnTrial, evidence),
            _ => return Ok(()),
        };
        let said = report::said(verdict);
        self.record(scope, proposal, state, numbers, &said, at)
    }

    /// Every step in a scope, once chain and files were proved to be as they were written.
    ///
    /// # Errors
    /// `Corrupt` naming the step or file that was changed or is gone.
    pub fn verify(&self, scope: &Scope) -> Result<Vec<Link>> {
        let root = self.of_scope(scope);
        let path = root.join("chain.jsonl");
        if !path.exists() {
            return Ok(Vec::new());
        }
        let text = fs::read_to_string(&path).map_err(|error| cannot("read", &path, error))?;
        let (links, _) = chain::read(&text)?;
        for link in &links {
            for (name, digest) in &link.files {
                let path = root.join(link.proposal.to_string()).join(name);
                let bytes = fs::read(&path).map_err(|error| changed(&path).with_source(error))?;
                if Digest::of(&bytes) != *digest {
                    return Err(changed(&path));
                }
            }
        }
        Ok(links)
    }

    fn record(
        &self,
        scope: &Scope,
        proposal: &Proposal,
        state: ProposalState,
        numbers: &Value,
        said: &str,
        at: Timestamp,
    ) -> Result<()> {
        let root = self.of_scope(scope);
        let folder = self.path(scope, proposal);
        fs::create_dir_all(&folder).map_err(|error| cannot("make", &folder, error))?;
        let path = root.join("chain.jsonl");
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(|error| cannot("open", &path, error))?;
        file.lock().map_err(|error| cannot("lock", &path, error))?;
        let text = fs::read_to_string(&path).map_err(|error| cannot("read", &path, error))?;
        let (links, whole) = chain::read(&text)?;
        let last = links.iter().rfind(|link| link.proposal == proposal.id);
        let report =
            json!({"proposal": proposal.id, "state": state, "said": said, "numbers": numbers});
        let digest = Digest::of_json(&report);
        let again = last.is_some_and(|last| {
            last.state == state && last.files.values().any(|held| *held == digest)
        });
        if again {
            return Ok(());
        }
        let number = links.len() + 1;
        let mut own = links.iter().filter(|link| link.proposal == proposal.id);
        let listed = own.any(|link| link.files.contains_key(BACK));
        let mut files = BTreeMap::new();
        let mut put = |name: String, bytes: Vec<u8>| -> Result<()> {
            write_synced(&folder, &name, &bytes)?;
            files.insert(name, Digest::of(&bytes));
            Ok(())
        };
        if last.is_none() {
            put("proposal.json".to_owned(), canonical(proposal)?)?;
        }
        if state == ProposalState::Promoted && !listed {
            let back = json!({"generation": proposal.parent, "subject": proposal.subject, "settings": proposal.incumbent});
            put(
                "rollback.json".to_owned(),
                alma_core::canonical_json(&back).into_bytes(),
            )?;
        }
        put(
            format!("{number:04}-{state}.json"),
            alma_core::canonical_json(&report).into_bytes(),
        )?;
        put(
            format!("{number:04}-{state}.md"),
            report::markdown(proposal, state, numbers, said).into_bytes(),
        )?;
        sync(&folder)?;
        let link = Link::after(links.last(), at, proposal.id, state, files)?;
        let (place, line) = (whole as u64, link.line()?);
        file.set_len(place)
            .and_then(|()| file.seek(SeekFrom::Start(place)))
            .and_then(|_| file.write_all(line.as_bytes()))
            .and_then(|()| file.sync_all())
            .map_err(|error| cannot("write", &path, error))?;
        sync(&root)
    }

    /// One directory a segment; the sign in front keeps them apart from proposals and chains.
    fn of_scope(&self, scope: &Scope) -> PathBuf {
        let segments = scope
            .as_str()
            .split('/')
            .map(|segment| format!("+{segment}"));
        segments.fold(self.0.clone(), |path, segment| path.join(segment))
    }
}

fn canonical(proposal: &Proposal) -> Result<Vec<u8>> {
    let value = serde_json::to_value(proposal).map_err(|error| {
        Error::new(ErrorKind::Internal, "cannot write a proposal as JSON").with_source(error)
    })?;
    Ok(alma_core::canonical_json(&value).into_bytes())
}

/// Writes a file whole or not at all.
fn write_synced(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let (path, part) = (folder.join(name), folder.join(format!("{name}.part")));
    let write = || {
        let mut file = File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, &path)
    };
    write().map_err(|error| cannot("write", &path, error))
}

/// Makes the names in a directory durable.
fn sync(folder: &Path) -> Result<()> {
    let synced = File::open(folder).and_then(|directory| directory.sync_all());
    synced.map_err(|error| cannot("sync", folder, error))
}

fn cannot(what: &str, path: &Path, error: std::io::Error) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!("cannot {what} {}", path.display()),
    )
    .with_remedy("check that the directory of proposals exists and is writable")
    .with_source(error)
}

fn changed(path: &Path) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!(
            "cannot trust {}: it is not as it was written",
            path.display()
        ),
    )
    .with_remedy("restore the directory of proposals from a backup")
}
