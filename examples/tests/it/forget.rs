//! `alma forget` through the real binary: a dry run changes nothing, an erasure leaves no byte.

use std::{fs, path::Path};

use crate::bin::Bin;

fn files_with(root: &Path, needle: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if fs::read(&path)
                .unwrap()
                .windows(needle.len())
                .any(|part| part == needle.as_bytes())
            {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

#[test]
fn erased_means_that_a_byte_search_finds_nothing() {
    let bin = Bin::new();
    let file = bin.file("b.md", "The CANARY-7391 sings at noon.\n");
    let other = bin.file("a.md", "The KEPT-4410 stays.\n");
    bin.json(&["remember", file.to_str().unwrap(), other.to_str().unwrap()]);
    let source = file.to_str().unwrap();

    let told = bin.json(&["forget", "--source", source, "--dry-run"]);
    assert_eq!(told[0]["mode"], "dry_run");
    assert!(!files_with(&bin.home(), "CANARY-7391").is_empty());

    let receipt = bin.json(&["forget", "--source", source]);
    let parts = receipt[0]["components"].as_array().unwrap();
    assert!(
        parts.iter().any(|part| part["component"] == "memory"),
        "{parts:?}"
    );
    assert!(
        parts.iter().all(|part| part["state"] == "erased"),
        "{parts:?}"
    );
    assert_eq!(files_with(&bin.home(), "CANARY-7391"), [""; 0]);
    assert!(!files_with(&bin.home(), "KEPT-4410").is_empty());

    let ran = bin.run(&["remember", source]);
    assert_eq!(ran.code(), 3, "forgotten stays forgotten: {}", ran.stderr());
}

#[test]
fn a_selection_must_be_named_and_must_be_one() {
    let bin = Bin::new();
    assert_eq!(bin.run(&["forget"]).code(), 2);
    assert_eq!(bin.run(&["forget", "--all", "--source", "x"]).code(), 2);
    assert_eq!(bin.run(&["forget", "--id", "not-an-id"]).code(), 2);
    let receipt = bin.json(&["forget", "--source", "never-there"]);
    assert_eq!(receipt[0]["selected"].as_array().unwrap().len(), 0);
}
