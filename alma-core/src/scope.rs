//! Scopes: whose data. No data call exists without one.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize, de};

use crate::{Error, Result, digest::clip};

/// Whose data: a validated path such as `home/ana`.
///
/// One to eight segments of 1–64 characters `a-z A-Z 0-9 . _ @ -`; `.` and `..` are
/// no segments. Scopes match exactly: no prefix has a meaning.
///
/// # Examples
/// ```
/// use alma_core::Scope;
/// let scope = Scope::new("home/ana")?;
/// assert_eq!(scope.as_str(), "home/ana");
/// assert!(Scope::new("home//ana").is_err());
/// # Ok::<(), alma_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(Arc<str>);

impl Scope {
    /// A scope with this path.
    ///
    /// # Errors
    /// `InvalidInput` when the path breaks the rule above.
    pub fn new(path: impl AsRef<str>) -> Result<Self> {
        let path = path.as_ref();
        let fault = |why: &str| {
            Error::invalid(format!("cannot use '{}' as a scope: {why}", clip(path))).with_remedy(
                "write 1 to 8 segments of letters, digits, '.', '_', '@', '-', such as home/ana",
            )
        };
        let mut segments = 0;
        for segment in path.split('/') {
            segments += 1;
            if segment.is_empty() {
                return Err(fault("a segment is empty"));
            }
            if segment.len() > 64 {
                return Err(fault("a segment is longer than 64 characters"));
            }
            if segment == "." || segment == ".." {
                return Err(fault("'.' and '..' are no segments"));
            }
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '@' | '-');
            if !segment.chars().all(plain) {
                return Err(fault("a character is not allowed"));
            }
        }
        if segments > 8 {
            return Err(fault("it has more than 8 segments"));
        }
        Ok(Self(path.into()))
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scope({})", self.0)
    }
}

impl FromStr for Scope {
    type Err = Error;

    fn from_str(path: &str) -> Result<Self> {
        Self::new(path)
    }
}

impl Serialize for Scope {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let path = String::deserialize(input)?;
        Self::new(path).map_err(de::Error::custom)
    }
}

/// The right to see which scopes exist, and to serve them all.
///
/// It reads no data: whoever holds it still names a scope at every data call. Give it
/// to workers, backups and the command line of the owner; never to code that acts for one scope.
#[derive(Clone, Copy, Debug)]
pub struct Operator(());

impl Operator {
    /// Takes the operator's role, on purpose and by name.
    #[must_use]
    pub const fn assume() -> Self {
        Self(())
    }
}
