//! Ids: 128 bits each, one type a thing, and where fresh ones come from.

use std::{
    collections::hash_map::RandomState,
    fmt,
    hash::{BuildHasher, Hasher},
    str::FromStr,
    sync::atomic::{AtomicU64, Ordering},
};

use serde::{Deserialize, Serialize, de};

use crate::{
    Digest, Error, Result,
    digest::{clip, hex, unhex},
};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $thing:literal;)*) => {$(
        $(#[$doc])*
        ///
        /// 32 lower-case hexadecimal digits in text.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// An id with these bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// An id made of content: the same parts give the same id.
            #[must_use]
            pub fn of_parts(parts: &[&[u8]]) -> Self {
                Self(Digest::of_parts(parts).head())
            }

            /// A fresh id.
            #[must_use]
            pub fn fresh(ids: &dyn IdSource) -> Self {
                Self(ids.next().to_be_bytes())
            }

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                unhex(text).map(Self).ok_or_else(|| {
                    Error::invalid(format!(concat!("cannot read ", $thing, " id '{}'"), clip(text)))
                        .with_remedy("an id has 32 lower-case hexadecimal digits")
                })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                let text = String::deserialize(input)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// Names one remembered thing; made of scope, key and content.
    RecordId, "record";
    /// Names one topic across nights.
    TopicId, "topic";
    /// Names one run of consolidation.
    ConsolidationId, "consolidation";
    /// Names one act of forgetting.
    ErasureId, "erasure";
    /// Names one job; made of scope and idempotency key.
    JobId, "job";
    /// Names one mission.
    MissionId, "mission";
    /// Names one proposal.
    ProposalId, "proposal";
    /// Names one question to the owner.
    ApprovalId, "approval";
}

impl MissionId {
    /// What a mission that was made of no record is forgotten by, in the place of its sources.
    pub(crate) const fn stand_in(self) -> RecordId {
        RecordId(self.0)
    }
}

/// Where fresh ids come from; injected, so that a run can be repeated.
pub trait IdSource: fmt::Debug + Send + Sync + 'static {
    /// The next 128 bits; never the same twice within one source.
    fn next(&self) -> u128;
}

/// Ids that follow from a seed: the same seed gives the same ids in the same order.
#[derive(Debug)]
pub struct SeededIds {
    seed: u64,
    count: AtomicU64,
}

impl SeededIds {
    /// A source that starts at `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            count: AtomicU64::new(0),
        }
    }
}

impl IdSource for SeededIds {
    fn next(&self) -> u128 {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let digest = Digest::of_parts(&[&self.seed.to_le_bytes(), &count.to_le_bytes()]);
        u128::from_be_bytes(digest.head())
    }
}

/// Ids seeded by the operating system, once per source.
#[derive(Debug)]
pub struct RandomIds(SeededIds, u64);

impl RandomIds {
    /// A source that no other source repeats.
    #[must_use]
    pub fn new() -> Self {
        Self(SeededIds::new(entropy()), entropy())
    }
}

impl Default for RandomIds {
    fn default() -> Self {
        Self::new()
    }
}

impl IdSource for RandomIds {
    fn next(&self) -> u128 {
        // 64 bits of seed alone would let two of many processes collide.
        let digest = Digest::of_parts(&[&self.0.next().to_le_bytes(), &self.1.to_le_bytes()]);
        u128::from_be_bytes(digest.head())
    }
}

/// 64 bits from the keys that the standard library draws from the operating system.
fn entropy() -> u64 {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.finish()
}
