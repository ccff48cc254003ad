//! A consolidation on paper: topics with members, labels and summaries, before anything is stored.

use std::collections::HashSet;

use alma_core::{ConsolidationId, RecordId, Result, Topic, TopicChange, TopicId};

use super::{Rarity, centre::Centre, continued::Continued, extract::extract};
use crate::{
    cluster::{ClusterError, Clusterer, Rows},
    summary::{Group, labels},
};

/// The most records of a topic that its label and summary look at.
const CENTRAL: usize = 300;
/// Topics up to this size are looked at whole, larger ones by the half nearest to their centre.
const SMALL: usize = 12;
/// Words of a label.
const LABEL: usize = 4;

/// A record that may belong to a topic.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) id: RecordId,
    /// What it says, without code and addresses.
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
    let central: Vec<Vec<usize>> = groups
        .iter()
        .map(|members| central(input, members))
        .collect();
    let continued = Continued::new(input, &groups)?;
    let rarity = Rarity::among(input.members.iter().map(|member| member.text.as_str()));
    let picked: Vec<Picked> = central
        .iter()
        .map(|members| pick(input, members, &rarity))
        .collect();
    let labelled: Vec<Group<'_>> = central
        .iter()
        .zip(&picked)
        .map(|(members, picked)| Group {
            texts: members
                .iter()
                .map(|&at| input.members[at].text.as_str())
                .collect(),
            shown: picked.lines.iter().map(|(_, line)| line.as_str()).collect(),
        })
        .collect();
    let labels = labels(&labelled, LABEL);
    let mut drafts: Vec<Draft> = groups
        .iter()
        .zip(&picked)
        .zip(labels)
        .enumerate()
        .map(|(at, ((group, picked), label))| {
            let members: Vec<RecordId> = group.iter().map(|&at| input.members[at].id).collect();
            let fresh = TopicId::of_parts(&[input.run.as_bytes(), &at.to_le_bytes()]);
            let draft = Draft {
                id: fresh,
                label: label.join(", "),
                members,
                change: TopicChange::New,
                summary: Err(picked.summary(input, group)),
            };
            continued.apply(at, draft)
        })
        .collect();
    drafts.sort_by(|a, b| b.members.len().cmp(&a.members.len()).then(a.id.cmp(&b.id)));
    Ok(drafts)
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

/// The members nearest to the centre, in the order of the records.
fn central(input: &Input, members: &[usize]) -> Vec<usize> {
    let mut order = members.to_vec();
    let wanted = (order.len() / 2).clamp(SMALL, CENTRAL);
    if order.len() > wanted {
        let centre = Centre::new(members, &input.vectors, input.dimension);
        let nearness = |at: &usize| {
            let from = at * input.dimension;
            centre.cosine(&input.vectors[from..from + input.dimension])
        };
        order.sort_by(|a, b| nearness(b).total_cmp(&nearness(a)).then(a.cmp(b)));
        order.truncate(wanted);
        order.sort_unstable();
    }
    order
}

/// The lines of a summary, with whose they are.
struct Picked {
    lines: Vec<(usize, String)>,
}

impl Picked {
    /// The sources are all of the group, those that are quoted first: each had a say in what is picked and in the
    /// words of the label.
    fn summary(&self, input: &Input, group: &[usize]) -> Summary {
        let mut known = HashSet::new();
        let quoted = self.lines.iter().map(|(member, _)| member);
        let sources = quoted
            .chain(group)
            .filter(|member| known.insert(**member))
            .map(|member| input.members[*member].id)
            .collect();
        let lines: Vec<&str> = self.lines.iter().map(|(_, line)| line.as_str()).collect();
        Summary {
            text: lines.join("\n"),
            sources,
        }
    }
}

fn pick(input: &Input, members: &[usize], rarity: &Rarity) -> Picked {
    let texts: Vec<&str> = members
        .iter()
        .map(|&at| input.members[at].text.as_str())
        .collect();
    let lines = extract(&texts, rarity)
        .into_iter()
        .map(|(at, line)| (members[at], line))
        .collect();
    Picked { lines }
}
