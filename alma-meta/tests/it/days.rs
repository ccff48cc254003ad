//! A clock that a test moves on by days.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use alma_core::{Clock, Timestamp};
use async_trait::async_trait;

/// The night on which every test begins.
const FIRST: u32 = 20_000;

#[derive(Clone, Debug, Default)]
pub(crate) struct Days(Arc<AtomicU32>);

impl Days {
    pub(crate) fn pass(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for Days {
    fn now(&self) -> Timestamp {
        let day = Duration::from_secs(86_400);
        Timestamp::default().plus(day * (FIRST + self.0.load(Ordering::SeqCst)))
    }

    async fn sleep(&self, _: Duration) {}
}
