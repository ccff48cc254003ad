//! Child processes: this test binary once more, running one test that acts as a process of its own.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

const HOME: &str = "ALMA_TEST_HOME";
const ORDER: &str = "ALMA_TEST_ORDER";

/// A process that does not outlive the test.
pub(crate) struct Process(Child);

/// Starts the ignored test `name` as a process that works in a home and has an order.
pub(crate) fn start(name: &str, home: &Path, order: &str) -> Process {
    let child = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--ignored", "--nocapture"])
        .env(HOME, home)
        .env(ORDER, order)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    Process(child.unwrap())
}

/// What the process was started with.
pub(crate) fn ordered() -> (PathBuf, String) {
    let home = std::env::var_os(HOME).unwrap();
    (PathBuf::from(home), std::env::var(ORDER).unwrap())
}

impl Process {
    /// One that was started otherwise.
    pub(crate) fn of(mut command: Command) -> Self {
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        Self(quiet.spawn().unwrap())
    }

    /// Waits for its end, and tells whether it ended well.
    pub(crate) fn ends_well(&mut self) -> bool {
        self.0.wait().unwrap().success()
    }

    /// SIGKILL after a while; tells whether it had ended well before.
    pub(crate) fn kill_after(mut self, moment: Duration) -> bool {
        std::thread::sleep(moment);
        self.0.kill().unwrap();
        self.ends_well()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// xorshift: the same moments in every run, as far as the machine allows.
pub(crate) struct Luck(u64);

impl Luck {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(0x2545_f491_4f6c_dd1d ^ seed)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % limit
    }

    /// A moment within a span.
    pub(crate) fn within(&mut self, span: Duration) -> Duration {
        Duration::from_micros(self.below(span.as_micros() as u64))
    }
}
