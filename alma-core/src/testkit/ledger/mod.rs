//! The suite of every ledger.

mod append;
mod hold;
mod read;

use serde_json::json;

use super::clause::Clause as _;
use crate::{Ledger, NewEvent, StreamId};

/// Holds a ledger against every clause of [`Ledger`].
///
/// `fresh` makes an empty one; it is called once a clause.
///
/// # Panics
/// When a clause is broken, with a message that names it.
pub async fn ledger<L: Ledger>(fresh: impl AsyncFn() -> L) {
    append::appends_in_order(&fresh().await).await;
    append::compares_and_sets(&fresh().await).await;
    append::lets_one_of_many_win(&fresh().await).await;
    append::recognises_its_own_write(&fresh().await).await;
    append::refuses_bad_events(&fresh().await).await;
    read::reads_in_pieces(&fresh().await).await;
    read::lists_streams(&fresh().await).await;
    hold::keeps_scopes_apart(&fresh().await).await;
    hold::lists_scopes(&fresh().await).await;
    hold::erases(&fresh().await).await;
}

fn stream(name: &str) -> StreamId {
    StreamId::new(name).must("StreamId: the suite's names are valid")
}

fn events(numbers: std::ops::Range<u64>) -> Vec<NewEvent> {
    numbers
        .map(|n| NewEvent::new("counted", json!({ "n": n })))
        .collect()
}
