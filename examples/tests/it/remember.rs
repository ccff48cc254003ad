//! `alma remember` and `alma recall`, end to end.

use crate::bin::Bin;

#[test]
fn what_was_remembered_is_recalled_with_its_source() {
    let bin = Bin::new();
    let file = bin.file("notes/tea.md", "# Tea\n\nThe oolong is in the blue tin.\n");
    bin.file(
        "notes/car.md",
        "# Car\n\nThe spare key hangs behind the door.\n",
    );
    let dir = bin.dir().join("notes");
    let told = bin.json(&["remember", dir.to_str().unwrap()]);
    assert_eq!(told.last().unwrap()["documents"], 2);
    assert_eq!(told.last().unwrap()["skipped"], 0);

    let found = bin.json(&["recall", "where is the oolong", "-k", "1"]);
    assert_eq!(found[0]["record"]["source"], file.to_str().unwrap());
    assert_eq!(found[1]["abstains"], false);

    let ran = bin.run(&["recall", "where is the oolong"]);
    assert!(
        ran.stdout().starts_with("1. # Tea The oolong"),
        "{}",
        ran.stdout()
    );
    assert!(ran.stdout().contains("tea.md#0"));
}

#[test]
fn a_shorter_version_of_a_document_replaces_the_longer_one() {
    let bin = Bin::new();
    let long = format!(
        "# A\n\n{}\n\n# B\n\nThe zebra sleeps.\n",
        "words of A. ".repeat(150)
    );
    let file = bin.file("a.md", long);
    let path = file.to_str().unwrap();
    bin.json(&["remember", path]);
    bin.file("a.md", "# A\n\nshort\n");
    bin.json(&["remember", path]);
    for hit in bin.json(&["recall", "zebra", "-k", "10"]) {
        assert!(!hit.to_string().contains("zebra"), "{hit}");
    }
}

#[test]
fn standard_input_is_remembered_and_each_text_stays() {
    let bin = Bin::new();
    for text in ["the first note", "the second note"] {
        assert_eq!(
            bin.run_with_input(&["remember", "-"], text.as_bytes())
                .code(),
            0
        );
    }
    let found = bin.json(&["recall", "note", "-k", "5"]);
    assert_eq!(found.last().unwrap()["hits"], 2);
}

#[test]
fn what_cannot_be_read_is_counted_and_named_and_the_rest_is_kept() {
    let bin = Bin::new();
    let bad = bin.file("d/latin.txt", b"caf\xe9");
    bin.file("d/good.md", "a good text");
    let dir = bin.dir().join("d");
    let told = bin.json(&["remember", dir.to_str().unwrap()]);
    assert_eq!(told[0]["skipped"]["source"], bad.to_str().unwrap());
    assert_eq!(told[1]["documents"], 1);
    assert_eq!(told[1]["skipped"], 1);

    let ran = bin.run(&["--json", "remember", bad.to_str().unwrap()]);
    assert_eq!(ran.code(), 8, "it was named, so the code tells");
    let ran = bin.run(&["remember", "no-such-file"]);
    assert_eq!(ran.code(), 8);
    assert!(
        ran.stdout()
            .contains("left out no-such-file: there is no such"),
        "{}",
        ran.stdout()
    );
}

#[test]
fn scopes_do_not_see_each_other() {
    let bin = Bin::new();
    let file = bin.file("secret.md", "the oolong is in the blue tin");
    bin.json(&["--scope", "home/ana", "remember", file.to_str().unwrap()]);
    let other = bin.json(&["recall", "oolong", "--scope", "home/bo"]);
    assert_eq!(other[0]["hits"], 0);
    let own = bin.json(&["recall", "oolong", "--scope", "home/ana"]);
    assert_eq!(own.last().unwrap()["hits"], 1);
    let reach = bin.json(&[
        "recall", "oolong", "--scope", "home/bo", "--reach", "home/ana",
    ]);
    assert_eq!(reach.last().unwrap()["hits"], 1);
}
