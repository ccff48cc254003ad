//! The picture of a consolidation.

use std::collections::HashMap;

use alma_core::{ConsolidationId, Error, ErrorKind, RecordId, Result, Scope, Topic};
use linfa::{DatasetBase, traits::Fit};
use ndarray::Array2;

use super::{
    SqliteMemory,
    consolidate::{Material, weigh},
    runs,
    schema::scope_number,
};
use crate::cluster::{
    Picture, Rows,
    hdbscan::{Hdbscan, Metric},
};

/// The smallest branch of the tree, and the neighbours of a core distance.
const SMALLEST: usize = 5;

impl SqliteMemory {
    /// A page that shows the topics of a consolidation; see [`Picture`].
    ///
    /// Nothing but members of its topics is in it, and of those no text but the labels: whoever
    /// keeps the page has to remove it once the summary of one of its topics is forgotten, as any
    /// other copy. `None` when the scope has a later consolidation, or when this one has no topics.
    ///
    /// # Errors
    /// Those of reading the database.
    pub async fn picture(&self, scope: &Scope, id: ConsolidationId) -> Result<Option<String>> {
        let (space, lexical, of) = (self.space(), self.0.lexical.clone(), scope.clone());
        let read = self.database().read(move |db| {
            let Some(number) = scope_number(db, &of)? else {
                return Ok(None);
            };
            if runs::last(db, number)?.is_none_or(|last| last.run.id != id) {
                return Ok(None);
            }
            let topics = runs::find(db, number, id)?.map_or(Vec::new(), |run| run.topics);
            let mut material = Material::new(id, SMALLEST, space);
            material.read_members(db, number, space)?;
            Ok(Some((topics, material)))
        });
        let Some((topics, mut material)) = read.await? else {
            return Ok(None);
        };
        let title = format!("Topics of {scope}");
        // On a reader's thread, since it takes long, and without a statement, so that no snapshot is held.
        self.database()
            .read(move |_| {
                if let Some(lexical) = lexical {
                    weigh(&mut material.input, &lexical);
                }
                material.drop_directionless();
                draw(&title, &topics, &material)
            })
            .await
    }
}

fn draw(title: &str, topics: &[Topic], material: &Material) -> Result<Option<String>> {
    let of_member: HashMap<RecordId, u32> = (0..)
        .zip(topics)
        .flat_map(|(label, topic)| topic.members.iter().map(move |id| (*id, label)))
        .collect();
    let dimension = material.input.dimension;
    let (mut labels, mut numbers) = (Vec::new(), Vec::new());
    for (at, member) in material.input.members.iter().enumerate() {
        if let Some(label) = of_member.get(&member.id) {
            labels.push(Some(*label));
            let from = at * dimension;
            numbers.extend_from_slice(&material.input.vectors[from..from + dimension]);
        }
    }
    if labels.is_empty() {
        return Ok(None);
    }
    let rows = Rows::new(&numbers, dimension).map_err(|error| undrawn(error.into()))?;
    let records = Array2::from_shape_vec((labels.len(), dimension), numbers.clone())
        .map_err(|error| undrawn(error.into()))?;
    let tree = Hdbscan::params(SMALLEST)
        .metric(Metric::Cosine)
        .fit(&DatasetBase::from(records))
        .map_err(|error| undrawn(error.into()))?;
    let names: Vec<String> = topics.iter().map(|topic| topic.label.clone()).collect();
    Picture::new(&labels)
        .with_title(title)
        .with_tree(&tree)
        .with_rows(rows)
        .with_names(&names)
        .to_html()
        .map(Some)
        .map_err(|error| undrawn(error.into()))
}

fn undrawn(source: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::new(ErrorKind::Internal, "cannot draw topics").with_source(source)
}
