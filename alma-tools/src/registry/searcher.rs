//! The thread that searches: one order at a time, so that no two searches hold memory at once.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
};

use alma_core::{Error, ErrorKind, Result, ToolSpec};
use tokio::sync::oneshot;

use crate::{
    build::Effort,
    gate::{Judged, judge},
};

/// Orders that may wait for their turn.
const WAITING: usize = 64;

/// An order, and where its answer goes.
struct Turn {
    spec: ToolSpec,
    others: Vec<String>,
    effort: Effort,
    answer: oneshot::Sender<Result<Judged>>,
}

/// Searches and judges on a thread of its own, for it computes for seconds.
///
/// The thread starts with the first order and ends when the searcher is dropped. It is always the
/// same one: the allocator serves a new search from what the last one gave back, where a pool's
/// threads would each keep what they once used.
#[derive(Default)]
pub(super) struct Searcher {
    thread: Mutex<Option<SyncSender<Turn>>>,
}

impl Searcher {
    /// What became of an order.
    ///
    /// Dropped before its turn, an order is passed over; dropped later, its search runs to its end.
    ///
    /// # Errors
    /// `Overloaded` when too many orders wait; those of reading the order.
    pub(super) async fn judge(
        &self,
        spec: &ToolSpec,
        others: Vec<String>,
        effort: Effort,
    ) -> Result<Judged> {
        let (answer, judged) = oneshot::channel();
        self.submit(Turn {
            spec: spec.clone(),
            others,
            effort,
            answer,
        })?;
        judged.await.map_err(|error| {
            Error::new(ErrorKind::Internal, "cannot finish the search for a tool")
                .with_source(error)
        })?
    }

    fn submit(&self, turn: Turn) -> Result<()> {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        let orders = match &mut *thread {
            Some(orders) => orders,
            none => none.insert(start()?),
        };
        match orders.try_send(turn) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_)) => Err(Error::new(
                ErrorKind::Overloaded,
                format!("cannot forge: {WAITING} orders wait already"),
            )
            .with_remedy("order it again later")),
            Err(TrySendError::Disconnected(_)) => {
                *thread = None;
                Err(
                    Error::new(ErrorKind::Internal, "cannot reach the search's thread")
                        .with_remedy("order it again"),
                )
            }
        }
    }
}

impl fmt::Debug for Searcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Searcher").finish_non_exhaustive()
    }
}

fn start() -> Result<SyncSender<Turn>> {
    let (orders, turns) = sync_channel(WAITING);
    thread::Builder::new()
        .name("alma-forge".to_owned())
        .spawn(move || serve(&turns))
        .map_err(|error| {
            Error::new(ErrorKind::Overloaded, "cannot start a thread for searches")
                .with_source(error)
        })?;
    Ok(orders)
}

fn serve(turns: &Receiver<Turn>) {
    for turn in turns {
        if turn.answer.is_closed() {
            continue;
        }
        let search = AssertUnwindSafe(|| judge(&turn.spec, &turn.others, turn.effort));
        // A panic is a defect of the search; its order is answered with an error, the next is served.
        if let Ok(judged) = catch_unwind(search) {
            // Whoever asked may have gone.
            drop(turn.answer.send(judged));
        }
    }
}
