//! Homes that cannot be used are refused with a remedy, and stay as they are.

use std::fs;

use alma_core::sqlite::Database;

use crate::bin::{Bin, command};

#[test]
fn a_first_run_says_where_data_is_what_is_off_and_what_comes_next() {
    let bin = Bin::new();
    let ran = bin.run(&["recall", "anything"]);
    assert_eq!(ran.code(), 0);
    let note = ran.stderr();
    assert!(note.contains(bin.home().to_str().unwrap()), "{note}");
    assert!(note.contains("Off: a language model"), "{note}");
    assert!(note.contains("Next: alma remember"), "{note}");
    assert!(ran.stdout().contains("nothing is remembered here"));
    assert_eq!(bin.run(&["recall", "anything"]).stderr(), "", "said once");
}

#[test]
fn a_home_that_cannot_be_made_is_denied() {
    let bin = Bin::new();
    let file = bin.file("file", "x");
    let ran = bin.run(&["--home", file.to_str().unwrap(), "recall", "x"]);
    assert_eq!(ran.code(), 2);
    assert!(
        ran.stderr().contains("it is no directory"),
        "{}",
        ran.stderr()
    );
    let ran = bin.run(&["--home", "/proc/nowhere/home", "recall", "x"]);
    assert_eq!(ran.code(), 4);
    assert!(
        ran.stderr().contains("remedy: name a directory"),
        "{}",
        ran.stderr()
    );
}

#[test]
fn a_corrupt_home_is_refused_and_left_alone() {
    let bin = Bin::new();
    let garbage = vec![b'x'; 8192];
    bin.file("home/alma.db", &garbage);
    let ran = bin.run(&["--json", "recall", "x"]);
    assert_eq!(ran.code(), 7, "{}", ran.stderr());
    let error: serde_json::Value = serde_json::from_str(ran.stderr().trim()).unwrap();
    assert_eq!(error["error"]["kind"], "corrupt");
    assert!(error["error"]["remedy"].is_string(), "{error}");
    assert_eq!(fs::read(bin.home().join("alma.db")).unwrap(), garbage);
}

#[tokio::test]
async fn a_home_of_a_newer_version_is_refused_and_left_alone() {
    let bin = Bin::new();
    bin.run(&["recall", "x"]);
    let database = Database::open(bin.home().join("alma.db")).unwrap();
    database
        .write(|tx| {
            tx.execute(
                "UPDATE alma_schema SET version = version + 1 WHERE component = 'memory'",
                [],
            )?;
            Ok(())
        })
        .await
        .unwrap();
    drop(database);
    let before = fs::read(bin.home().join("alma.db")).unwrap();
    let ran = bin.run(&["--json", "recall", "x"]);
    assert_eq!(ran.code(), 7, "{}", ran.stderr());
    let error: serde_json::Value = serde_json::from_str(ran.stderr().trim()).unwrap();
    assert_eq!(error["error"]["kind"], "incompatible");
    assert!(error["error"]["remedy"].is_string(), "{error}");
    assert_eq!(fs::read(bin.home().join("alma.db")).unwrap(), before);
}

#[test]
fn settings_with_an_unknown_key_are_refused() {
    let bin = Bin::new();
    bin.file("home/alma.toml", "colour = 'blue'\n");
    let ran = bin.run(&["recall", "x"]);
    assert_eq!(ran.code(), 2);
    assert!(ran.stderr().contains("colour"), "{}", ran.stderr());
}

#[test]
fn the_command_line_explains_itself() {
    let bin = Bin::new();
    assert_eq!(bin.run(&["no-such-command"]).code(), 2);
    assert_eq!(bin.run(&["--help"]).code(), 0);
    let ran = bin.run(&["completions", "bash"]);
    assert!(ran.stdout().contains("_alma()"));
    assert!(!bin.home().exists(), "help opens no home");
    let ran = command(&bin.home(), &["recall", "x", "--scope", "a//b"])
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(2));
}
