//! The chain: one line a step, each with the digest of the step before.

use std::{collections::BTreeMap, fmt};

use alma_core::{Digest, Error, ErrorKind, ProposalId, Result, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProposalState {
    /// It was made and not tried yet.
    Draft,
    /// It is on trial; the normal state.
    OnTrial,
    /// The gate said that it may become active, or that it may stay so.
    Promoted,
    /// The gate refused it.
    Refused,
    /// It was promoted and turned out worse.
    RolledBack,
}

impl fmt::Display for ProposalState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Draft => "draft",
            Self::OnTrial => "on-trial",
            Self::Promoted => "promoted",
            Self::Refused => "refused",
            Self::RolledBack => "rolled-back",
        })
    }
}

/// One step of one proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Link {
    /// Its place, from 1.
    pub number: u64,
    /// When it was written.
    pub at: Timestamp,
    /// The proposal.
    pub proposal: ProposalId,
    /// Where the proposal stands since.
    pub state: ProposalState,
    /// The digest of each file of the step, by its name in the proposal's directory.
    pub files: BTreeMap<String, Digest>,
    /// The digest of the step before; none for the first.
    pub previous: Option<Digest>,
    /// The digest of all of this.
    pub digest: Digest,
}

impl Link {
    pub(super) fn after(
        last: Option<&Self>,
        at: Timestamp,
        proposal: ProposalId,
        state: ProposalState,
        files: BTreeMap<String, Digest>,
    ) -> Result<Self> {
        let mut link = Self {
            number: last.map_or(0, |last| last.number) + 1,
            at,
            proposal,
            state,
            files,
            previous: last.map(|last| last.digest),
            digest: Digest::of(b""),
        };
        link.digest = link.computed()?;
        Ok(link)
    }

    /// The digest that the content has now.
    fn computed(&self) -> Result<Digest> {
        let mut value = to_value(self)?;
        if let Value::Object(map) = &mut value {
            map.remove("digest");
        }
        Ok(Digest::of_json(&value))
    }

    pub(super) fn line(&self) -> Result<String> {
        let mut line = alma_core::canonical_json(&to_value(self)?);
        line.push('\n');
        Ok(line)
    }
}

fn to_value(link: &Link) -> Result<Value> {
    serde_json::to_value(link).map_err(|error| {
        Error::new(
            ErrorKind::Internal,
            "cannot write a link of the chain as JSON",
        )
        .with_source(error)
    })
}

/// Reads a chain and proves that each link follows on the one before.
///
/// An unfinished last line is what a crash left of a step that nobody was told of; it is
/// left out. Answers how many bytes are whole, too.
pub(super) fn read(text: &str) -> Result<(Vec<Link>, usize)> {
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    let mut links: Vec<Link> = Vec::new();
    for line in text[..whole].lines() {
        let number = links.len() as u64 + 1;
        let link: Link =
            serde_json::from_str(line).map_err(|error| broken(number).with_source(error))?;
        let follows =
            link.number == number && link.previous == links.last().map(|last| last.digest);
        if !follows || link.computed()? != link.digest {
            return Err(broken(number));
        }
        links.push(link);
    }
    Ok((links, whole))
}

pub(super) fn broken(number: u64) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!("cannot trust the chain of proposals: step {number} was changed"),
    )
    .with_remedy("restore the directory of proposals from a backup")
}
