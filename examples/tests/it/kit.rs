//! The tools of every home, and what they may read.

use std::fs;

use serde_json::json;

use crate::bin::Bin;

#[test]
fn a_goal_in_plain_words_reads_a_file_and_works_on_it() {
    let bin = Bin::new();
    bin.file("home/files/config.json", r#"{"a": 1, "b": [2], "c": null}"#);
    bin.file("home/files/note.txt", "One two three. Four five.");
    let report = bin.json(&["mission", "read config.json and count its keys"]);
    assert_eq!(report[0]["status"]["status"], "done", "{report:?}");
    let ran = bin.run(&[
        "mission",
        "read note.txt, then summarise it and count its words",
    ]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    assert!(ran.stdout().contains(r#"{"count":5}"#), "{}", ran.stdout());
    // What the work gave is remembered without a night.
    let found = bin.json(&["recall", "how many words did it count", "--kind", "event"]);
    assert!(found.len() > 1, "{found:?}");
}

#[test]
fn a_file_outside_of_the_readable_folders_is_not_there() {
    let bin = Bin::new();
    let secret = bin.file("secret.txt", "hidden words");
    bin.file("home/files/open.txt", "open words");
    let link = bin.home().join("files/link.txt");
    std::os::unix::fs::symlink(&secret, &link).unwrap();
    let absent = secret.with_file_name("absent.txt");
    for file in [
        secret.to_str().unwrap(),
        absent.to_str().unwrap(),
        "../../secret.txt",
        "../alma.db",
        link.to_str().unwrap(),
        "link.txt",
        "\0",
    ] {
        let input = json!({ "file": file }).to_string();
        let ran = bin.run(&["tools", "call", "read-file", &input]);
        assert_eq!(ran.code(), 3, "{file}: {}{}", ran.stdout(), ran.stderr());
        assert!(ran.stderr().contains("[policy]"), "{}", ran.stderr());
    }
    let input = json!({ "file": "open.txt" }).to_string();
    let read = bin.json(&["tools", "call", "read-file", &input]);
    assert_eq!(read[0]["output"]["text"], "open words");

    // Its folder is named in the settings: another tool by digest, with one permission more.
    let settings = format!("[policy]\nread = [{:?}]\n", bin.dir());
    fs::write(bin.home().join("alma.toml"), settings).unwrap();
    let input = json!({ "file": secret }).to_string();
    let read = bin.json(&["tools", "call", "read-file", &input]);
    assert_eq!(read[0]["output"]["text"], "hidden words");
}

#[test]
fn a_file_that_is_no_text_is_refused_with_the_reason() {
    let bin = Bin::new();
    bin.file("home/files/bad.bin", b"\xff\x00\xfe");
    bin.file("home/files/large.txt", "word ".repeat(300_000));
    for (file, why) in [("bad.bin", "binary"), ("large.txt", "larger")] {
        let input = json!({ "file": file }).to_string();
        let ran = bin.run(&["tools", "call", "read-file", &input]);
        assert_eq!(ran.code(), 2, "{}", ran.stderr());
        assert!(ran.stderr().contains(why), "{}", ran.stderr());
    }
    let ran = bin.run(&["tools", "call", "count-keys", r#"{"text": "[1]"}"#]);
    assert_eq!(ran.code(), 2, "{}", ran.stderr());
}
