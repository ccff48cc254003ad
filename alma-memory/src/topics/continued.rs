//! Which topic of today is which topic of the night before, and what became of it.
//!
//! The topics of the night before are all the state there is: who was a member of them is kept with
//! the run, from where forgotten records are taken out.

use std::collections::HashSet;

use alma_core::{Error, ErrorKind, RecordId, Result, TopicChange};

use super::draft::{Draft, Earlier, Input};
use crate::cluster::identity::{Change, Event, Identities, IdentityError};

/// Topics of today, with what each continues.
#[derive(Debug)]
pub(super) struct Continued<'a> {
    earlier: &'a [Earlier],
    /// By group.
    changes: Vec<Option<Change>>,
}

impl<'a> Continued<'a> {
    /// Matches `groups`, by the places of their members, with the topics of the night before.
    pub(super) fn new(input: &'a Input, groups: &[Vec<usize>]) -> Result<Self> {
        let unmatched = |error: IdentityError| {
            Error::new(ErrorKind::Internal, "cannot continue topics").with_source(error)
        };
        let before = (0..).zip(&input.earlier).filter_map(|(id, one)| {
            // All of it may be forgotten.
            let members = one.topic.members.clone();
            (!members.is_empty()).then_some((id, members))
        });
        let mut identities =
            Identities::resume(input.earlier.len() as u64, before).map_err(unmatched)?;
        let members: Vec<RecordId> = input.members.iter().map(|member| member.id).collect();
        let mut labels = vec![None; members.len()];
        for (group, places) in (0_u32..).zip(groups) {
            for &place in places {
                labels[place] = Some(group);
            }
        }
        let night = identities.advance(&members, &labels).map_err(unmatched)?;
        let mut changes = vec![None; groups.len()];
        for change in night.changes {
            if let Some(label) = change.label {
                changes[label as usize] = Some(change);
            }
        }
        Ok(Self {
            earlier: &input.earlier,
            changes,
        })
    }

    /// The draft of a group, told as what it continues; what did not change keeps its summary.
    pub(super) fn apply(&self, group: usize, draft: Draft) -> Draft {
        let Some(change) = &self.changes[group] else {
            return draft;
        };
        let earlier = usize::try_from(change.id).ok();
        let Some(earlier) = earlier.and_then(|id| self.earlier.get(id)) else {
            let change = match change.event {
                Event::Split { .. } => TopicChange::Split,
                _ => TopicChange::New,
            };
            return Draft { change, ..draft };
        };
        let change = became(change, earlier, &draft.members);
        let draft = Draft {
            id: earlier.topic.id,
            change,
            ..draft
        };
        if change == TopicChange::Kept {
            return Draft {
                label: earlier.topic.label.clone(),
                summary: Ok(earlier.topic.summary),
                ..draft
            };
        }
        draft
    }
}

/// What became of `earlier`, which has these members now.
fn became(change: &Change, earlier: &Earlier, members: &[RecordId]) -> TopicChange {
    if matches!(change.event, Event::Merged { .. }) {
        return TopicChange::Merged;
    }
    let before: HashSet<&RecordId> = earlier.topic.members.iter().collect();
    let joined = members.iter().any(|member| !before.contains(member));
    match (joined, change.is_changed()) {
        (true, _) => TopicChange::Grown,
        (false, true) => TopicChange::Shrunk,
        // Without its summary it is not what it was.
        (false, false) if !earlier.summed_up => TopicChange::Grown,
        (false, false) => TopicChange::Kept,
    }
}
