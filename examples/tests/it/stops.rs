//! A worker that is told to stop: it ends what it has begun, whenever it is told.
#![cfg(unix)]

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::bin::{Bin, Ran};

/// Long enough for the slowest machine; nothing else is asserted about time.
const PATIENCE: Duration = Duration::from_secs(120);

fn start(bin: &Bin, args: &[&str]) -> Child {
    bin.command(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn signal(child: &Child, name: &str) {
    let told = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status();
    assert!(told.unwrap().success());
}

fn wait(mut child: Child) -> Ran {
    let until = Instant::now() + PATIENCE;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > until {
            child.kill().unwrap();
            panic!("it does not stop");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ran::of(child.wait_with_output().unwrap())
}

fn appears(path: &Path) {
    let until = Instant::now() + PATIENCE;
    while !path.exists() {
        assert!(Instant::now() < until, "{} does not appear", path.display());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// SIGTERM killed the worker where it stood, and Ctrl-C during a night was lost: the worker never stopped.
#[test]
fn a_worker_stops_when_it_is_told_to_even_during_a_night() {
    for name in ["-TERM", "-INT"] {
        let bin = Bin::new();
        bin.file("home/alma.toml", "[workers]\nnight_hour = 0\n");
        for at in 0..6 {
            let text = format!("The tomato seedlings of bed {at} want warm soil.");
            bin.file(&format!("notes/{at}.md"), text);
        }
        bin.json(&["remember", bin.dir().join("notes").to_str().unwrap()]);
        // So that the ledger knows of the scope, and the worker of its night.
        bin.json(&["recall", "which parrot sings loudest?"]);
        let worker = start(&bin, &["--json", "work"]);
        appears(&bin.home().join("night.lock"));
        signal(&worker, name);
        let ran = wait(worker);
        assert_eq!(ran.code(), 0, "{name}: {}", ran.stderr());
        assert_eq!(ran.lines().last().unwrap()["failed"], 0);
        // Whoever comes next goes on with it.
        bin.json(&["night"]);
        assert!(bin.home().join("nights").exists());
    }
}
