//! Forgetting under `kill -9`: whoever opens the home next completes it, in every part.

use std::{fs, path::Path};

use alma_core::{
    Alma, Executor, LedgerExt, Mission, MissionId, Mode, NewJob, Observation, RecordId, Scope,
    Selection,
    sqlite::{Database, FaultPlan, Options},
};
use alma_memory::SqliteMemory;
use alma_planner::SqliteLedger;
use alma_tools::SqliteForge;
use alma_workers::{Queue, SqliteJobs};
use serde_json::json;

use super::{open, plant::Planted, searched, tokens::Canary};
use crate::child::{ordered, start};

const DOOMED: &str = "qwertzuiopasdfgh";
const KEPT: &str = "yxcvbnmlkjhgfdsa";

/// A home in which a record, a job, a mission and a question hold a canary; the record that all of it is made of.
async fn prepared(root: &Path) -> (Planted, RecordId) {
    let home = open(root).await;
    let handle = home.handle();
    let told = [DOOMED, KEPT].map(|token| Observation::text(format!("It says {token}.")));
    handle
        .recall(&alma_core::Query::text(DOOMED))
        .await
        .unwrap();
    let ids = handle.observe(told.into()).await.unwrap();
    let queue = Queue::new(home.jobs().clone());
    let job = |token: &str, id| {
        NewJob::new("later", token.len().to_string(), json!(token)).with_sources(vec![id])
    };
    for (token, id) in [(DOOMED, ids[0]), ("kept", ids[1])] {
        queue
            .submit(home.scope(), vec![job(token, id)])
            .await
            .unwrap();
    }
    let id = MissionId::from_bytes([1; 16]);
    let mission = Mission::new(id, format!("frobnicate {DOOMED}")).with_sources(vec![ids[0]]);
    handle.run(mission).await.unwrap();
    let canary = |token: &str, doomed| Canary {
        token: token.to_owned(),
        class: "a message",
        doomed,
    };
    let planted = Planted {
        canaries: vec![canary(DOOMED, true), canary(KEPT, false)],
        ..Planted::default()
    };
    (planted, ids[0])
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ALMA_TEST_HOME: the other test runs it as a process of its own"]
async fn child() {
    let (home, order) = ordered();
    let (boundary, record) = order.split_once(' ').unwrap();
    let plan = FaultPlan::abort_at(boundary.parse().unwrap());
    let options = Options::new().with_faults(plan);
    let database = Database::open_with(home.join("alma.db"), options).unwrap();
    let jobs = SqliteJobs::open(database.clone()).await.unwrap();
    let alma = Alma::builder()
        .memory(SqliteMemory::open(database.clone()).await.unwrap())
        .ledger(SqliteLedger::open(database.clone()).await.unwrap())
        .tools(SqliteForge::open(database.clone()).await.unwrap())
        .executor(Queue::new(jobs))
        .tombstones(database)
        .build();
    let handle = alma.within(Scope::new("default").unwrap());
    let selection = Selection::id(record.parse().unwrap());
    let receipt = handle.forget(&selection, Mode::Erase).await.unwrap();
    assert!(receipt.is_erased(), "{receipt:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_commit_boundary_is_completed_by_whoever_opens_the_home() {
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("first");
    let (planted, record) = prepared(&first).await;
    let (mut begun, mut boundary) = (false, 0);
    loop {
        boundary += 1;
        let root = folder.path().join(boundary.to_string());
        fs::create_dir(&root).unwrap();
        for name in ["alma.db", "gate.salt"] {
            fs::copy(first.join(name), root.join(name)).unwrap();
        }
        let order = format!("{boundary} {record}");
        let ended = start("canaries::kills::child", &root, &order).ends_well();
        let home = open(&root).await;
        // Once it was written down, it is done.
        begun |= home.forgotten_again() > 0;
        if begun {
            searched(&root, &planted, &format!("boundary {boundary}"));
        }
        let selection = Selection::id(record);
        let receipt = home.handle().forget(&selection, Mode::Erase).await.unwrap();
        assert!(
            receipt.is_erased() && receipt.selected == [record],
            "{receipt:?}"
        );
        searched(
            &root,
            &planted,
            &format!("repeated after boundary {boundary}"),
        );
        assert!(
            home.database()
                .unfinished_erasures()
                .await
                .unwrap()
                .is_empty()
        );
        let streams = home.ledger().all_streams(home.scope(), "").await.unwrap();
        for stream in streams {
            // Every chain of events is whole.
            home.ledger()
                .read_all(home.scope(), &stream.id)
                .await
                .unwrap();
        }
        if ended {
            break;
        }
    }
    assert!(begun && boundary > 12, "{boundary} boundaries");
}
