//! Killed at random moments, at every commit boundary, and worked on by two at once.

use std::{path::Path, time::Duration};

use alma_core::{
    ErrorKind, NightStep,
    sqlite::{FaultPlan, Options},
};

use super::{World, copy_of, lived, order, undisturbed};
use crate::child::{Luck, Process, start};

const CHILD: &str = "nights::child";
/// Long enough for any step, and short enough to be waited for.
const LEASE: Duration = Duration::from_millis(700);

/// What a child is ordered: a whole night, one that is cut off at a boundary, or one beside another process.
pub(super) async fn work(home: &Path, ordered: &str) {
    let mut options = Options::new();
    if let Ok(at) = ordered.parse() {
        options = options.with_faults(FaultPlan::abort_at(at));
    }
    let world = World::open(home, options).await;
    if ordered != "beside another" {
        world.night().await.unwrap();
        return;
    }
    let order = order().with_lease(LEASE);
    loop {
        match world.ana.night(&order).await {
            Ok(_) => return,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
                assert!(error.remedy().is_some(), "{error:?}");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
}

fn night(home: &tempfile::TempDir, order: &str) -> Process {
    start(CHILD, home.path(), order)
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_kills_at_random_moments_change_no_night() {
    let lived = lived().await;
    let (expected, took) = undisturbed(&lived).await;
    let mut luck = Luck::new(7);
    let mut home = copy_of(&lived);
    let mut kills = 0;
    while kills < 50 {
        let ended = night(&home, "").kill_after(luck.within(took));
        let world = World::open(home.path(), Options::new()).await;
        world.holds().await;
        if ended {
            assert_eq!(world.state().await, expected);
            home = copy_of(&lived);
        } else {
            kills += 1;
        }
    }
    assert!(night(&home, "").ends_well());
    let world = World::open(home.path(), Options::new()).await;
    assert_eq!(world.state().await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_commit_boundary_changes_no_night() {
    let lived = lived().await;
    let (expected, _) = undisturbed(&lived).await;
    for at in 1.. {
        let home = copy_of(&lived);
        let ended = night(&home, &at.to_string()).ends_well();
        let world = World::open(home.path(), Options::new()).await;
        world.holds().await;
        assert!(world.night().await.unwrap().complete);
        assert_eq!(world.state().await, expected, "killed at boundary {at}");
        if ended {
            assert!(at > 50, "only {at} boundaries were met");
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_in_one_night_give_one_night() {
    let lived = lived().await;
    let (expected, _) = undisturbed(&lived).await;
    for _ in 0..5 {
        let home = copy_of(&lived);
        let mut pair = [
            night(&home, "beside another"),
            night(&home, "beside another"),
        ];
        for process in &mut pair {
            assert!(process.ends_well());
        }
        let world = World::open(home.path(), Options::new()).await;
        assert_eq!(world.state().await, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lease_of_a_killed_night_ends_when_it_says() {
    let lived = lived().await;
    let (expected, took) = undisturbed(&lived).await;
    let mut luck = Luck::new(8);
    let mut waited = 0;
    while waited < 5 {
        let home = copy_of(&lived);
        night(&home, "beside another").kill_after(took / 2 + luck.within(took / 2));
        let world = World::open(home.path(), Options::new()).await;
        let order = order().with_lease(LEASE);
        if let Err(error) = world.ana.night(&order).await {
            assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
            let rest = error.retry_after().unwrap();
            assert!(rest <= LEASE, "{rest:?}");
            tokio::time::sleep(rest).await;
            waited += 1;
        }
        // Its time is over: nobody is told to wait any longer.
        assert!(world.ana.night(&order).await.unwrap().complete);
        assert_eq!(world.state().await, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_night_is_taken_back_as_a_whole() {
    let lived = lived().await;
    for at in [12, 24, 36] {
        let home = copy_of(&lived);
        assert!(!night(&home, &at.to_string()).ends_well());
        let world = World::open(home.path(), Options::new()).await;
        let open = world.ana.undo_night(super::KEY).await.unwrap_err();
        assert_eq!(open.kind(), ErrorKind::Conflict, "{open:?}");
        let report = world.night().await.unwrap();
        assert!(
            report
                .step(NightStep::Consolidate)
                .unwrap()
                .consolidation
                .is_some()
        );
        world.ana.undo_night(super::KEY).await.unwrap();
        let records = world.records().await;
        let derived = records
            .iter()
            .filter(|one| one.kind == alma_core::RecordKind::Summary);
        assert_eq!(derived.count(), 0);
    }
}
