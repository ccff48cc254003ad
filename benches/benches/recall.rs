//! How long does a recall take, by the size of the store, and beside SQLite's own full-text search?

#![expect(
    clippy::expect_used,
    reason = "a workload that cannot run fails the benchmark"
)]

use std::hint::black_box;

use alma_benches::{conversation, questions};
use alma_core::{Memory, Observation, Query, Scope};
use alma_memory::SqliteMemory;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use rusqlite::{Connection, params};

const K: usize = 10;

fn recall(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let scope = Scope::new("bench/recall").expect("a scope");
    let asked = questions(64, 5);
    let mut group = c.benchmark_group("recall");
    group.sample_size(20);
    for size in [1_000, 10_000, 50_000] {
        let turns = conversation(size, 11);
        let memory = runtime
            .block_on(filled(&scope, &turns))
            .expect("a filled memory");
        let mut next = asked.iter().cycle();
        group.bench_function(BenchmarkId::new("alma", size), |b| {
            b.iter(|| {
                let query = Query::text(next.next().expect("a question")).with_k(K);
                let found = runtime.block_on(memory.recall(&scope, &query));
                let found = found.expect("an answer");
                assert_eq!(
                    found.hits.len(),
                    K,
                    "a recall that finds nothing measures nothing"
                );
                black_box(found)
            });
        });
        drop(memory);

        let peer = full_text(&turns).expect("a full-text table");
        let mut next = asked.iter().cycle();
        group.bench_function(BenchmarkId::new("fts5", size), |b| {
            b.iter(|| {
                let found = best(&peer, next.next().expect("a question")).expect("an answer");
                assert_eq!(found.len(), K);
                black_box(found)
            });
        });
    }
    group.finish();
}

async fn filled(scope: &Scope, turns: &[Observation]) -> alma_core::Result<SqliteMemory> {
    let memory = SqliteMemory::in_memory().await?;
    for batch in turns.chunks(1_000) {
        memory.remember(scope, batch.to_vec()).await?;
    }
    Ok(memory)
}

/// The least that finds texts by their words: one FTS5 table with stemming, ranked by BM25.
fn full_text(turns: &[Observation]) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_in_memory()?;
    connection.execute_batch("CREATE VIRTUAL TABLE turns USING fts5(text, tokenize = 'porter')")?;
    let transaction = connection.transaction()?;
    {
        let mut insert = transaction.prepare("INSERT INTO turns (text) VALUES (?1)")?;
        for turn in turns {
            insert.execute(params![turn.text])?;
        }
    }
    transaction.commit()?;
    Ok(connection)
}

/// The ten best texts for any word of `question`.
fn best(connection: &Connection, question: &str) -> rusqlite::Result<Vec<String>> {
    let words: Vec<String> = question
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| format!("\"{word}\""))
        .collect();
    connection
        .prepare_cached(
            "SELECT text FROM turns WHERE turns MATCH ?1 ORDER BY bm25(turns) LIMIT ?2",
        )?
        .query_map(params![words.join(" OR "), K as i64], |row| row.get(0))?
        .collect()
}

criterion_group!(benches, recall);
criterion_main!(benches);
