//! The direction of the mean of some vectors.

/// A direction that rows are compared with.
#[derive(Debug)]
pub(super) struct Centre(Vec<f32>);

impl Centre {
    /// The direction of the mean of these members, which stand in the order of the records.
    pub(super) fn new(members: &[usize], vectors: &[f32], dimension: usize) -> Self {
        let mut centre = vec![0.0_f32; dimension];
        for member in members {
            let vector = &vectors[member * dimension..(member + 1) * dimension];
            centre.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x);
        }
        let norm = centre.iter().map(|x| x * x).sum::<f32>().sqrt();
        if norm > 0.0 {
            centre.iter_mut().for_each(|x| *x /= norm);
        }
        Self(centre)
    }

    /// The cosine of a vector of length 1 to it.
    pub(super) fn cosine(&self, vector: &[f32]) -> f32 {
        self.0.iter().zip(vector).map(|(x, y)| x * y).sum()
    }
}
