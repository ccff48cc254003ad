//! The salt: what keeps searching from guessing the gate's cases.

use std::fmt;

use alma_core::{Digest, Error, Result};

/// The owner's secret behind the split and the seeds. It is never printed, stored or serialised from here.
#[derive(Clone)]
pub struct Salt(Vec<u8>);

impl Salt {
    /// A salt of at least 16 bytes that whoever proposes cannot read.
    ///
    /// # Errors
    /// `InvalidInput` for fewer bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self> {
        let bytes = bytes.into();
        if bytes.len() < 16 {
            return Err(Error::invalid("cannot use a salt of fewer than 16 bytes")
                .with_remedy("draw 16 random bytes or more, and keep them outside of what proposals may touch"));
        }
        Ok(Self(bytes))
    }

    /// The digest of the salt and `parts`.
    pub(crate) fn digest(&self, parts: &[&[u8]]) -> Digest {
        let mut all: Vec<&[u8]> = vec![&self.0];
        all.extend(parts);
        Digest::of_parts(&all)
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(…)")
    }
}
