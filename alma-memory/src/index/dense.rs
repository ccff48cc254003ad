//! Dense scores: an exact scan over vectors of one byte a dimension.

use super::Table;

/// How much of a turn's dense score its neighbours before and after lend it.
const BEFORE: f32 = 0.3;
const AFTER: f32 = 0.15;

/// A vector in bytes: its direction alone, each component a multiple of `scale`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Quantised {
    pub(crate) scale: f32,
    pub(crate) bytes: Vec<i8>,
}

/// `vector` brought to length 1 and rounded to a 127th of its largest component.
///
/// A zero vector has no direction and becomes zeros, which resemble nothing.
pub(crate) fn quantise(vector: &[f32]) -> Quantised {
    // In f64, so that huge and tiny components neither overflow nor vanish.
    let norm = vector
        .iter()
        .map(|&x| f64::from(x) * f64::from(x))
        .sum::<f64>()
        .sqrt();
    let largest = vector
        .iter()
        .fold(0.0_f64, |max, &x| max.max(f64::from(x).abs()));
    if norm == 0.0 {
        return Quantised {
            scale: 0.0,
            bytes: vec![0; vector.len()],
        };
    }
    let bytes = vector
        .iter()
        .map(|&x| (f64::from(x) / largest * 127.0).round() as i8)
        .collect();
    Quantised {
        scale: (largest / norm / 127.0) as f32,
        bytes,
    }
}

/// The vectors of a table's entries.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vectors {
    dimension: usize,
    bytes: Vec<i8>,
    scales: Vec<f32>,
}

impl Vectors {
    /// No vectors yet, of this dimension.
    pub(crate) fn new(dimension: usize) -> Self {
        Self {
            dimension,
            ..Self::default()
        }
    }

    /// Adds the vector of the next entry; nothing, or one of another dimension, resembles nothing.
    pub(crate) fn push(&mut self, vector: Option<&Quantised>) {
        match vector.filter(|vector| vector.bytes.len() == self.dimension) {
            Some(vector) => {
                self.bytes.extend_from_slice(&vector.bytes);
                self.scales.push(vector.scale);
            }
            None => {
                self.bytes.resize(self.bytes.len() + self.dimension, 0);
                self.scales.push(0.0);
            }
        }
    }

    /// The bytes that the vectors take in memory.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len() + self.scales.len() * size_of::<f32>()
    }

    /// The cosine of `question` to each entry, mixed with those of the entry's neighbours.
    pub(crate) fn score(&self, table: &Table, question: &Quantised) -> Vec<f32> {
        if question.bytes.len() != self.dimension || question.scale == 0.0 {
            return vec![0.0; table.len()];
        }
        let own: Vec<f32> = self
            .bytes
            .chunks_exact(self.dimension.max(1))
            .zip(&self.scales)
            .map(|(bytes, scale)| dot(bytes, &question.bytes) as f32 * scale * question.scale)
            .collect();
        (0..table.len())
            .map(|place| {
                let (before, after) = table.beside(place);
                let lent = |place: Option<usize>| place.map_or(0.0, |place| own[place]);
                (own[place] + BEFORE * lent(before) + AFTER * lent(after)) / (1.0 + BEFORE + AFTER)
            })
            .collect()
    }
}

/// The exact product: integers, so that any order of adding gives the same.
fn dot(a: &[i8], b: &[i8]) -> i32 {
    a.iter()
        .zip(b)
        .map(|(&x, &y)| i32::from(x) * i32::from(y))
        .sum()
}
