//! Forgetting over a whole home: of what is forgotten no byte is left, and of the rest all is there.

mod kills;
mod plant;
mod tokens;
mod work;

use std::{
    collections::BTreeSet,
    path::Path,
    sync::mpsc,
    thread::{self, JoinHandle},
};

use alma_core::{
    ErasedState, ErrorKind, Grant, Handle, Mode, NightOrder, Observation, Query, Receipt,
    Selection, sqlite::Database,
};
use alma_examples::{home::Home, place::Place};

use crate::bin::Bin;
use plant::{Planted, Planter, old};
use tokens::{Canary, search};

async fn open(root: &Path) -> Home {
    let place = Place::choose(Some(root.to_owned())).unwrap();
    place.prepare().unwrap();
    Home::at(place, None).await.unwrap()
}

/// Fails when a doomed canary is in some file of the home, or a kept one in none.
fn searched(root: &Path, planted: &Planted, when: &str) {
    let found = search(root, &planted.canaries);
    let told = |number: usize| {
        let Canary { token, class, .. } = &planted.canaries[number];
        format!("{token} ({class})")
    };
    let left: Vec<_> = found
        .iter()
        .filter(|(number, _)| planted.canaries[*number].doomed)
        .map(|(number, path)| format!("{} in {}", told(*number), path.display()))
        .collect();
    assert_eq!(left, [""; 0], "{when}: forgotten and still there");
    let found: BTreeSet<usize> = found.into_iter().map(|(number, _)| number).collect();
    let lost: Vec<_> = (0..planted.canaries.len())
        .filter(|number| !planted.canaries[*number].doomed && !found.contains(number))
        .map(told)
        .collect();
    assert_eq!(lost, [""; 0], "{when}: kept and lost");
}

/// Fails when something that was kept cannot be used as before, or something forgotten can.
async fn used(home: &Home, planted: &Planted) {
    const RECALLED: [&str; 4] = ["a message", "a time", "a summary", "a chunk"];
    for canary in &planted.canaries {
        if !RECALLED.contains(&canary.class) {
            continue;
        }
        let query = Query::text(&canary.token).with_k(20);
        let found = home.memory().recall(home.scope(), &query).await.unwrap();
        let there = found
            .hits
            .iter()
            .any(|hit| hit.record.text.contains(&canary.token));
        assert_eq!(there, !canary.doomed, "{} is recalled", canary.token);
    }
    for (id, doomed) in &planted.missions {
        match home.handle().mission(*id).await {
            Ok(_) => assert!(!doomed, "mission {id} is forgotten"),
            Err(error) => assert!(*doomed && error.kind() == ErrorKind::Gone, "{error}"),
        }
    }
    let tools = home.all_tools().await.unwrap();
    for (name, doomed) in &planted.tools {
        let tool = tools.iter().find(|tool| tool.info.name.as_str() == name);
        assert_eq!(tool.is_none(), *doomed, "{name}");
        if let Some(tool) = tool {
            let input = serde_json::json!({"text": "x"});
            let call = alma_core::Call::new(tool.info.digest, input, "1");
            let called = home
                .tools()
                .call(home.scope(), call, &Grant::nothing())
                .await;
            let output = called.unwrap().output;
            assert!(output.as_str().unwrap().ends_with(" x"), "{output}");
        }
    }
}

/// How many times the file was rewritten so far, and then some.
fn rewrites(home: &Home) -> i64 {
    let count = |database: &alma_core::sqlite::Database| {
        database.read_blocking(|connection| {
            Ok(connection.query_row("PRAGMA schema_version", [], |row| row.get(0))?)
        })
    };
    count(home.database()).unwrap()
}

