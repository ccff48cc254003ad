//! What several tests need: a memory on a file, scopes, observations.

use std::{
    ffi::OsStr,
    path::Path,
    process::{Child, Command, Stdio},
};

use alma_core::{Observation, Scope, sqlite::Database};
use alma_memory::SqliteMemory;

pub(crate) fn ana() -> Scope {
    Scope::new("home/ana").unwrap()
}

pub(crate) fn rui() -> Scope {
    Scope::new("home/rui").unwrap()
}

pub(crate) async fn memory() -> SqliteMemory {
    SqliteMemory::in_memory().await.unwrap()
}

pub(crate) async fn open(path: &Path) -> SqliteMemory {
    SqliteMemory::open(Database::open(path).unwrap())
        .await
        .unwrap()
}

/// Turns of one conversation, in order.
pub(crate) fn talk(source: &str, turns: &[&str]) -> Vec<Observation> {
    turns
        .iter()
        .zip(0_u64..)
        .map(|(turn, at)| {
            let time =
                alma_core::Timestamp::from_millis(1_700_000_000_000 + 60_000 * at.cast_signed());
            Observation::text(*turn)
                .with_source(source)
                .with_position(at)
                .with_occurred(time)
        })
        .collect()
}

/// Texts on three subjects, `each` of them per subject, no two the same.
pub(crate) fn three_subjects(each: usize) -> Vec<Observation> {
    let subjects = [
        [
            "boiler", "heating", "radiator", "plumber", "leak", "pressure", "valve",
        ],
        [
            "guitar",
            "concert",
            "melody",
            "rehearsal",
            "band",
            "chord",
            "stage",
        ],
        [
            "tomato",
            "garden",
            "compost",
            "seedling",
            "harvest",
            "greenhouse",
            "soil",
        ],
    ];
    (0..each * 3)
        .map(|at| {
            let words = subjects[at % 3];
            let turn = at / 3;
            let text = format!(
                "The {} and {} with the {}: we saw to the {} on day {turn}.",
                words[0],
                words[1],
                words[2],
                words[3 + turn % 4],
            );
            Observation::text(text)
                .with_source(format!("notes/{at}"))
                .with_position(0)
        })
        .collect()
}

/// This test binary once more, as a process that runs one test with orders in its environment.
pub(crate) fn start(test: &str, orders: &[(&str, &OsStr)]) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .envs(orders.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}
