//! What an idle pool waits for.

use std::{fmt, sync::Arc, time::Duration};

use alma_core::{Clock, Result};
use async_trait::async_trait;

/// Tells an idle pool when it may be worth looking for work again.
///
/// It may speak without need. What it misses is found at the next regular look.
#[async_trait]
pub trait Signal: fmt::Debug + Send + Sync + 'static {
    /// Returns when something may have changed, and not much later than `at_most`.
    ///
    /// # Errors
    /// When it cannot tell any more; the pool goes on by its regular looks.
    ///
    /// # Cancel safety
    /// A dropped wait forgets no change.
    async fn wait(&mut self, at_most: Duration) -> Result<()>;
}

/// Knows of nothing and waits all the time.
#[derive(Debug)]
pub(super) struct Silence(pub(super) Arc<dyn Clock>);

#[async_trait]
impl Signal for Silence {
    async fn wait(&mut self, at_most: Duration) -> Result<()> {
        self.0.sleep(at_most).await;
        Ok(())
    }
}
