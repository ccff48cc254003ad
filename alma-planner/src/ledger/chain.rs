//! The chain of hashes: each event seals its body and links to the event before it.

use alma_core::{Digest, Error, ErrorKind, RecordId, Result, StreamId};

/// What an event's link covers; the body only through its seal, so that erasing it breaks nothing.
#[derive(Debug)]
pub(super) struct Link<'a> {
    pub(super) stream: &'a StreamId,
    pub(super) version: u64,
    pub(super) recorded: i64,
    pub(super) kind: &'a str,
    pub(super) key: &'a str,
    pub(super) sources: &'a [u8],
    pub(super) seal: Digest,
}

impl Link<'_> {
    /// The hash of this event and, through `before`, of all that came before it.
    pub(super) fn digest(&self, before: Digest) -> Digest {
        Digest::of_parts(&[
            before.as_bytes(),
            self.stream.as_str().as_bytes(),
            &self.version.to_le_bytes(),
            &self.recorded.to_le_bytes(),
            self.kind.as_bytes(),
            self.key.as_bytes(),
            self.sources,
            self.seal.as_bytes(),
        ])
    }
}

/// What the first event of a stream links to.
pub(super) fn root() -> Digest {
    Digest::of(b"alma ledger 1")
}

/// The hash of a body. Without `salt`, which goes with the body, nobody can try bodies against it.
pub(super) fn seal(salt: &[u8], body: &str) -> Digest {
    Digest::of_parts(&[salt, body.as_bytes()])
}

/// Sources as they are stored: one id after the other.
pub(super) fn pack(sources: &[RecordId]) -> Vec<u8> {
    sources.iter().flat_map(|id| *id.as_bytes()).collect()
}

/// Sources as they were packed.
pub(super) fn unpack(bytes: &[u8]) -> Option<Vec<RecordId>> {
    let (ids, rest) = bytes.as_chunks::<16>();
    rest.is_empty()
        .then(|| ids.iter().copied().map(RecordId::from_bytes).collect())
}

/// The error for an event that is not as it was written.
pub(super) fn broken(stream: &StreamId, version: u64) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!("cannot trust event {version} of '{stream}': it was changed after it was written"),
    )
    .with_remedy("restore the last backup")
}

/// `Ok` if `holds`, else [`broken`].
pub(super) fn ensure(holds: bool, stream: &StreamId, version: u64) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(broken(stream, version))
    }
}
