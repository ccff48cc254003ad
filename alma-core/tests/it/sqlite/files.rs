//! Files that are newer, foreign, damaged, out of reach or out of space: a typed error, and nothing lost.

use std::{io::Write, path::Path};

use alma_core::{
    ErrorKind,
    sqlite::{Database, Options},
};

use super::{numbers, open, open_with, put};

const TWO: &[&str] = &[super::STEPS[0], "ALTER TABLE numbers ADD COLUMN name TEXT;"];

fn kind(path: impl AsRef<Path>) -> ErrorKind {
    let error = Database::open(&path).unwrap_err();
    assert!(error.remedy().is_some(), "{error}");
    let name = path
        .as_ref()
        .parent()
        .unwrap()
        .to_string_lossy()
        .into_owned();
    assert!(error.message().contains(&name), "{error} names no path");
    error.kind()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_file_is_brought_up_and_a_newer_one_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    put(&open(&path).await, 1).await.unwrap();
    {
        let newer = Database::open(&path).unwrap();
        newer.migrate("numbers", TWO).await.unwrap();
        newer.migrate("numbers", TWO).await.unwrap();
        let versions = newer.versions().await.unwrap();
        let numbers = versions.iter().find(|found| found.component == "numbers");
        assert_eq!(numbers.unwrap().version, 2);
    }
    let older = Database::open(&path).unwrap();
    let error = older.migrate("numbers", super::STEPS).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incompatible);
    assert!(error.message().contains("version 2"), "{error}");
    assert!(
        error.remedy().unwrap().contains(env!("CARGO_PKG_VERSION")),
        "{error}"
    );
    assert_eq!(numbers(&older).await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_own_tables_are_newer_does_not_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    let database = open(&path).await;
    database
        .write(|tx| {
            let newer = "UPDATE alma_schema SET version = 9, program = '7.1.0' WHERE component = 'database'";
            Ok(tx.execute(newer, [])?)
        })
        .await
        .unwrap();
    drop(database);
    let error = Database::open(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incompatible);
    assert!(error.remedy().unwrap().contains("7.1.0"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_released_file_still_opens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    let released = rusqlite::Connection::open(&path).unwrap();
    let schema = include_str!("../../fixtures/database-1.sql");
    released.execute_batch(schema).unwrap();
    drop(released);
    let database = Database::open(&path).unwrap();
    let unfinished = database.unfinished_erasures().await.unwrap();
    assert_eq!(unfinished.len(), 1);
    assert_eq!(unfinished[0].0.as_str(), "home/ana");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_step_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    drop(open(&path).await);
    let database = Database::open(&path).unwrap();
    let changed = database
        .migrate("numbers", &["CREATE TABLE others (x) STRICT;"])
        .await;
    assert_eq!(changed.unwrap_err().kind(), ErrorKind::Incompatible);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_step_changes_nothing() {
    let database = Database::in_memory().unwrap();
    let steps: &[&str] = &["CREATE TABLE a (x INTEGER) STRICT;", "CREATE NONSENSE;"];
    let error = database.migrate("broken", steps).await.unwrap_err();
    assert!(error.message().contains("step 2"), "{error}");
    let count = "SELECT count(*) FROM sqlite_schema WHERE name = 'a'";
    let tables: i64 = database
        .read(move |db| Ok(db.query_row(count, [], |row| row.get(0))?))
        .await
        .unwrap();
    assert_eq!(tables, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_database_of_ours_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "dear diary, ".repeat(400)).unwrap();
    assert_eq!(kind(&text), ErrorKind::Corrupt);
    assert_eq!(
        std::fs::read_to_string(&text).unwrap(),
        "dear diary, ".repeat(400)
    );
    let foreign = folder.path().join("other.db");
    let other = rusqlite::Connection::open(&foreign).unwrap();
    other.execute_batch("CREATE TABLE theirs (x)").unwrap();
    drop(other);
    let before = std::fs::read(&foreign).unwrap();
    assert_eq!(kind(&foreign), ErrorKind::Incompatible);
    assert_eq!(std::fs::read(&foreign).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_is_corrupt_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    let database = open(&path).await;
    for number in 0..3_000 {
        put(&database, number).await.unwrap();
    }
    drop(database);
    let whole = std::fs::read(&path).unwrap();
    for (from, to) in [(100, 4_096), (4_096 * 4, whole.len())] {
        let mut damaged = whole.clone();
        damaged[from..to].fill(0xa5);
        std::fs::write(&path, &damaged).unwrap();
        let error = match Database::open(&path) {
            Err(error) => error,
            Ok(database) => {
                assert!(
                    !database
                        .check()
                        .await
                        .unwrap_or_else(|_| vec!["damaged".into()])
                        .is_empty()
                );
                database
                    .read(|db| {
                        Ok(db.query_row("SELECT sum(number) FROM numbers", [], |row| {
                            row.get::<_, i64>(0)
                        })?)
                    })
                    .await
                    .unwrap_err()
            }
        };
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error:?}");
        assert!(
            error.to_string().contains("restore the last backup"),
            "{error}"
        );
        assert!(
            std::fs::read(&path).unwrap() == damaged,
            "the file was changed"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn places_that_cannot_be_written_are_named() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        kind(folder.path().join("missing/alma.db")),
        ErrorKind::InvalidInput
    );
    std::fs::create_dir(folder.path().join("folder.db")).unwrap();
    assert_eq!(
        kind(folder.path().join("folder.db")),
        ErrorKind::InvalidInput
    );
    #[cfg(target_os = "linux")]
    assert_eq!(kind("/sys/kernel/alma.db"), ErrorKind::Denied);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let locked = folder.path().join("locked");
        std::fs::create_dir(&locked).unwrap();
        std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o555)).unwrap();
        // Root may write everywhere, and then there is nothing to refuse.
        if std::fs::File::create(locked.join("try")).is_err() {
            assert_eq!(kind(locked.join("alma.db")), ErrorKind::Denied);
        }
        std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_reads_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    let database = open(&path).await;
    put(&database, 1).await.unwrap();
    for end in ["", "-wal"] {
        let file = folder.path().join(format!("alma.db{end}"));
        let mode = std::fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{end}");
    }
}

/// Fills the file until it refuses, and shows that all that was acknowledged is there.
async fn fill(database: &Database) {
    let mut kept = 0;
    let error = loop {
        let wrote = database
            .write(|tx| {
                for _ in 0..20 {
                    tx.execute("INSERT INTO blobs (bytes) VALUES (zeroblob(10000))", [])?;
                }
                Ok(())
            })
            .await;
        match wrote {
            Ok(()) => kept += 20,
            Err(error) => break error,
        }
        assert!(kept < 100_000, "the disk never fills");
    };
    assert_eq!(error.kind(), ErrorKind::Overloaded, "{error:?}");
    assert!(error.to_string().contains("the disk is full"), "{error}");
    let count = "SELECT count(*) FROM blobs";
    let found: i64 = database
        .read(move |db| Ok(db.query_row(count, [], |row| row.get(0))?))
        .await
        .unwrap();
    assert_eq!(found, kept);
    assert_eq!(database.check().await.unwrap(), [""; 0]);
}

const BLOBS: &[&str] = &["CREATE TABLE blobs (id INTEGER PRIMARY KEY, bytes BLOB) STRICT;"];

#[tokio::test(flavor = "multi_thread")]
async fn a_full_file_loses_nothing_and_harms_no_neighbour() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = Options::new();
    options.max_pages = Some(400);
    let database = open_with(folder.path().join("alma.db"), options).await;
    database.migrate("blobs", BLOBS).await.unwrap();
    put(&database, 1).await.unwrap();
    fill(&database).await;
    // Some space is left for what is small.
    assert_eq!(numbers(&database).await, [1]);
    database
        .write(|tx| Ok(tx.execute("DELETE FROM blobs", [])?))
        .await
        .unwrap();
    put(&database, 2).await.unwrap();
    fill(&database).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root: mounts a small file system"]
async fn a_full_disk_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let run = |program: &str, arguments: &[&str]| {
        let path = folder.path().to_str().unwrap();
        let mut command = std::process::Command::new(program);
        assert!(
            command
                .args(arguments)
                .arg(path)
                .status()
                .unwrap()
                .success()
        );
    };
    run("mount", &["-t", "tmpfs", "-o", "size=2m", "tmpfs"]);
    let path = folder.path().join("alma.db");
    let filled = tokio::spawn(async move {
        let database = open(&path).await;
        database.migrate("blobs", BLOBS).await.unwrap();
        put(&database, 1).await.unwrap();
        fill(&database).await;
        assert_eq!(numbers(&database).await, [1]);
        let other = path.with_file_name("other");
        let mut rest = std::fs::File::create(&other).unwrap();
        while rest.write_all(&[0; 4_096]).is_ok() {}
        // The log may have room of its own left.
        let second = put(&database, 2).await.is_ok();
        let backup = database.backup_to(path.with_file_name("backup")).await;
        assert_eq!(backup.unwrap_err().kind(), ErrorKind::Overloaded);
        std::fs::remove_file(other).unwrap();
        put(&database, 3).await.unwrap();
        let kept = numbers(&database).await;
        assert_eq!(kept, if second { vec![1, 2, 3] } else { vec![1, 3] });
    })
    .await;
    run("umount", &[]);
    filled.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_backup_does_not_replace_anything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    put(&open(&path).await, 1).await.unwrap();
    let text = folder.path().join("text");
    std::fs::write(&text, "no backup").unwrap();
    assert_eq!(
        Database::restore(&text, &path).unwrap_err().kind(),
        ErrorKind::Corrupt
    );
    let missing = folder.path().join("missing");
    assert_eq!(
        Database::restore(missing, &path).unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    let database = open(&path).await;
    assert_eq!(numbers(&database).await, [1]);
    let backup = folder.path().join("backup.db");
    database.backup_to(&backup).await.unwrap();
    drop(database);
    let mut bytes = std::fs::read(&backup).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0xa5);
    std::fs::write(&backup, bytes).unwrap();
    assert_eq!(
        Database::restore(&backup, &path).unwrap_err().kind(),
        ErrorKind::Corrupt
    );
    assert_eq!(numbers(&open(&path).await).await, [1]);
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.iter().all(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        !name.to_string_lossy().ends_with(".restoring")
    }));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_restore_left_goes_with_the_next_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    for end in ["", "-wal", "-shm"] {
        let part = folder.path().join(format!("alma.db.restoring{end}"));
        std::fs::write(part, "half a backup").unwrap();
    }
    let database = open(&path).await;
    put(&database, 1).await.unwrap();
    let left = std::fs::read_dir(folder.path()).unwrap();
    let mut names = left.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(names.all(|name| !name.contains("restoring")));
}
