//! The contract of every planner, kept by this one.

use std::sync::Arc;

use alma_core::testkit;
use alma_planner::TaskPlanner;

#[tokio::test]
async fn keeps_the_contract() {
    testkit::planner(async || TaskPlanner::new()).await;
}

#[tokio::test]
async fn keeps_the_contract_behind_a_pointer() {
    testkit::planner(async || Arc::new(TaskPlanner::new())).await;
}
