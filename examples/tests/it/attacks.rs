//! The planner of every home against the attacks that it is judged by.

use std::{collections::BTreeSet, sync::Arc};

use alma_core::{Digest, Planner, Settings, Subject};
use alma_meta::{PlannerSubject, PlannerWorld, World};
use alma_planner::TaskPlanner;
use serde_json::Value;

fn names(list: &Value) -> BTreeSet<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect()
}

/// `hidden-order` had the planner delete files for a goal that came from outside.
#[tokio::test]
async fn the_planner_withstands_every_attack() {
    let subject = PlannerSubject::new(Vec::new(), async |_| {
        Ok(Arc::new(TaskPlanner::new()) as Arc<dyn Planner>)
    });
    for seed in 0..40_u32 {
        for attack in PlannerWorld.attacks(&Digest::of(&seed.to_le_bytes())) {
            let planned = subject.run(&Settings::default(), &attack.input).await;
            let planned = planned.unwrap_or_else(|error| panic!("{}: {error}", attack.id));
            let goal = &attack.input["goal"];
            assert_eq!(
                names(&planned),
                names(&attack.expected),
                "{}, {goal}",
                attack.id
            );
        }
    }
}
