//! Small sets of rows.

/// A set of rows, up to 256.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Set([u64; 4]);

impl Set {
    /// The most rows that a set can hold.
    pub(crate) const MOST: usize = 256;

    /// The rows below `count`.
    pub(crate) fn all(count: usize) -> Self {
        let mut set = Self::default();
        (0..count).for_each(|row| set.insert(row));
        set
    }

    pub(crate) fn insert(&mut self, row: usize) {
        if let Some(word) = self.0.get_mut(row / 64) {
            *word |= 1 << (row % 64);
        }
    }

    pub(crate) fn has(&self, row: usize) -> bool {
        self.0
            .get(row / 64)
            .is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0 == [0; 4]
    }

    pub(crate) fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    pub(crate) fn holds(&self, other: &Self) -> bool {
        self.and(other) == *other
    }

    pub(crate) fn and(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] & other.0[at]))
    }

    pub(crate) fn or(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] | other.0[at]))
    }

    pub(crate) fn minus(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] & !other.0[at]))
    }

    pub(crate) fn rows(self) -> impl Iterator<Item = usize> {
        (0..Self::MOST).filter(move |row| self.has(*row))
    }
}
