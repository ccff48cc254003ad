//! Child processes: this test binary once more, running one test that acts as a process of its own.

use std::{
    io::{BufRead, BufReader, Lines, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
};

const PATH: &str = "ALMA_CHILD_DATABASE";
const ORDER: &str = "ALMA_CHILD_ORDER";
const SAYS: &str = "child says ";

/// A running child.
pub(super) struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

/// Starts the test `name` as a process with an order.
pub(super) fn spawn(name: &str, database: &Path, order: impl ToString) -> Process {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture", "--test-threads=1"])
        .env(PATH, database)
        .env(ORDER, order.to_string())
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    Process { child, lines }
}

impl Process {
    /// The next number that the child says; `None` once it is gone.
    pub(super) fn next(&mut self) -> Option<i64> {
        // The harness prints around what the child says, also on the same line.
        for line in self.lines.by_ref().map_while(Result::ok) {
            if let Some((_, said)) = line.split_once(SAYS) {
                return said.parse().ok();
            }
        }
        None
    }

    /// All that it says until it is gone, and how it ended.
    pub(super) fn rest(mut self) -> (Vec<i64>, ExitStatus) {
        let mut said = Vec::new();
        while let Some(number) = self.next() {
            said.push(number);
        }
        (said, self.child.wait().unwrap())
    }

    /// SIGKILL; what it said until then.
    pub(super) fn kill(mut self) -> Vec<i64> {
        self.child.kill().unwrap();
        self.rest().0
    }

    /// Gives the sign that [`wait_for_sign`] waits for.
    pub(super) fn sign(&mut self) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(b"go\n").unwrap();
        stdin.flush().unwrap();
    }
}

/// In a child: where the database is, and the order. Nothing in an ordinary run of the tests.
pub(super) fn order() -> Option<(PathBuf, String)> {
    Some((std::env::var_os(PATH)?.into(), std::env::var(ORDER).ok()?))
}

/// In a child: tells the parent a number, at once.
pub(super) fn say(number: i64) {
    let mut out = std::io::stdout().lock();
    // A parent that is gone needs no news.
    let _ = writeln!(out, "{SAYS}{number}");
    let _ = out.flush();
}

/// In a child: waits for the parent's sign.
pub(super) fn wait_for_sign() {
    std::io::stdin()
        .lock()
        .read_line(&mut String::new())
        .unwrap();
}
