//! The meter: every step and byte is counted, so every program ends.

use std::fmt;

use super::Value;

/// What one evaluation may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Operations and items visited.
    pub steps: u64,
    /// Bytes of text and lists made.
    pub bytes: u64,
}

impl Limits {
    /// Limits of `steps` and `bytes`.
    #[must_use]
    pub const fn new(steps: u64, bytes: u64) -> Self {
        Self { steps, bytes }
    }
}

impl Default for Limits {
    /// A million steps and 16 MiB: milliseconds of work.
    fn default() -> Self {
        Self::new(1_000_000, 16 << 20)
    }
}

/// Why an evaluation gave no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stop {
    /// More steps than the limit.
    Steps,
    /// More bytes than the limit.
    Bytes,
    /// The input lies outside of what an operation is defined for.
    Domain(&'static str),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Steps => "it takes more steps than allowed",
            Self::Bytes => "it makes more bytes than allowed",
            Self::Domain(why) => why,
        })
    }
}

/// Counts down what is left of the [`Limits`].
#[derive(Debug)]
pub struct Meter {
    steps: u64,
    bytes: u64,
}

impl Meter {
    /// A full meter.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self {
            steps: limits.steps,
            bytes: limits.bytes,
        }
    }

    /// The steps that are left.
    pub(crate) const fn steps(&self) -> u64 {
        self.steps
    }

    /// Takes `count` steps.
    ///
    /// # Errors
    /// [`Stop::Steps`] when fewer are left.
    pub fn step(&mut self, count: usize) -> Result<(), Stop> {
        let left = self.steps.checked_sub(count as u64);
        self.steps = left.ok_or(Stop::Steps)?;
        Ok(())
    }

    /// Takes `count` bytes; operations ask before they allocate.
    ///
    /// # Errors
    /// [`Stop::Bytes`] when fewer are left.
    pub fn bytes(&mut self, count: usize) -> Result<(), Stop> {
        let left = self.bytes.checked_sub(count as u64);
        self.bytes = left.ok_or(Stop::Bytes)?;
        Ok(())
    }

    /// A text, once its bytes are paid for.
    pub(crate) fn text(&mut self, text: &str) -> Result<Value, Stop> {
        self.bytes(16 + text.len())?;
        self.step(text.len() / 64)?;
        Ok(Value::text(text))
    }

    /// A list, once its steps and all that it holds are paid for.
    ///
    /// What it shares counts as if it were copied: a few lists of one long text are soon more
    /// than can be written out.
    pub(crate) fn list(&mut self, items: Vec<Value>) -> Result<Value, Stop> {
        self.step(items.len())?;
        self.hold(&items)?;
        Ok(Value::list(items))
    }

    fn hold(&mut self, items: &[Value]) -> Result<(), Stop> {
        self.bytes(16 + 24 * items.len())?;
        for item in items {
            match item {
                Value::Text(text) => self.bytes(16 + text.len())?,
                Value::List(inner) => self.hold(inner)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes the steps of comparing each of `items` with something.
    pub(crate) fn compare(&mut self, items: &[Value]) -> Result<(), Stop> {
        self.step(items.len() + weight(items) / 256)
    }

    /// Takes the steps of comparing each of `items` with `times` others.
    pub(crate) fn compare_often(&mut self, items: &[Value], times: usize) -> Result<(), Stop> {
        let pairs = items.len().saturating_mul(times) / 8;
        self.step(pairs.saturating_add((weight(items) / 256).saturating_mul(times)))
    }
}

fn weight(items: &[Value]) -> usize {
    items.iter().map(Value::weight).sum()
}
