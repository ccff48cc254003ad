//! Export and import, backup and restore: nothing is lost, and nothing forgotten comes back.

use std::fs;

use crate::bin::Bin;

fn remembered(bin: &Bin) {
    let a = bin.file("a.md", "# A\n\nThe oolong is in the blue tin.\n");
    let b = bin.file("b.md", "# B\n\nThe CANARY-7391 sings at noon.\n");
    bin.json(&["remember", a.to_str().unwrap(), b.to_str().unwrap()]);
}

#[test]
fn an_export_is_read_back_under_the_same_ids() {
    let (here, there) = (Bin::new(), Bin::new());
    remembered(&here);
    let file = here.dir().join("all.jsonl");
    let path = file.to_str().unwrap();
    assert_eq!(here.json(&["export", path])[0]["records"], 2);
    assert_eq!(there.json(&["import", path])[0]["records"], 2);
    let hit = |bin: &Bin| bin.json(&["recall", "oolong", "-k", "1"])[0]["record"]["id"].clone();
    assert_eq!(hit(&here), hit(&there));
    assert_eq!(
        here.run(&["export", path]).code(),
        9,
        "an export is never overwritten"
    );
    assert_eq!(
        here.run(&["export"]).lines().len(),
        3,
        "one line a record, and the header"
    );
}

#[test]
fn an_import_takes_what_it_can_read_and_names_the_line_that_it_cannot() {
    let bin = Bin::new();
    let file = bin.file(
        "bad.jsonl",
        "{\"alma_export\":1,\"scope\":\"default\"}\n{\"no\":\"record\"}\n",
    );
    let ran = bin.run(&["import", file.to_str().unwrap()]);
    assert_eq!(ran.code(), 2);
    assert!(ran.stderr().contains("line 2"), "{}", ran.stderr());
    let newer = bin.file("new.jsonl", "{\"alma_export\":2,\"scope\":\"default\"}\n");
    assert_eq!(bin.run(&["import", newer.to_str().unwrap()]).code(), 7);
}

#[test]
fn what_was_forgotten_comes_back_by_no_import() {
    let bin = Bin::new();
    remembered(&bin);
    let file = bin.dir().join("all.jsonl");
    bin.json(&["export", file.to_str().unwrap()]);
    let source = bin.dir().join("b.md");
    bin.json(&["forget", "--source", source.to_str().unwrap()]);
    let told = bin.json(&["import", file.to_str().unwrap()]);
    assert_eq!(
        (&told[0]["records"], &told[0]["skipped"]),
        (&1.into(), &1.into())
    );
    for hit in bin.json(&["recall", "canary"]) {
        assert!(!hit.to_string().contains("CANARY-7391"));
    }
}

#[test]
fn a_restored_backup_revives_nothing_forgotten() {
    let bin = Bin::new();
    remembered(&bin);
    let copy = bin.dir().join("copy.db");
    bin.json(&["backup", copy.to_str().unwrap()]);
    let source = bin.dir().join("b.md");
    let receipt = bin.json(&["forget", "--source", source.to_str().unwrap()]);
    assert_eq!(receipt[0]["selected"].as_array().unwrap().len(), 1);
    assert_eq!(
        bin.run(&["restore", copy.to_str().unwrap()]).code(),
        2,
        "not without --replace"
    );
    let told = bin.json(&["restore", "--replace", copy.to_str().unwrap()]);
    assert_eq!(told[0]["forgotten_again"], 1);
    let found = bin.json(&["recall", "canary sings"]);
    assert!(!format!("{found:?}").contains("CANARY-7391"));
    assert!(format!("{:?}", bin.json(&["recall", "oolong"])).contains("blue tin"));
    for entry in fs::read_dir(bin.home()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = fs::read(&path).unwrap();
            assert!(
                !bytes.windows(11).any(|part| part == b"CANARY-7391"),
                "{}",
                path.display()
            );
        }
    }
}

#[test]
fn a_file_that_is_no_backup_is_refused_and_the_home_stays() {
    let bin = Bin::new();
    remembered(&bin);
    let garbage = bin.file("garbage", [b'x'; 8192]);
    let ran = bin.run(&["restore", "--replace", garbage.to_str().unwrap()]);
    assert_eq!(ran.code(), 7, "{}", ran.stderr());
    assert_eq!(bin.json(&["recall", "oolong"]).last().unwrap()["hits"], 2);
}

#[test]
fn no_copy_is_made_where_forgetting_could_not_reach_it() {
    let bin = Bin::new();
    remembered(&bin);
    for command in ["backup", "export"] {
        for place in [bin.home().join("copy"), bin.home().join("reports/../copy")] {
            fs::create_dir_all(bin.home().join("reports")).unwrap();
            let ran = bin.run(&[command, place.to_str().unwrap()]);
            assert_eq!(ran.code(), 2, "{}", ran.stderr());
            assert!(!bin.home().join("copy").exists());
        }
    }
}
