//! A consolidation on paper: topics with members, labels and summaries, before anything is stored.

use std::collections::{HashMap, HashSet};

use alma_core::{ConsolidationId, RecordId, Result, Topic, TopicChange, TopicId};

use super::matching::{Shape, match_topics};
use crate::{
    cluster::{ClusterError, Clusterer, Rows},
    summary::{Group, labels, summarise},
    text::sentences,
};

/// Records of a topic that its label and summary look at: those nearest to its centre.
const CENTRAL: usize = 300;
/// A record with more words than this is summed up sentence by sentence.
const WHOLE: usize = 60;
/// A unit with more bytes than this is no sentence.
const UNIT: usize = 2_000;
/// The words of a summary: a fifth of its records, within these bounds.
const WORDS: std::ops::RangeInclusive<usize> = 30..=120;
/// Words of a label.
const LABEL: usize = 4;

/// A record that may belong to a topic.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) id: RecordId,
    pub(crate) text: String,
}

/// What topics are drafted from.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) run: ConsolidationId,
    pub(crate) smallest: usize,
    pub(crate) members: Vec<Member>,
    /// One vector a member, of length 1, one after another.
    pub(crate) vectors: Vec<f32>,
    pub(crate) dimension: usize,
    /// The topics of the run before.
    pub(crate) earlier: Vec<Earlier>,
}

/// A topic of the run before.
#[derive(Debug)]
pub(crate) struct Earlier {
    pub(crate) topic: Topic,
    /// Whether its summary is still current; it may have been forgotten.
    pub(crate) summed_up: bool,
}

/// A new summary.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    pub(crate) text: String,
    pub(crate) sources: Vec<RecordId>,
}

/// One topic: as it will be told, but for the id of a summary that is still to be stored.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) id: TopicId,
    pub(crate) label: String,
    pub(crate) members: Vec<RecordId>,
    pub(crate) change: TopicChange,
    /// The summary that stays, or the new one.
    pub(crate) summary: std::result::Result<RecordId, Summary>,
}

/// Topics of `input`, largest first, ties by id.
pub(crate) fn draft(input: &Input, clusterer: &dyn Clusterer) -> Result<Vec<Draft>> {
    let groups = groups(input, clusterer).map_err(|error| {
        alma_core::Error::new(alma_core::ErrorKind::Internal, "cannot find topics")
            .with_source(error)
    })?;
    let shapes: Vec<Shape> = groups
        .iter()
        .map(|members| {
            Shape::new(
                members.iter().copied().collect(),
                &input.vectors,
                input.dimension,
            )
        })
        .collect();
    let central: Vec<Vec<usize>> = groups
        .iter()
        .zip(&shapes)
        .map(|(members, shape)| central(input, members, shape))
        .collect();
    let earlier = earlier_shapes(input);
    let matches = match_topics(&earlier, &shapes);
    let picked: Vec<Picked<'_>> = central.iter().map(|members| pick(input, members)).collect();
    let labelled: Vec<Group<'_>> = central
        .iter()
        .zip(&picked)
        .map(|(members, picked)| Group {
            texts: members
                .iter()
                .map(|&at| input.members[at].text.as_str())
                .collect(),
            shown: picked.units.iter().map(|(_, text)| *text).collect(),
        })
        .collect();
    let labels = labels(&labelled, LABEL);
    let mut drafts: Vec<Draft> = groups
        .iter()
        .zip(picked)
        .zip(labels)
        .zip(matches)
        .enumerate()
        .map(|(at, (((group, picked), label), earlier))| {
            let members: Vec<RecordId> = group.iter().map(|&at| input.members[at].id).collect();
            let fresh = TopicId::of_parts(&[input.run.as_bytes(), &at.to_le_bytes()]);
            let earlier = earlier.map(|at| &input.earlier[at]);
            name(
                members,
                label.join(", "),
                picked.summary(input),
                fresh,
                earlier,
            )
        })
        .collect();
    drafts.sort_by(|a, b| b.members.len().cmp(&a.members.len()).then(a.id.cmp(&b.id)));
    Ok(drafts)
}

