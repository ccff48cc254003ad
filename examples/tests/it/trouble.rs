//! What goes wrong around a home: it is told with a remedy and the right exit code, and nothing stored is lost.
#![cfg(unix)]

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::Value;

use crate::bin::{Bin, Ran};

/// A home that knows where the tea is.
fn home_with_tea() -> Bin {
    let bin = Bin::new();
    let file = bin.file("tea.md", "The oolong is in the blue tin.\n");
    bin.json(&["remember", file.to_str().unwrap()]);
    bin
}

fn knows_the_tea(bin: &Bin) {
    let found = bin.json(&["recall", "where is the oolong", "-k", "1"]);
    assert!(found[0].to_string().contains("blue tin"), "{found:?}");
    let checks = bin.json(&["doctor"]);
    assert!(checks.iter().all(|check| check["ok"] == true), "{checks:?}");
}

/// The one error of a run with `--json`: it has a remedy.
fn told(ran: &Ran, code: i32) -> Value {
    assert_eq!(ran.code(), code, "{}", ran.stderr());
    let stderr = ran.stderr();
    let line = stderr.lines().find(|line| line.starts_with('{')).unwrap();
    let error: Value = serde_json::from_str(line).unwrap();
    assert!(error["error"]["remedy"].is_string(), "{error}");
    error["error"].clone()
}

/// `alma` under a shell that sets things up first.
fn under(setup: &str, bin: &Bin, args: &[&str]) -> Ran {
    let inner = bin.command(args);
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("{setup} exec \"$@\""))
        .arg("sh");
    command.arg(inner.get_program()).args(inner.get_args());
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Ran::of(command.stdin(Stdio::null()).output().unwrap())
}

#[test]
fn a_full_disk_is_told_and_passes() {
    let bin = home_with_tea();
    for at in 0..40 {
        let text = format!("note {at}: ") + &"many words of no use ".repeat(2_000);
        bin.file(&format!("big/{at}.md"), text);
    }
    let big = bin.dir().join("big");
    let args = ["--json", "remember", big.to_str().unwrap()];
    // Files may grow to one megabyte, and writing beyond it is an error instead of a signal.
    let ran = under("trap '' XFSZ; ulimit -f 2048;", &bin, &args);
    let error = told(&ran, 6);
    let remedy = error["remedy"].as_str().unwrap();
    assert!(remedy.contains("space"), "{error}");
    knows_the_tea(&bin);
    let now = bin.json(&args[1..]);
    assert_eq!(now.last().unwrap()["documents"], 40);
    knows_the_tea(&bin);
}

#[test]
fn a_home_that_may_not_be_written_is_denied_and_left_alone() {
    let bin = home_with_tea();
    let before = fs::read(bin.home().join("alma.db")).unwrap();
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(&bin.dir(), 0o755);
    mode(&bin.home(), 0o555);
    // Root may write anywhere: nobody runs it then, from a place that nobody can reach.
    let program = bin.dir().join("alma");
    fs::copy(env!("CARGO_BIN_EXE_alma"), &program).unwrap();
    let root = fs::write(bin.home().join("probe"), "").is_ok();
    let mut command = if root {
        fs::remove_file(bin.home().join("probe")).unwrap();
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        command.arg(&program);
        command
    } else {
        Command::new(&program)
    };
    let home = bin.home();
    command.args(["--json", "--home", home.to_str().unwrap(), "recall", "tea"]);
    let ran = Ran::of(command.output().unwrap());
    let error = told(&ran, 4);
    assert_eq!(error["kind"], "denied");
    mode(&bin.home(), 0o755);
    assert_eq!(fs::read(bin.home().join("alma.db")).unwrap(), before);
    knows_the_tea(&bin);
}

#[test]
fn a_damaged_home_is_told_and_a_backup_heals_it() {
    let bin = home_with_tea();
    let copy = bin.dir().join("copy.db");
    bin.json(&["backup", copy.to_str().unwrap()]);
    let file = bin.home().join("alma.db");
    let mut bytes = fs::read(&file).unwrap();
    // The first page names the format, and all that follows is noise.
    for (at, byte) in bytes.iter_mut().enumerate().skip(4_096) {
        *byte = (at % 251) as u8;
    }
    fs::write(&file, &bytes).unwrap();
    for args in [&["recall", "oolong"][..], &["doctor"]] {
        let ran = bin.run(&[&["--json"], args].concat());
        assert_eq!(told(&ran, 7)["kind"], "corrupt", "{args:?}");
    }
    assert_eq!(fs::read(&file).unwrap(), bytes, "it is left as it is");
    bin.json(&["restore", "--replace", copy.to_str().unwrap()]);
    knows_the_tea(&bin);
}

