//! Forging under `kill -9`: the tool is admitted with all its evidence, or it is not there.

use std::{path::Path, time::Instant};

use alma_core::{
    Example, ForgeOutcome, ForgeReport, PageRequest, RecordId, Scope, Tool, ToolForge, ToolName,
    ToolSpec, ToolState,
    sqlite::{Database, FaultPlan, Options},
};
use alma_tools::SqliteForge;
use serde_json::json;

use crate::{
    bin::Bin,
    child::{Luck, Process, ordered, start},
};

const CHOICES: [(&str, &[&str]); 5] = [
    ("MIT/Apache-2.0", &["MIT", "Apache-2.0"]),
    ("Unlicense/MIT", &["Unlicense", "MIT"]),
    ("A/B/C", &["A", "B", "C"]),
    ("Zlib", &["Zlib"]),
    ("BSD-3-Clause", &["BSD-3-Clause"]),
];

const WHAT: &str = "separates the choices that stand between slashes";

fn spec(sources: Vec<RecordId>) -> ToolSpec {
    let examples = CHOICES.iter().map(|(from, to)| Example {
        input: json!({ "licence": from }),
        output: json!(to),
    });
    let name = ToolName::new("choices").unwrap();
    ToolSpec::new(name, WHAT, examples.collect()).with_sources(sources)
}

fn ordered_spec() -> ToolSpec {
    spec(vec![RecordId::from_bytes([7; 16])])
}

async fn forge(home: &Path, options: Options) -> SqliteForge {
    let database = Database::open_with(home.join("alma.db"), options).unwrap();
    SqliteForge::open(database).await.unwrap()
}

async fn accepted(forge: &SqliteForge, scope: &Scope, spec: &ToolSpec) -> (Tool, ForgeReport) {
    match forge.forge(scope, spec).await.unwrap() {
        ForgeOutcome::Accepted { tool, report } => (*tool, report),
        other => panic!("{other:?}"),
    }
}

/// The tool that is there, if it is; wholly, with the digest and the evidence that it must have.
async fn found(forge: &SqliteForge, scope: &Scope, tool: &Tool, report: &ForgeReport) -> bool {
    let page = forge.list(scope, &PageRequest::first(100)).await.unwrap();
    let [there] = page.items.as_slice() else {
        assert!(page.items.is_empty(), "{} tools", page.items.len());
        return false;
    };
    assert_eq!(there.info, tool.info);
    assert_eq!(there.sources, tool.sources);
    assert_eq!(there.state, ToolState::Active);
    let digest = &there.info.digest;
    assert_eq!(forge.report(scope, digest).await.unwrap(), *report);
    true
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ALMA_TEST_HOME: the other tests run it as a process of its own"]
async fn child() {
    let (home, order) = ordered();
    let plan = FaultPlan::abort_at(order.parse().unwrap());
    let forge = forge(&home, Options::new().with_faults(plan)).await;
    let scope = Scope::new("default").unwrap();
    accepted(&forge, &scope, &ordered_spec()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_commit_boundary_admits_all_or_nothing() {
    let scope = Scope::new("default").unwrap();
    let calm = tempfile::tempdir().unwrap();
    let (tool, report) = {
        let forge = forge(calm.path(), Options::new()).await;
        accepted(&forge, &scope, &ordered_spec()).await
    };
    let mut kept = Vec::new();
    for at in 1.. {
        let home = tempfile::tempdir().unwrap();
        let ended = start("forging::child", home.path(), &at.to_string()).ends_well();
        let forge = forge(home.path(), Options::new()).await;
        kept.push(found(&forge, &scope, &tool, &report).await);
        let again = accepted(&forge, &scope, &ordered_spec()).await;
        assert_eq!((&again.0.info, &again.1), (&tool.info, &report));
        assert!(found(&forge, &scope, &tool, &report).await);
        if ended {
            break;
        }
    }
    // Before the commit nothing, and from then on all.
    assert!(kept.is_sorted() && !kept[0] && kept.len() > 3, "{kept:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_kills_at_random_moments_admit_all_or_nothing() {
    let lines = CHOICES
        .map(|(from, to)| json!({ "input": { "licence": from }, "output": to }).to_string() + "\n");
    let (scope, bin) = (Scope::new("default").unwrap(), Bin::new());
    let file = bin.file("good.jsonl", lines.concat());
    let file = file.to_str().unwrap();
    let args = [
        "tools",
        "forge",
        "choices",
        "--description",
        WHAT,
        "--examples",
        file,
    ];
    let calm = tempfile::tempdir().unwrap();
    let (tool, report) = {
        let forge = forge(calm.path(), Options::new()).await;
        accepted(&forge, &scope, &spec(Vec::new())).await
    };
    let began = Instant::now();
    let told = bin.json(&args);
    let took = began.elapsed();
    assert_eq!(told[0]["tool"]["info"]["digest"], json!(tool.info.digest));

    let mut luck = Luck::new(5);
    let mut kept = 0;
    std::fs::remove_dir_all(bin.home()).unwrap();
    std::fs::create_dir(bin.home()).unwrap();
    for _ in 0..50 {
        Process::of(bin.command(&args)).kill_after(luck.within(took));
        let forge = forge(&bin.home(), Options::new()).await;
        if found(&forge, &scope, &tool, &report).await {
            kept += 1;
            drop(forge);
            std::fs::remove_dir_all(bin.home()).unwrap();
            std::fs::create_dir(bin.home()).unwrap();
        }
    }
    assert_eq!(
        bin.json(&args)[0]["outcome"],
        "accepted",
        "{kept} were kept"
    );
    let forge = forge(&bin.home(), Options::new()).await;
    assert!(found(&forge, &scope, &tool, &report).await);
}