/// A draft that continues `earlier` if there is one; what did not change keeps its summary.
fn name(
    members: Vec<RecordId>,
    label: String,
    summary: Summary,
    fresh: TopicId,
    earlier: Option<&Earlier>,
) -> Draft {
    let Some(Earlier {
        topic: earlier,
        summed_up,
    }) = earlier
    else {
        return Draft {
            id: fresh,
            label,
            members,
            change: TopicChange::New,
            summary: Err(summary),
        };
    };
    let before: HashSet<&RecordId> = earlier.members.iter().collect();
    let grown = members.iter().any(|member| !before.contains(member));
    let change = match (grown, members.len() < before.len()) {
        (true, _) => TopicChange::Grown,
        (false, true) => TopicChange::Shrunk,
        // Without its summary it is not what it was.
        (false, false) if !summed_up => TopicChange::Grown,
        (false, false) => TopicChange::Kept,
    };
    if change == TopicChange::Kept {
        return Draft {
            id: earlier.id,
            label: earlier.label.clone(),
            members,
            change,
            summary: Ok(earlier.summary),
        };
    }
    Draft {
        id: earlier.id,
        label,
        members,
        change,
        summary: Err(summary),
    }
}

/// The members of each group, in the order of the records.
fn groups(
    input: &Input,
    clusterer: &dyn Clusterer,
) -> std::result::Result<Vec<Vec<usize>>, ClusterError> {
    let rows = Rows::new(&input.vectors, input.dimension)?;
    let labels = clusterer.cluster(&rows, input.smallest)?;
    if labels.len() != input.members.len() {
        return Err(ClusterError::Engine(format!(
            "{} labels came for {} rows",
            labels.len(),
            input.members.len()
        )));
    }
    let mut by_label: std::collections::BTreeMap<u32, Vec<usize>> = Default::default();
    for (member, label) in labels.into_iter().enumerate() {
        if let Some(label) = label {
            by_label.entry(label).or_default().push(member);
        }
    }
    Ok(by_label
        .into_values()
        .filter(|group| group.len() >= input.smallest)
        .collect())
}

fn earlier_shapes(input: &Input) -> Vec<Shape> {
    let places: HashMap<RecordId, usize> = input
        .members
        .iter()
        .enumerate()
        .map(|(at, member)| (member.id, at))
        .collect();
    input
        .earlier
        .iter()
        .map(|Earlier { topic, .. }| {
            let members = topic
                .members
                .iter()
                .filter_map(|id| places.get(id).copied())
                .collect();
            Shape::new(members, &input.vectors, input.dimension)
        })
        .collect()
}

/// The members nearest to the centre, in the order of the records.
fn central(input: &Input, members: &[usize], shape: &Shape) -> Vec<usize> {
    let mut order = members.to_vec();
    if order.len() > CENTRAL {
        let nearness = |at: &usize| {
            let from = at * input.dimension;
            shape.cosine(&input.vectors[from..from + input.dimension])
        };
        order.sort_by(|a, b| nearness(b).total_cmp(&nearness(a)).then(a.cmp(b)));
        order.truncate(CENTRAL);
        order.sort_unstable();
    }
    order
}

/// The texts that a summary is made of, with whose they are.
struct Picked<'a> {
    units: Vec<(usize, &'a str)>,
}

impl Picked<'_> {
    fn summary(&self, input: &Input) -> Summary {
        let mut sources: Vec<RecordId> = Vec::new();
        for (member, _) in &self.units {
            let id = input.members[*member].id;
            if !sources.contains(&id) {
                sources.push(id);
            }
        }
        let lines: Vec<&str> = self.units.iter().map(|(_, text)| *text).collect();
        Summary {
            text: lines.join("\n"),
            sources,
        }
    }
}

fn pick<'a>(input: &'a Input, members: &[usize]) -> Picked<'a> {
    let mut units: Vec<(usize, &str)> = Vec::new();
    let mut words = 0;
    for &member in members {
        let text = input.members[member].text.trim();
        let length = text.split_whitespace().count();
        words += length;
        if length <= WHOLE {
            units.push((member, text));
        } else {
            units.extend(sentences(text).into_iter().map(|at| (member, &text[at])));
        }
    }
    let first = units.first().copied();
    units.retain(|(_, text)| text.len() <= UNIT);
    let budget = (words / 5).clamp(*WORDS.start(), *WORDS.end());
    let texts: Vec<&str> = units.iter().map(|(_, text)| *text).collect();
    let mut picked: Vec<(usize, &str)> = summarise(&texts, budget)
        .into_iter()
        .map(|at| units[at])
        .collect();
    if picked.is_empty() {
        // Every unit is longer than the budget: the beginning of the first must do.
        picked.extend(first.map(|(member, text)| (member, beginning(text, budget))));
    }
    Picked { units: picked }
}

/// The first `words` words of a text, and no more bytes than words usually have.
fn beginning(text: &str, words: usize) -> &str {
    let end = text
        .split_whitespace()
        .take(words)
        .last()
        .map_or(0, |last| {
            last.as_ptr() as usize - text.as_ptr() as usize + last.len()
        });
    let mut end = end.min(words * 12);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