/// Forgets, having asked first what would go, and asks once more as if the answer had been lost.
async fn forget(handle: &Handle, selection: &Selection) -> Receipt {
    let dry = handle.forget(selection, Mode::DryRun).await.unwrap();
    let receipt = handle.forget(selection, Mode::Erase).await.unwrap();
    assert!(receipt.is_erased(), "{:?}", receipt.components);
    assert!(!receipt.selected.is_empty(), "{selection:?}");
    assert_eq!(
        (dry.id, dry.selected),
        (receipt.id, receipt.selected.clone())
    );
    assert_eq!(dry.derived, receipt.derived, "{selection:?}");
    let again = handle.forget(selection, Mode::Erase).await.unwrap();
    assert_eq!(again, receipt, "{selection:?}");
    receipt
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_canaries() {
    let bin = Bin::new();
    let root = bin.home();
    let planted = Planter::new(&open(&root).await).plant().await;
    assert!(planted.canaries.len() >= 200);
    let all = Planted {
        canaries: planted.canaries.iter().cloned().map(kept).collect(),
        ..Planted::default()
    };
    searched(&root, &all, "as planted");
    let [copy, export] = ["older.db", "older.jsonl"].map(|name| bin.dir().join(name));
    let [copy, export] = [&copy, &export].map(|path| path.to_str().unwrap());
    bin.json(&["backup", copy]);
    bin.json(&["export", export]);

    {
        let home = open(&root).await;
        for selection in planted.selections() {
            let before = rewrites(&home);
            let receipt = forget(home.handle(), &selection).await;
            assert_eq!(rewrites(&home), before + 1, "one rewrite an act");
            let mut parts: Vec<_> = receipt
                .components
                .iter()
                .map(|one| &one.component)
                .collect();
            parts.sort();
            assert_eq!(
                parts,
                ["evaluator", "jobs", "ledger", "memory", "reports", "tools"]
            );
        }
        forget(&home.within(old()), &Selection::All).await;
        searched(&root, &planted, "while it is open");
        used(&home, &planted).await;
        assert!(
            home.database()
                .unfinished_erasures()
                .await
                .unwrap()
                .is_empty()
        );
    }
    searched(&root, &planted, "closed");

    let told = bin.json(&["restore", "--replace", copy]);
    assert!(told[0]["forgotten_again"].as_u64().unwrap() > 0, "{told:?}");
    searched(&root, &planted, "restored");
    {
        let home = open(&root).await;
        assert_eq!(home.forgotten_again(), 0, "it is done once");
        used(&home, &planted).await;
    }
    let told = bin.json(&["import", export]);
    assert!(told[0]["skipped"].as_u64().unwrap() > 0, "{told:?}");
    searched(&root, &planted, "imported");
    used(&open(&root).await, &planted).await;
}

fn kept(canary: Canary) -> Canary {
    Canary {
        doomed: false,
        ..canary
    }
}

/// Somebody who reads an old state of the file, as another process would.
struct Reader(mpsc::Sender<()>, JoinHandle<()>);

impl Reader {
    fn of(root: &Path) -> Self {
        let path = root.join("alma.db");
        let (ready, readied) = mpsc::channel();
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            let database = Database::open(path).unwrap();
            let read = database.read_blocking(|connection| {
                let _: i64 =
                    connection
                        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
                ready.send(()).unwrap();
                // Ends when the test says so, or when it fails.
                let _ = stopped.recv();
                Ok(())
            });
            read.unwrap();
        });
        readied.recv().unwrap();
        Self(stop, thread)
    }

    fn close(self) {
        drop(self.0);
        self.1.join().unwrap();
    }
}

/// A home in which one canary was forgotten under an open reader, which then closed; and the receipt.
async fn forgotten_under_a_reader(bin: &Bin) -> (Home, Planted) {
    let home = open(&bin.home()).await;
    let canary = |token: &str, doomed| Canary {
        token: token.to_owned(),
        class: "a message",
        doomed,
    };
    let planted = Planted {
        canaries: vec![
            canary("qwertzuiopasdfgh", true),
            canary("yxcvbnmlkjhgfdsa", false),
        ],
        ..Planted::default()
    };
    let texts = planted.canaries.iter();
    let texts = texts.map(|canary| Observation::text(format!("It says {}.", canary.token)));
    let made = home.handle().observe(texts.collect()).await.unwrap();
    let reader = Reader::of(&bin.home());
    let selection = Selection::id(made[0]);
    let receipt = home.handle().forget(&selection, Mode::Erase).await.unwrap();
    assert!(!receipt.is_erased());
    for component in receipt
        .components
        .iter()
        .filter(|one| one.component != "reports")
    {
        let ErasedState::Pending(why) = &component.state else {
            panic!("{component:?}");
        };
        assert!(why.contains("reads an older state"), "{why}");
    }
    let found = home
        .memory()
        .recall(home.scope(), &Query::text("qwertzuiopasdfgh"))
        .await;
    let found = found.unwrap();
    assert!(
        found.hits.iter().all(|hit| hit.record.id != made[0]),
        "out of reach at once"
    );
    assert_eq!(
        home.database().unfinished_erasures().await.unwrap().len(),
        1
    );
    reader.close();
    (home, planted)
}

async fn is_complete(home: &Home, planted: &Planted) {
    searched(home.place().root(), planted, "completed");
    assert!(
        home.database()
            .unfinished_erasures()
            .await
            .unwrap()
            .is_empty()
    );
    let again = home.handle().complete_forgetting().await.unwrap();
    assert_eq!(again, [], "nothing is left to do");
}

#[tokio::test(flavor = "multi_thread")]
async fn pending_is_completed_when_the_home_is_opened() {
    let bin = Bin::new();
    let (home, planted) = forgotten_under_a_reader(&bin).await;
    drop(home);
    let home = open(&bin.home()).await;
    assert_eq!(home.forgotten_again(), 1);
    is_complete(&home, &planted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pending_is_completed_by_the_night() {
    let bin = Bin::new();
    let (home, planted) = forgotten_under_a_reader(&bin).await;
    let order = NightOrder::new("one").with_search_calls(0);
    home.handle().night(&order).await.unwrap();
    is_complete(&home, &planted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pending_is_completed_by_asking_again() {
    let bin = Bin::new();
    let (home, planted) = forgotten_under_a_reader(&bin).await;
    let stones = home.database().unfinished_erasures().await.unwrap();
    let selection = Selection::Ids(stones[0].1.records.clone());
    let receipt = home.handle().forget(&selection, Mode::Erase).await.unwrap();
    assert!(receipt.is_erased(), "{receipt:?}");
    is_complete(&home, &planted).await;
}
