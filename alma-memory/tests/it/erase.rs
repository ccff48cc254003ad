//! Erased means that a byte search of every file finds nothing; everything else is pending.

use std::{fs, path::Path, sync::mpsc};

use alma_core::{
    Consolidate, ErasedState, ErrorKind, Memory, MemoryExt, Mode, Observation, Query, RecordKind,
    RecordQuery, Selection, sqlite::Database,
};
use alma_memory::SqliteMemory;

use crate::common::{ana, open, rui};

/// Every byte under `folder`, in lower case.
fn bytes(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(bytes(&path));
        } else {
            all.extend(fs::read(path).unwrap().to_ascii_lowercase());
        }
    }
    all
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes
        .windows(word.len())
        .any(|window| window == word.as_bytes())
}

/// A word that occurs once in the world; no two share their first nine letters.
fn canary(number: usize) -> String {
    let letter =
        |shift: usize| char::from(b'a' + ((number / 26_usize.pow(shift as u32)) % 26) as u8);
    format!(
        "zq{}{}xv{}kwolfram{number}",
        letter(0),
        letter(1),
        letter(0)
    )
}

/// 200 canaries: in texts, facts, source names, replaced versions and derived records.
async fn plant(memory: &SqliteMemory) -> Vec<(String, Selection)> {
    let mut planted = Vec::new();
    for number in 0..200 {
        let word = canary(number);
        let filler = ["boiler heating", "garden tomato", "guitar concert"][number % 3];
        let text = format!("The {filler} report {word} says so on line {number}.");
        let plain = Observation::text(format!("The {filler} report says so on line {number}."));
        let source = format!("report/{number}");
        let observation = match number % 5 {
            0 => plain
                .with_source(&source)
                .with_metadata("title", word.as_str()),
            1 => plain.with_source(format!("{word}/{number}")),
            _ => Observation::text(text)
                .with_source(&source)
                .with_position(1),
        };
        let name = observation.source.clone();
        let id = memory.remember(&ana(), vec![observation]).await.unwrap()[0];
        if number % 5 == 2 {
            let newer = Observation::text(format!("The {filler} report was corrected {number}."));
            memory
                .remember(&ana(), vec![newer.with_source(&source).with_position(1)])
                .await
                .unwrap();
        }
        if number % 5 == 3 {
            let mut case =
                Observation::text(format!("Concluded from {word}.")).with_kind(RecordKind::Case);
            case.derived_from = vec![id];
            memory.remember(&ana(), vec![case]).await.unwrap();
        }
        planted.push((word, Selection::Source(name)));
    }
    planted
}

#[tokio::test]
async fn a_byte_search_finds_none_of_the_erased_and_all_of_the_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    let planted;
    {
        let memory = open(&path).await;
        planted = plant(&memory).await;
        let run = memory
            .consolidate(&ana(), &Consolidate::new("night 1"))
            .await
            .unwrap();
        assert!(!run.topics.is_empty());
        memory
            .consolidate(&ana(), &Consolidate::new("night 2"))
            .await
            .unwrap();
        memory
            .recall(&ana(), &Query::text("boiler report"))
            .await
            .unwrap();
        for (word, _) in &planted {
            assert!(
                holds(&bytes(folder.path()), word),
                "{word} was never written"
            );
        }
        for (_, selection) in planted.iter().step_by(2) {
            let receipt = memory.forget(&ana(), selection, Mode::Erase).await.unwrap();
            assert!(!receipt.selected.is_empty());
            assert!(receipt.is_erased(), "{:?}", receipt.components);
        }
        let all = bytes(folder.path());
        for (number, (word, _)) in planted.iter().enumerate() {
            assert_eq!(holds(&all, word), number % 2 == 1, "{word}");
            // Neither a part of it: stems, prefixes, compressed terms.
            assert!(
                number % 2 == 1 || !holds(&all, &word[..9]),
                "a part of {word}"
            );
        }
    }
    // Nor after closing and opening.
    let memory = open(&path).await;
    for (word, _) in planted.iter().step_by(2) {
        assert!(!holds(&bytes(folder.path()), word));
        let recall = memory.recall(&ana(), &Query::text(word)).await.unwrap();
        assert!(
            recall
                .hits
                .iter()
                .all(|hit| !hit.record.text.contains(word.as_str()))
        );
    }
}

