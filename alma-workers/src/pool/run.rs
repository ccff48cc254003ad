//! The pool's loop.

use std::{sync::Arc, time::Duration};

use alma_core::Result;

use super::{crew::Crew, setup::Pool};

/// The first pause of a pool that found nothing; each is twice as long as the one before.
const SHORTEST: Duration = Duration::from_millis(20);

/// What a pool did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolReport {
    /// Results that were accepted.
    pub completed: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Attempts whose lease was lost or whose job was cancelled.
    pub lost: u64,
    /// Jobs given back untouched.
    pub released: u64,
}

impl Pool {
    /// Works until it is stopped, then drains.
    ///
    /// # Cancel safety
    /// A dropped pool drops its running attempts; their jobs return when their leases end.
    /// [`stopper`](Self::stopper) is the gentle way.
    pub async fn run(mut self) -> PoolReport {
        let mut signal = self.take_signal();
        let mut stopped = self.stop.subscribe();
        let pool = Arc::new(self);
        let mut crew = Crew::new(Arc::clone(&pool));
        let mut beat = pool.clock.sleep(pool.lease / 3);
        let mut pause = SHORTEST.min(pool.look);
        while !*stopped.borrow_and_update() {
            let mut troubled = false;
            if crew.room() > 0 {
                match pool.claim(&mut crew).await {
                    Ok(true) => pause = SHORTEST.min(pool.look),
                    Ok(false) => {}
                    Err(error) => {
                        troubled = true;
                        tracing::warn!(worker = %pool.worker.name, %error, "claiming failed");
                    }
                }
            }
            let (room, busy) = (crew.room() > 0, !crew.is_empty());
            tokio::select! {
                biased;
                // The sender lives as long as the pool.
                _ = stopped.changed() => {}
                () = &mut beat => {
                    crew.renew().await;
                    beat = pool.clock.sleep(pool.lease / 3);
                }
                () = crew.reap(), if busy && !troubled => {}
                told = signal.wait(pause), if room && !troubled => {
                    pause = (pause * 2).min(pool.look);
                    if let Err(error) = told {
                        tracing::warn!(worker = %pool.worker.name, %error, "the signal failed");
                        pool.clock.sleep(pause).await;
                    }
                }
                // Whatever ends or speaks meanwhile, a store in trouble is not pressed.
                () = pool.clock.sleep(pause), if troubled => pause = (pause * 2).min(pool.look),
            }
        }
        pool.drain(&mut crew).await;
        tracing::info!(worker = %pool.worker.name, report = ?crew.report, "pool ended");
        crew.report
    }

    /// Claims as much as there is room for; whether there was anything.
    async fn claim(&self, crew: &mut Crew) -> Result<bool> {
        let asked = self.clock.now();
        let leases = self
            .store
            .claim(&self.worker, crew.room(), self.lease)
            .await?;
        let any = !leases.is_empty();
        for lease in leases {
            crew.start(lease, asked);
        }
        Ok(any)
    }

    /// Waits for what runs, then gives the rest back.
    async fn drain(&self, crew: &mut Crew) {
        let mut over = self.clock.sleep(self.drain);
        let mut beat = self.clock.sleep(self.lease / 3);
        while !crew.is_empty() {
            tokio::select! {
                biased;
                () = crew.reap() => {}
                () = &mut beat => {
                    crew.renew().await;
                    beat = self.clock.sleep(self.lease / 3);
                }
                () = &mut over => break,
            }
        }
        crew.release().await;
    }
}
