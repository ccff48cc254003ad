//! The running attempts of one pool.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use alma_core::{Claim, ErrorKind, Lease, Renewal, Scope, Timestamp};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

use super::{
    attempt::{End, attempt},
    run::PoolReport,
    setup::Pool,
};

#[derive(Debug)]
pub(super) struct Crew {
    pool: Arc<Pool>,
    tasks: JoinSet<End>,
    running: HashMap<Id, Running>,
    pub(super) report: PoolReport,
}

#[derive(Debug)]
struct Running {
    scope: Scope,
    claim: Claim,
    abort: AbortHandle,
    /// Since when, by the pool's own clock, the claim is known to hold.
    held: Timestamp,
    /// Set once the handler has ended.
    ended: Arc<AtomicBool>,
}

impl Crew {
    pub(super) fn new(pool: Arc<Pool>) -> Self {
        Self {
            pool,
            tasks: JoinSet::new(),
            running: HashMap::new(),
            report: PoolReport::default(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    pub(super) fn room(&self) -> usize {
        self.pool.concurrency.saturating_sub(self.tasks.len())
    }

    /// Starts an attempt; the claim was asked for at `asked`.
    pub(super) fn start(&mut self, lease: Lease, asked: Timestamp) {
        let (scope, claim) = (lease.job.scope.clone(), lease.claim());
        let ended = Arc::new(AtomicBool::new(false));
        let work = attempt(Arc::clone(&self.pool), lease, Arc::clone(&ended));
        let abort = self.tasks.spawn(work);
        let running = Running {
            scope,
            claim,
            held: asked,
            ended,
            abort: abort.clone(),
        };
        self.running.insert(abort.id(), running);
    }

    /// Waits until an attempt has ended, and takes note of all that have.
    ///
    /// # Cancel safety
    /// A dropped wait forgets no attempt.
    pub(super) async fn reap(&mut self) {
        if let Some(ended) = self.tasks.join_next_with_id().await {
            self.note(ended);
        }
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            self.note(ended);
        }
    }

    fn note(&mut self, ended: Result<(Id, End), JoinError>) {
        let (id, end) = match ended {
            Ok((id, end)) => (id, end),
            Err(error) => {
                if error.is_panic() {
                    tracing::error!("an attempt's own task panicked; its lease will end");
                }
                (error.id(), End::Lost)
            }
        };
        self.running.remove(&id);
        match end {
            End::Completed => self.report.completed += 1,
            End::Failed => self.report.failed += 1,
            End::Lost => self.report.lost += 1,
        }
    }

    /// Prolongs every lease; whoever lost his is stopped.
    pub(super) async fn renew(&mut self) {
        let mut by_scope: BTreeMap<Scope, Vec<(Id, Claim)>> = BTreeMap::new();
        for (id, running) in &self.running {
            let claims = by_scope.entry(running.scope.clone()).or_default();
            claims.push((*id, running.claim));
        }
        for (scope, mut asked) in by_scope {
            asked.sort_unstable_by_key(|(_, claim)| claim.job);
            let claims: Vec<_> = asked.iter().map(|(_, claim)| *claim).collect();
            let now = self.pool.clock.now();
            let answers = self
                .pool
                .store
                .renew(&scope, &claims, self.pool.lease)
                .await;
            match answers {
                Ok(answers) => {
                    for ((id, claim), answer) in asked.into_iter().zip(answers) {
                        self.judge(id, claim, answer, now);
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "leases not renewed");
                    self.let_go(&scope, now);
                }
            }
        }
    }

    fn judge(&mut self, id: Id, claim: Claim, answer: Renewal, now: Timestamp) {
        let Some(running) = self.running.get_mut(&id) else {
            return;
        };
        match answer {
            Renewal::Until(_) => running.held = now,
            // Once the handler has ended, its end was perhaps accepted just now: the store will tell.
            _ if running.ended.load(Ordering::SeqCst) => {}
            Renewal::Cancelled => {
                tracing::info!(job = %claim.job, "job cancelled while it ran");
                running.abort.abort();
            }
            _ => {
                tracing::warn!(job = %claim.job, "lease lost");
                running.abort.abort();
            }
        }
    }

    /// Stops what has not been renewed for a whole lease: somebody else may have it by now.
    fn let_go(&self, scope: &Scope, now: Timestamp) {
        for running in self.running.values() {
            let over = now.since(running.held) >= self.pool.lease;
            if running.scope == *scope && over && !running.ended.load(Ordering::SeqCst) {
                tracing::warn!(job = %running.claim.job, "lease not renewed in its time");
                running.abort.abort();
            }
        }
    }

    /// Stops what still runs and gives it back, with the attempt refunded.
    pub(super) async fn release(&mut self) {
        let left: Vec<_> = self
            .running
            .drain()
            .map(|(_, running)| (running.scope, running.claim))
            .collect();
        self.tasks.shutdown().await;
        for (scope, claim) in left {
            match self.pool.store.release(&scope, claim).await {
                Ok(()) => self.report.released += 1,
                // It was told of its end just in time.
                Err(error) if error.kind() == ErrorKind::LeaseLost => self.report.lost += 1,
                Err(error) => {
                    tracing::warn!(job = %claim.job, %error, "job not given back; its lease will end");
                    self.report.lost += 1;
                }
            }
        }
    }
}
