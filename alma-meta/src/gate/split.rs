//! The split: which cases searching may see, and which only the gate reads.

use serde::{Deserialize, Serialize};

use alma_core::Digest;

use super::salt::Salt;

/// Who may read a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// Search and reflection: 60 of 100 groups.
    Train,
    /// The gate alone, which gives back verdicts and e-values but no example: 30 of 100 groups.
    Gate,
    /// A report a quarter that decides nothing: 10 of 100 groups.
    Audit,
}

/// The share of a group: `SHA-256(salt ‖ group) mod 100`, 0–59 train, 60–89 gate, 90–99 audit.
///
/// A group is a mission or a cluster of near duplicates, never a single example, so
/// what is alike lands on one side. The answer depends on salt and group alone; cases
/// that are added later move nothing.
#[must_use]
pub fn split(salt: &Salt, group: &str) -> Share {
    match salt.digest(&[b"split", group.as_bytes()]).number() % 100 {
        0..=59 => Share::Train,
        60..=89 => Share::Gate,
        _ => Share::Audit,
    }
}

/// The seed of example `index` of `night` for a trial of `candidate`:
/// `SHA-256(salt ‖ candidate ‖ trial ‖ night ‖ index)`.
///
/// No such example exists before the candidate is frozen, and each exists once per
/// trial and night, so no pair is counted twice.
#[must_use]
pub fn seed(salt: &Salt, candidate: &Digest, trial: u32, night: u32, index: u32) -> Digest {
    salt.digest(&[
        b"pair",
        candidate.as_bytes(),
        &trial.to_le_bytes(),
        &night.to_le_bytes(),
        &index.to_le_bytes(),
    ])
}
