//! The home that a demo left, opened part by part.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use alma_core::{ForgeOutcome, Receipt, Scope, sqlite::Database};
use alma_examples::demo::{mission::Kill, questions::Answer};
use alma_memory::SqliteMemory;
use alma_planner::SqliteLedger;
use alma_tools::SqliteForge;
use alma_workers::{Queue, SqliteJobs};
use serde::de::DeserializeOwned;

/// A demo's home after the demo.
pub(super) struct Left {
    home: PathBuf,
    database: Database,
    pub(super) memory: SqliteMemory,
    pub(super) ledger: SqliteLedger,
    pub(super) tools: SqliteForge,
    pub(super) jobs: SqliteJobs,
    pub(super) queue: Queue,
    pub(super) answers: Vec<Answer>,
    pub(super) kill: Kill,
    pub(super) receipt: Receipt,
}

pub(super) fn scope() -> Scope {
    Scope::new("demo").unwrap()
}

impl Left {
    pub(super) async fn open(home: PathBuf) -> Self {
        let database = Database::open(home.join("alma.db")).unwrap();
        assert!(database.check().await.unwrap().is_empty());
        assert!(database.unfinished_erasures().await.unwrap().is_empty());
        let jobs = SqliteJobs::open(database.clone()).await.unwrap();
        Self {
            memory: SqliteMemory::open(database.clone()).await.unwrap(),
            ledger: SqliteLedger::open(database.clone()).await.unwrap(),
            tools: SqliteForge::open(database.clone()).await.unwrap(),
            queue: Queue::new(jobs.clone()),
            jobs,
            answers: read(&home, "answers.json"),
            kill: read(&home, "kill.json"),
            receipt: read(&home, "receipt.json"),
            database,
            home,
        }
    }

    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    pub(super) fn file(&self, name: &str) -> String {
        fs::read_to_string(self.home.join(name)).unwrap()
    }

    pub(super) fn mission_stream(&self) -> String {
        format!("mission/{}", self.kill.mission)
    }

    /// The document that was forgotten: the one that the first answer rested on most.
    pub(super) fn forgotten_source(&self) -> String {
        let cited = &self.answers[0].citations[0];
        assert!(self.receipt.selected.contains(&cited.record));
        cited.source.clone()
    }

    /// What the registry keeps of orders that made no tool.
    pub(super) async fn refusals(&self) -> Vec<ForgeOutcome> {
        let texts = self.database.read(|db| {
            let mut select = db.prepare("SELECT outcome FROM tool_refusals ORDER BY id")?;
            let texts = select.query_map([], |row| row.get::<_, String>(0))?;
            Ok(texts.collect::<Result<Vec<_>, _>>()?)
        });
        let texts = texts.await.unwrap();
        let read = |text: &String| serde_json::from_str(text).unwrap();
        texts.iter().map(read).collect()
    }
}

fn read<T: DeserializeOwned>(home: &Path, name: &str) -> T {
    serde_json::from_slice(&fs::read(home.join(name)).unwrap()).unwrap()
}

/// The files below a directory whose bytes hold one of these lines, with the line.
pub(super) fn files_with(root: &Path, lines: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            // Lines are ASCII, so what is no text elsewhere does not matter.
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            for line in lines.iter().filter(|line| text.contains(line.as_str())) {
                found.push(format!("{}: {line}", path.display()));
            }
        }
    }
    found
}
