//! What a stretch of work costs this process.

use std::{fs, time::Instant};

use rustix::time::{ClockId, clock_gettime};

/// Seconds that a stretch of work took.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// On the clock on the wall.
    pub wall: f64,
    /// Of all processors, in all threads.
    pub cpu: f64,
}

/// Does `work` and tells what it cost.
pub fn metered<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    let (wall, cpu) = (Instant::now(), cpu_seconds());
    let done = work();
    let cost = Cost {
        wall: wall.elapsed().as_secs_f64(),
        cpu: cpu_seconds() - cpu,
    };
    (done, cost)
}

fn cpu_seconds() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}

/// The most memory that this process ever held, in MB of 1,048,576 bytes; `None` where nothing tells.
#[must_use]
pub fn peak_mb() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes / 1024.0)
}

/// Lets [`peak_mb`] begin anew from what is held now; whether that worked.
pub fn forget_peak() -> bool {
    fs::write("/proc/self/clear_refs", "5").is_ok()
}
