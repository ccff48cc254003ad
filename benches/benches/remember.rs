//! How many observations a second become durable, by batch and by number of callers?
//!
//! Each is on the disk, found by its words and by its vector when the call returns
//! (`synchronous=FULL`); beside it, the same texts into one FTS5 table under the same promise.

#![expect(
    clippy::expect_used,
    reason = "a workload that cannot run fails the benchmark"
)]

use alma_benches::conversation;
use alma_core::{Memory, Observation, Scope, sqlite::Database};
use alma_memory::SqliteMemory;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rusqlite::{Connection, params};
use tempfile::TempDir;

const TURNS: usize = 512;

fn remember(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let scope = Scope::new("bench/remember").expect("a scope");
    let turns = conversation(TURNS, 3);
    let mut group = c.benchmark_group("remember");
    group.sample_size(10);
    group.throughput(Throughput::Elements(TURNS as u64));
    let open = || {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Database::open(folder.path().join("alma.db")).expect("a database");
        let memory = runtime
            .block_on(SqliteMemory::open(database))
            .expect("a memory");
        (folder, memory)
    };
    for batch in [1, 16, TURNS] {
        group.bench_function(BenchmarkId::new("alma/batch", batch), |b| {
            b.iter_batched(
                open,
                |(folder, memory)| {
                    for batch in turns.chunks(batch) {
                        let stored = runtime.block_on(memory.remember(&scope, batch.to_vec()));
                        assert_eq!(stored.expect("stored").len(), batch.len());
                    }
                    (folder, memory)
                },
                BatchSize::PerIteration,
            );
        });
        group.bench_function(BenchmarkId::new("fts5/batch", batch), |b| {
            b.iter_batched(
                full_text,
                |(folder, mut connection)| {
                    for batch in turns.chunks(batch) {
                        insert(&mut connection, batch).expect("stored");
                    }
                    (folder, connection)
                },
                BatchSize::PerIteration,
            );
        });
    }
    for callers in [4, 64] {
        group.bench_function(BenchmarkId::new("alma/callers", callers), |b| {
            b.iter_batched(
                open,
                |(folder, memory)| {
                    let calls: Vec<_> = turns
                        .chunks(TURNS.div_ceil(callers))
                        .map(|share| {
                            let (memory, scope) = (memory.clone(), scope.clone());
                            let share = share.to_vec();
                            runtime.spawn(async move {
                                for turn in share {
                                    memory.remember(&scope, vec![turn]).await.expect("stored");
                                }
                            })
                        })
                        .collect();
                    for call in calls {
                        runtime.block_on(call).expect("a caller that ends");
                    }
                    (folder, memory)
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

fn full_text() -> (TempDir, Connection) {
    let folder = tempfile::tempdir().expect("a folder");
    let connection = Connection::open(folder.path().join("peer.db")).expect("a database");
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE VIRTUAL TABLE turns USING fts5(text, tokenize = 'porter')",
        )
        .expect("a table");
    (folder, connection)
}

fn insert(connection: &mut Connection, turns: &[Observation]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    {
        let mut insert = transaction.prepare_cached("INSERT INTO turns (text) VALUES (?1)")?;
        for turn in turns {
            insert.execute(params![turn.text])?;
        }
    }
    transaction.commit()
}

criterion_group!(benches, remember);
criterion_main!(benches);
