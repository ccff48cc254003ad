//! What does the forge add to a call, how long does finding take by the number of tools, and what does one small tool cost to forge?

#![expect(
    clippy::expect_used,
    reason = "a workload that cannot run fails the benchmark"
)]

use std::{collections::BTreeMap, hint::black_box};

use alma_benches::tools;
use alma_core::{
    Call, Digest, Example, ForgeOutcome, Grant, Need, Schema, Scope, ToolForge, ToolName, ToolSpec,
    sqlite::Database,
};
use alma_tools::{Native, SqliteForge, lang::Program};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

const TEXT: &str = "the quick brown fox jumps over the lazy dog";

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime")
}

fn scope() -> Scope {
    Scope::new("bench/tools").expect("a scope")
}

fn open(runtime: &Runtime) -> SqliteForge {
    let database = Database::in_memory().expect("a database");
    let forge = runtime.block_on(SqliteForge::open(database));
    forge.expect("a forge")
}

fn initials(text: &str) -> String {
    let letters = text
        .split_whitespace()
        .filter_map(|word| word.chars().next());
    letters.flat_map(char::to_uppercase).collect()
}

fn native() -> Native {
    let text = || Schema::of_type("string");
    Native::new(
        "initials_native",
        "1",
        "The first letters of all words in capitals",
        Schema::object([("text", text())]),
        text(),
        |_call, input: BTreeMap<String, String>| async move {
            Ok(initials(input.get("text").map_or("", String::as_str)))
        },
    )
    .expect("a tool")
}

/// An order that the search settles in a moment.
fn order(name: &str) -> ToolSpec {
    let names = [
        "ada lovelace",
        "alan turing",
        "grace hopper",
        "edsger w dijkstra",
    ];
    let examples = names.map(|name| Example {
        input: json!({"text": name}),
        output: json!(initials(name)),
    });
    let name = ToolName::new(name).expect("a name");
    ToolSpec::new(name, "The initials of a name in capitals", examples.into())
}

fn forge(runtime: &Runtime, forge: &SqliteForge, order: &ToolSpec) -> Digest {
    let outcome = runtime.block_on(forge.forge(&scope(), order));
    match outcome.expect("an outcome") {
        ForgeOutcome::Accepted { tool, .. } => tool.info.digest,
        other => panic!("no tool: {other:?}"),
    }
}

fn calling(c: &mut Criterion) {
    let (runtime, scope, grant) = (runtime(), scope(), Grant::nothing());
    let native = native();
    let digest = native.info().digest;
    let registry = open(&runtime).with(native).expect("a name of its own");
    let forged = forge(&runtime, &registry, &order("initials"));
    let input = json!({"text": TEXT});
    let call = |tool| {
        let call = Call::new(tool, input.clone(), "key/1");
        let result = runtime.block_on(registry.call(&scope, call, &grant));
        result.expect("a result").output
    };
    let mut group = c.benchmark_group("call");
    group.bench_function("closure", |b| {
        b.iter(|| black_box(initials(black_box(TEXT))))
    });
    group.bench_function("native", |b| b.iter(|| black_box(call(digest))));
    group.bench_function("forged", |b| b.iter(|| black_box(call(forged))));
    let program: Program =
        r#"(text: text) -> text = join(map(words(text), x => upper(left(x, 1))), "")"#
            .parse()
            .expect("a program");
    let arguments = [Value::from(TEXT)];
    group.bench_function("program", |b| {
        b.iter(|| {
            let output = program.run_json(black_box(&arguments), Default::default());
            black_box(output.expect("a value"))
        });
    });
    group.finish();
}

fn finding(c: &mut Criterion) {
    let (runtime, scope) = (runtime(), scope());
    let mut group = c.benchmark_group("find");
    for count in [10, 100, 1_000] {
        let mut registry = open(&runtime);
        for info in tools(count) {
            let tool = Native::new(
                info.name.as_str(),
                "1",
                &info.description,
                info.input,
                info.output,
                |_call, input: Value| async move { Ok(input) },
            );
            let added = registry.with(tool.expect("a tool"));
            registry = added.expect("a name of its own");
        }
        let need = Need::text("make a thing3 out of a thing2");
        let find = || runtime.block_on(registry.find(&scope, &need, 5));
        group.bench_function(BenchmarkId::new("native", count), |b| {
            b.iter(|| black_box(find().expect("matches")));
        });
    }
    for count in [10, 100] {
        let registry = open(&runtime);
        for number in 0..count {
            forge(&runtime, &registry, &order(&format!("initials{number}")));
        }
        let need = Need::text("the initials of a name");
        let find = || runtime.block_on(registry.find(&scope, &need, 5));
        group.bench_function(BenchmarkId::new("forged", count), |b| {
            b.iter(|| black_box(find().expect("matches")));
        });
    }
    group.finish();
}

fn forging(c: &mut Criterion) {
    let runtime = runtime();
    let (registry, order) = (open(&runtime), order("initials"));
    let mut group = c.benchmark_group("forge");
    group.sample_size(10);
    group.bench_function("initials", |b| {
        b.iter(|| black_box(forge(&runtime, &registry, &order)))
    });
    group.finish();
}

criterion_group!(benches, calling, finding, forging);
criterion_main!(benches);
