//! Who is in the picture: clusters, largest first, with names, words and colours.

use std::collections::BTreeMap;

use super::text::{escaped, width};

/// Characters of a name, and of one word.
const NAME: usize = 60;
const WORD: usize = 24;
/// Words of a cluster.
const WORDS: usize = 8;

/// A cluster.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) label: u32,
    /// Its rows, ascending.
    pub(super) rows: Vec<usize>,
    /// What it is called, escaped.
    pub(super) name: String,
    /// The same as it was given.
    plain: String,
    /// Escaped.
    pub(super) words: Vec<String>,
    /// What the tree says of it.
    pub(super) stability: Option<f64>,
}

impl Group {
    /// The name in at most `most` characters, escaped, and how many letters wide it is about.
    pub(super) fn short_name(&self, most: usize) -> (String, usize) {
        (escaped(&self.plain, most), width(&self.plain, most))
    }
}

/// The clusters of a picture.
#[derive(Debug)]
pub(super) struct Groups {
    /// Largest first, ties by label.
    all: Vec<Group>,
    /// By row, which of them it is in.
    of_row: Vec<Option<usize>>,
}

impl Groups {
    pub(super) fn new(labels: &[Option<u32>], names: &[String], words: &[Vec<String>]) -> Self {
        let mut rows: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (row, label) in labels.iter().enumerate() {
            if let Some(label) = label {
                rows.entry(*label).or_default().push(row);
            }
        }
        let mut all: Vec<Group> = rows
            .into_iter()
            .map(|(label, rows)| {
                let given = names
                    .get(label as usize)
                    .filter(|name| !name.trim().is_empty());
                let plain = given.cloned().unwrap_or_else(|| format!("cluster {label}"));
                let words = words.get(label as usize).into_iter().flatten();
                Group {
                    label,
                    rows,
                    name: escaped(&plain, NAME),
                    plain,
                    words: words.take(WORDS).map(|word| escaped(word, WORD)).collect(),
                    stability: None,
                }
            })
            .collect();
        all.sort_by(|a, b| b.rows.len().cmp(&a.rows.len()).then(a.label.cmp(&b.label)));
        let mut of_row = vec![None; labels.len()];
        for (at, group) in all.iter().enumerate() {
            for &row in &group.rows {
                of_row[row] = Some(at);
            }
        }
        Self { all, of_row }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Group> {
        self.all.iter()
    }

    /// The group at a place of the order of sizes.
    pub(super) fn get(&self, at: usize) -> &Group {
        &self.all[at]
    }

    /// Adds to what the tree says of a group.
    pub(super) fn add_stability(&mut self, at: usize, stability: f64) {
        *self.all[at].stability.get_or_insert(0.0) += stability;
    }

    /// By row, the place of its group; none for noise.
    pub(super) fn of_row(&self) -> &[Option<usize>] {
        &self.of_row
    }

    /// Rows in no group.
    pub(super) fn noise(&self) -> usize {
        self.of_row.iter().filter(|group| group.is_none()).count()
    }
}

/// The colour of the group at a place: hues a golden angle apart, in three depths.
pub(super) fn colour(at: usize) -> String {
    let hue = (212.0 + 137.508 * at as f64) % 360.0;
    let (saturation, lightness) = [(68, 52), (52, 42), (78, 62)][at / 7 % 3];
    format!("hsl({hue:.0} {saturation}% {lightness}%)")
}