#[test]
fn files_that_vanish_while_they_are_read_are_left_out() {
    let bin = home_with_tea();
    for at in 0..400 {
        bin.file(
            &format!("d/{at:03}.md"),
            format!("Note {at} stays or goes."),
        );
    }
    let dir = bin.dir().join("d");
    let reader = bin
        .command(&["--json", "remember", dir.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(60));
    for at in 200..400 {
        fs::remove_file(dir.join(format!("{at:03}.md"))).unwrap();
    }
    let ran = Ran::of(reader.wait_with_output().unwrap());
    assert_eq!(ran.code(), 0, "none was named itself: {}", ran.stderr());
    let lines = ran.lines();
    let (sum, skipped) = lines.split_last().unwrap();
    for line in skipped {
        let reason = line["skipped"]["reason"].as_str().unwrap();
        assert!(reason.contains("vanished"), "{line}");
    }
    assert_eq!(sum["skipped"], skipped.len());
    assert!(sum["documents"].as_u64().unwrap() >= 200, "{sum}");
    let found = bin.json(&["recall", "Note 7 stays or goes", "-k", "1"]);
    assert!(found[0].to_string().contains("d/007.md"), "{found:?}");
    let ran = bin.run(&["remember", dir.join("399.md").to_str().unwrap()]);
    assert_eq!(ran.code(), 8, "it was named: {}", ran.stderr());
    knows_the_tea(&bin);
}

#[test]
fn a_link_out_of_a_directory_brings_nothing_in() {
    let bin = home_with_tea();
    let secret = bin.file("outside/secret.md", "The CANARY-5512 nests here.\n");
    bin.file("d/a.md", "A plain note.");
    let dir = bin.dir().join("d");
    symlink(&secret, dir.join("link.md")).unwrap();
    symlink(bin.dir().join("outside"), dir.join("folder")).unwrap();
    let told = bin.json(&["remember", dir.to_str().unwrap()]);
    let (sum, skipped) = told.split_last().unwrap();
    assert_eq!((&sum["documents"], skipped.len()), (&1.into(), 2));
    for line in skipped {
        let reason = line["skipped"]["reason"].as_str().unwrap();
        assert!(reason.contains("leads out of the directory"), "{line}");
    }
    let found = bin.json(&["recall", "what nests here", "-k", "5"]);
    assert!(!format!("{found:?}").contains("CANARY-5512"));
}

#[test]
fn texts_of_no_size_and_of_any_size_do_no_harm() {
    let bin = home_with_tea();
    bin.file("d/empty.md", "");
    bin.file("d/word.md", "w".repeat(300_000));
    bin.file("d/lines.md", "\n".repeat(100_000) + "the end");
    bin.file("d/huge.md", vec![b'a'; 40 << 20]);
    let dir = bin.dir().join("d");
    let told = bin.json(&["remember", dir.to_str().unwrap()]);
    let sum = told.last().unwrap();
    assert_eq!(
        sum["documents"].as_u64().unwrap() + sum["skipped"].as_u64().unwrap(),
        4,
        "{told:?}"
    );
    let of = |name: &str| {
        let mut lines = told.iter();
        lines.find(|line| {
            line["skipped"]["source"]
                .as_str()
                .is_some_and(|one| one.ends_with(name))
        })
    };
    assert!(of("empty.md").unwrap().to_string().contains("empty"));
    assert!(of("huge.md").unwrap().to_string().contains("larger than"));
    let ran = bin.run(&["--json", "recall", &"why ".repeat(25_000)]);
    assert!(matches!(ran.code(), 0 | 2), "{}", ran.stderr());
    knows_the_tea(&bin);
}

#[test]
fn ids_and_names_that_are_none_are_refused() {
    let bin = home_with_tea();
    for (args, code) in [
        (&["cancel", "not-an-id"][..], 2),
        (&["cancel", "00000000000000000000000000000001"], 3),
        (&["approve", "not-an-id"], 2),
        (&["undo", "no-such-night"], 3),
        (&["tools", "show", "no-such-tool"], 3),
        (&["tools", "call", "no-such-tool", "{}"], 3),
        (&["night", "a night with blanks"], 2),
        (&["mission", "x", "--resume", "not-an-id"], 2),
        (&["--scope", "a//b", "recall", "x"], 2),
        (&["--scope", "../up", "recall", "x"], 2),
        (&["rollback"], 3),
    ] {
        let ran = bin.run(&[&["--json"], args].concat());
        assert_eq!(ran.code(), code, "{args:?}: {}", ran.stderr());
        assert!(!ran.stderr().contains("panicked"), "{}", ran.stderr());
    }
    knows_the_tea(&bin);
}