#[tokio::test]
async fn an_open_reader_makes_it_pending_until_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    let memory = open(&path).await;
    let id = memory
        .remember_text(&ana(), "the zqxvkwolfram canary")
        .await
        .unwrap();
    let (started, is_started) = mpsc::channel();
    let (end, may_end) = mpsc::channel::<()>();
    let other = Database::open(&path).unwrap();
    let reader = std::thread::spawn(move || {
        other.read_blocking(|db| {
            db.query_row("SELECT count(*) FROM memory_record", [], |row| {
                row.get::<_, i64>(0)
            })?;
            started.send(()).unwrap();
            may_end.recv().unwrap();
            Ok(())
        })
    });
    is_started.recv().unwrap();
    let receipt = memory
        .forget(&ana(), &Selection::id(id), Mode::Erase)
        .await
        .unwrap();
    assert!(matches!(&receipt.components[0].state, ErasedState::Pending(why) if !why.is_empty()));
    assert!(
        memory
            .recall(&ana(), &Query::text("canary"))
            .await
            .unwrap()
            .hits
            .is_empty()
    );
    end.send(()).unwrap();
    reader.join().unwrap().unwrap();
    let receipt = memory
        .forget(&ana(), &Selection::id(id), Mode::Erase)
        .await
        .unwrap();
    assert!(receipt.is_erased(), "{:?}", receipt.components);
    assert!(!holds(&bytes(folder.path()), "zqxvkwolfram"));
}

#[tokio::test]
async fn a_restored_backup_and_an_import_revive_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (path, backup) = (
        folder.path().join("alma.db"),
        folder.path().join("backup.db"),
    );
    let exported;
    {
        let memory = open(&path).await;
        memory
            .remember_text(&ana(), "the zqxvkwolfram canary")
            .await
            .unwrap();
        memory.remember_text(&ana(), "kept words").await.unwrap();
        let database = Database::open(&path).unwrap();
        database.backup_to(&backup).await.unwrap();
        exported = memory
            .all_records(&ana(), &RecordQuery::all())
            .await
            .unwrap();
        let id = exported
            .iter()
            .find(|record| record.text.contains("canary"))
            .unwrap()
            .id;
        memory
            .forget(&ana(), &Selection::id(id), Mode::Erase)
            .await
            .unwrap();
    }
    Database::restore(&backup, &path).unwrap();
    fs::remove_file(&backup).unwrap();
    let memory = open(&path).await;
    let records = memory
        .all_records(&ana(), &RecordQuery::all())
        .await
        .unwrap();
    assert_eq!(
        records
            .iter()
            .map(|record| record.text.as_str())
            .collect::<Vec<_>>(),
        ["kept words"]
    );
    assert!(!holds(&bytes(folder.path()), "zqxvkwolfram"));
    for record in exported {
        let imported = memory.remember(&ana(), vec![record.to_observation()]).await;
        match record.text.contains("canary") {
            true => assert_eq!(imported.unwrap_err().kind(), ErrorKind::Gone),
            false => assert_eq!(imported.unwrap(), [record.id]),
        }
    }
}

#[tokio::test]
async fn another_process_sees_at_once_that_it_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    let (one, two) = (open(&path).await, open(&path).await);
    let id = one.remember_text(&ana(), "a secret").await.unwrap();
    one.remember_text(&rui(), "a secret").await.unwrap();
    // Both hold the scope in memory now.
    assert_eq!(
        two.recall(&ana(), &Query::text("secret"))
            .await
            .unwrap()
            .hits
            .len(),
        1
    );
    one.forget(&ana(), &Selection::id(id), Mode::Erase)
        .await
        .unwrap();
    assert!(
        two.recall(&ana(), &Query::text("secret"))
            .await
            .unwrap()
            .hits
            .is_empty()
    );
    assert_eq!(
        two.recall(&rui(), &Query::text("secret"))
            .await
            .unwrap()
            .hits
            .len(),
        1
    );
}
