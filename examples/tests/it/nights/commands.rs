//! `alma night` as people run it: killed and run again, and run twice at once.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{
    bin::Bin,
    child::{Luck, Process},
};

/// A home with something to think over.
fn lived() -> Bin {
    let bin = Bin::new();
    for at in 0..6 {
        bin.file(
            &format!("notes/bed-{at}.md"),
            format!("The tomato seedlings of bed {at} want warm soil."),
        );
        bin.file(
            &format!("notes/valve-{at}.md"),
            format!("Boiler valve {at} drips and the pressure falls."),
        );
    }
    bin.json(&["remember", bin.dir().join("notes").to_str().unwrap()]);
    bin.json(&["recall", "which parrot sings loudest?"]);
    bin
}

fn summaries(bin: &Bin) -> usize {
    let export = bin.run(&["export"]);
    let lines = export.lines();
    lines
        .iter()
        .filter(|line| line["kind"] == "summary")
        .count()
}

/// A report without the times in it: a proposal is asked about by a digest that has one.
fn without_times(mut report: Value) -> Value {
    for step in report["steps"].as_array_mut().unwrap() {
        for note in step["gate"].as_array_mut().into_iter().flatten() {
            note["asks"] = Value::Null;
        }
    }
    report
}

const NIGHT: [&str; 4] = ["night", "one", "--search", "40"];

#[test]
fn a_night_that_was_killed_is_gone_on_with_at_once() {
    let calm = lived();
    let began = Instant::now();
    let expected = without_times(calm.json(&NIGHT).remove(0));
    let took = began.elapsed();
    let salt = std::fs::read(calm.home().join("gate.salt")).unwrap();
    let mut luck = Luck::new(3);
    for _ in 0..2 {
        // The same notes in the same place, under the same gate.
        let bin = &calm;
        std::fs::remove_dir_all(bin.home()).unwrap();
        bin.file("home/gate.salt", &salt);
        bin.json(&["remember", bin.dir().join("notes").to_str().unwrap()]);
        bin.json(&["recall", "which parrot sings loudest?"]);
        for _ in 0..3 {
            Process::of(bin.command(&NIGHT)).kill_after(luck.within(took));
            let seen = summaries(bin);
            assert!(seen == 0 || seen == 2, "{seen} summaries");
        }
        let report = bin.json(&NIGHT).remove(0);
        assert_eq!(without_times(report), expected);
        assert_eq!(summaries(bin), 2);
        assert!(bin.json(&["proposals"]).len() <= 1);
        assert!(bin.home().join("nights/default+night~one.md").exists());
    }
}

#[test]
fn of_two_nights_at_once_one_is_told_to_wait() {
    let bin = lived();
    let mut first = Process::of(bin.command(&NIGHT));
    let lock = bin.home().join("night.lock");
    let began = Instant::now();
    while !lock.exists() && began.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(1));
    }
    let second = bin.run(&[&["--json"], &NIGHT[..]].concat());
    assert!(first.ends_well());
    let report = bin.json(&NIGHT).remove(0);
    match second.code() {
        9 => {
            let told: Value = serde_json::from_str(second.stderr().trim()).unwrap();
            assert_eq!(told["error"]["kind"], "conflict");
            assert!(told["error"]["remedy"].as_str().unwrap().contains("wait"));
        }
        // The first was done before the second came.
        code => {
            assert_eq!(code, 0, "{}", second.stderr());
            assert_eq!(second.lines()[0], report);
        }
    }
    assert_eq!(report["complete"], true);
    assert_eq!(summaries(&bin), 2);
}

#[test]
fn a_worker_goes_on_with_a_night_that_was_killed() {
    let bin = lived();
    bin.file("home/alma.toml", "[workers]\nnight_hour = 0\n");
    let mut luck = Luck::new(11);
    let killed = Process::of(bin.command(&["night", "--search", "40"]));
    killed.kill_after(luck.within(Duration::from_millis(400)));
    bin.json(&["work", "--until-idle"]);
    let told = std::fs::read_dir(bin.home().join("nights")).unwrap();
    assert!(told.count() >= 1);
    assert_eq!(bin.json(&["night"])[0]["complete"], true);
    assert_eq!(summaries(&bin), 2);
}
