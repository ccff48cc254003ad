//! The clock of the machine.

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Wake, Waker},
    time::Duration,
};

use alma_core::{Clock, SystemClock};

/// Counts how often it is woken.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_sleep_ends_for_whoever_polled_it_last() {
    let count = Arc::new(Count::default());
    let waker = Waker::from(Arc::clone(&count));
    let mut sleep = pin!(SystemClock.sleep(Duration::from_millis(20)));
    // A loop that selects over a sleep polls it again and again: one entry must be kept, not one a poll.
    for _ in 0..1_000 {
        let _ = sleep.as_mut().poll(&mut Context::from_waker(&waker));
    }
    assert!(Arc::strong_count(&count) <= 3);
    sleep.await;
    SystemClock.sleep(Duration::from_millis(1)).await;
    assert!(count.0.load(Ordering::SeqCst) <= 1);
}

#[tokio::test]
async fn a_dropped_sleep_holds_on_to_nothing() {
    let count = Arc::new(Count::default());
    for _ in 0..1_000 {
        let waker = Waker::from(Arc::clone(&count));
        let mut sleep = pin!(SystemClock.sleep(Duration::from_secs(3_600)));
        assert!(
            sleep
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
    }
    assert_eq!(Arc::strong_count(&count), 1);
}
