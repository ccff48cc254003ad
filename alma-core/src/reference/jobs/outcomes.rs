//! The log of outcomes.

use super::state::State;
use crate::{
    Cursor, Error, ErrorKind, Outcome, OutcomeQuery, Page, Result, Scope,
    reference::paging::{foreign, is_number, number},
};

impl State {
    /// The outcomes that are there now.
    pub(super) fn outcomes(&self, scope: &Scope, query: &OutcomeQuery) -> Result<Page<Outcome>> {
        let after = match query.after.as_str() {
            "" => 0,
            text if is_number(text) => text.parse().map_err(|_| foreign())?,
            _ => return Err(foreign()),
        };
        if after > 0 && self.purged.get(scope).is_some_and(|purged| after < *purged) {
            return Err(Error::new(
                ErrorKind::Gone,
                "cannot go on from this cursor: what follows it was purged",
            )
            .with_remedy("begin at the start"));
        }
        let wanted = |outcome: &Outcome| {
            let group = query.group.as_ref();
            group.is_none_or(|group| *group == outcome.group)
        };
        let mut found = self
            .log
            .range(after + 1..)
            .filter(|(_, (owner, outcome))| owner == scope && wanted(outcome));
        let items: Vec<_> = found.by_ref().take(query.limit.clamp(1, 1_000)).collect();
        let more = found.next().is_some();
        // With nothing left the cursor goes to the end of the log, past what others own.
        let next = match items.last() {
            Some((number, _)) if more => **number,
            _ => self.last.max(after),
        };
        let items = items.into_iter().map(|(_, (_, outcome))| outcome.clone());
        Ok(Page::new(items.collect(), Cursor::new(number(next)), more))
    }
}
