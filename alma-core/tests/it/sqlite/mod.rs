//! The shared database.

mod child;
mod contract;
mod crash;
mod erasure;
mod files;
mod sharing;

use alma_core::{
    Result,
    sqlite::{Database, Options},
};

/// A table of numbers, the smallest component there is.
const STEPS: &[&str] = &["CREATE TABLE numbers (number INTEGER PRIMARY KEY) STRICT;"];

async fn open(path: impl AsRef<std::path::Path>) -> Database {
    open_with(path, Options::new()).await
}

async fn open_with(path: impl AsRef<std::path::Path>, options: Options) -> Database {
    let database = Database::open_with(path, options).unwrap();
    database.migrate("numbers", STEPS).await.unwrap();
    database
}

async fn put(database: &Database, number: i64) -> Result<()> {
    database
        .write(move |tx| {
            tx.prepare_cached("INSERT INTO numbers (number) VALUES (?1)")?
                .execute([number])?;
            Ok(())
        })
        .await
}

async fn numbers(database: &Database) -> Vec<i64> {
    database
        .read(|db| {
            let mut all = db.prepare_cached("SELECT number FROM numbers ORDER BY number")?;
            let rows = all.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
        .unwrap()
}
