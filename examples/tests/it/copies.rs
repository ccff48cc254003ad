//! Reports are copies: each scope has its own, none outlives what it tells of, and none that is held locks the home.

use std::{
    fs,
    path::{Path, PathBuf},
};

use alma_core::{
    ErasedState, Erasure, ErasureId, MissionId, Mode, NewEvent, NightOrder, Observation, RecordId,
    Scope, Selection, StreamId, Version,
};
use alma_examples::{
    commands::night,
    home::{
        Home,
        copies::{path_of, picture_of},
    },
    place::Place,
};
use serde_json::{Value, json};

use crate::bin::Bin;

const WORD: &str = "seedlings";

async fn open(root: &Path) -> Home {
    let place = Place::choose(Some(root.to_owned())).unwrap();
    place.prepare().unwrap();
    Home::at(place, Some(scope("home/ana"))).await.unwrap()
}

fn scope(path: &str) -> Scope {
    Scope::new(path).unwrap()
}

/// A mission made of `record` whose event says `body`.
async fn mission(home: &Home, of: &Scope, record: RecordId, body: Value) -> StreamId {
    let id = MissionId::from_bytes([7; 16]);
    let stream = StreamId::new(format!("mission/{id}")).unwrap();
    let event = NewEvent::new("said", body).with_sources(vec![record]);
    let ledger = home.ledger();
    ledger
        .append(of, &stream, Version(0), vec![event])
        .await
        .unwrap();
    stream
}

fn written(bin: &Bin, of: &str, licence: &str) -> PathBuf {
    let input = json!({ "file": "a.md", "crates": ["tea-1.0.0"], "licences": [[licence]] });
    let input = input.to_string();
    let told = bin.json(&["--scope", of, "tools", "call", "licence-report", &input]);
    let text = told[0].to_string();
    let start = text.find("\"path\":\"").unwrap() + 8;
    let end = text[start..].find('"').unwrap();
    PathBuf::from(&text[start..start + end])
}

/// All scopes wrote into one folder: one overwrote the report of another, and a mission that was merely told of a
/// file of another scope took it along when it was forgotten.
#[tokio::test]
async fn reports_of_two_scopes_have_nothing_in_common() {
    let bin = Bin::new();
    let reports = bin.home().join("reports");
    bin.file(
        "home/alma.toml",
        format!("[policy]\nwrite = [{reports:?}]\n"),
    );
    let (ana, bo) = (scope("home/ana"), scope("home/bo"));
    let of_ana = written(&bin, ana.as_str(), "MIT");
    let of_bo = written(&bin, bo.as_str(), "GPL-3.0-only");
    assert_ne!(of_ana, of_bo);
    assert!(fs::read_to_string(&of_ana).unwrap().contains("MIT"));
    let home = open(&bin.home()).await;
    let handle = home.within(ana.clone());
    let said = handle.observe(vec![Observation::text(WORD)]).await.unwrap()[0];
    let paths = json!({ "mine": of_ana, "another's": of_bo, "around": reports.join("home~ana/../home~bo/a.md") });
    mission(&home, &ana, said, paths).await;
    let receipt = handle
        .forget(&Selection::id(said), Mode::Erase)
        .await
        .unwrap();
    assert!(receipt.is_erased(), "{receipt:?}");
    assert!(!of_ana.exists());
    assert!(of_bo.exists());
}

/// A report was written from what its process remembered of the night, after another one had forgotten it.
#[tokio::test]
async fn no_report_comes_back_after_it_was_forgotten() {
    let bin = Bin::new();
    let home = open(&bin.home()).await;
    let handle = home.handle();
    let notes = (0..6).flat_map(|at| {
        [
            format!("The tomato {WORD} of bed {at} want warm soil."),
            format!("Boiler valve {at} drips and the pressure falls."),
        ]
    });
    let said = handle.observe(notes.map(Observation::text).collect());
    let said = said.await.unwrap();
    let order = NightOrder::new("one").with_search_calls(0);
    let report = home.night(handle, order).await.unwrap();
    let words = night::in_words(&report);
    assert!(words.contains(WORD), "{words}");
    let kept = home.keep_report(handle, "one", night::in_words).await;
    let path = kept.unwrap().unwrap();
    assert!(fs::read_to_string(&path).unwrap().contains(WORD));
    let picture = picture_of(&path);
    let drawn = fs::read_to_string(&picture).unwrap();
    assert!(drawn.contains("<svg") && drawn.contains(WORD));
    // Another process has begun to forget, and has been at the reports already.
    fs::remove_file(&path).unwrap();
    let reach = handle.forget(&Selection::Ids(said), Mode::DryRun).await;
    let reach = reach.unwrap().records();
    let what = Erasure::new(ErasureId::of_parts(&[b"one"]), reach).with_more_following();
    home.database()
        .erase("jobs", home.scope(), &what, |_| Ok(0))
        .await
        .unwrap();
    let kept = home.keep_report(handle, "one", night::in_words).await;
    assert_eq!(kept.unwrap(), None);
    assert!(!path.exists() && !picture.exists());
    // Once it is done the report is there again, and tells nothing of it.
    handle.complete_forgetting().await.unwrap();
    let kept = home.keep_report(handle, "one", night::in_words).await;
    assert_eq!(kept.unwrap().as_ref(), Some(&path));
    assert!(!fs::read_to_string(&path).unwrap().contains(WORD));
    assert!(!fs::read_to_string(&picture).is_ok_and(|drawn| drawn.contains(WORD)));
}

/// A report that could not be removed was an error: it came again with every command, so that the home was locked.
#[tokio::test]
async fn a_report_that_cannot_be_removed_is_pending_and_locks_nothing() {
    let bin = Bin::new();
    let held;
    {
        let home = open(&bin.home()).await;
        let handle = home.handle();
        let said = handle.observe(vec![Observation::text(WORD)]).await.unwrap()[0];
        let stream = mission(&home, home.scope(), said, Value::Null).await;
        // A folder with something in it cannot be removed as a file, by root neither.
        held = path_of(home.place(), home.scope(), &stream);
        fs::create_dir_all(held.join("full")).unwrap();
        let receipt = handle
            .forget(&Selection::id(said), Mode::Erase)
            .await
            .unwrap();
        for part in &receipt.components {
            let pending = matches!(part.state, ErasedState::Pending(_));
            assert_eq!(pending, part.component == "reports", "{part:?}");
        }
        assert!(home.place().unremoved(home.scope()).exists());
    }
    for _ in 0..2 {
        let ran = bin.run(&["--scope", "home/ana", "doctor"]);
        assert_eq!(ran.code(), 0, "{}", ran.stderr());
    }
    fs::remove_dir_all(&held).unwrap();
    let home = open(&bin.home()).await;
    assert_eq!(home.forgotten_again(), 1);
    assert!(!home.place().unremoved(home.scope()).exists());
    drop(home);
    assert_eq!(open(&bin.home()).await.forgotten_again(), 0);
}
