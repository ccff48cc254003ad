//! The keys of tasks: what their jobs are called, and what their effects are recognised by.

use serde_json::json;

use crate::{Digest, MissionId, Task};

/// The job's idempotency key of a task that failed for good `failures` times: another definition,
/// or another try after a failure, is another job.
pub(crate) fn job_key(mission: MissionId, task: &Task, failures: u32) -> String {
    let shape = Digest::of_json(&json!([task.action, task.inputs]));
    format!(
        "mission/{mission}/{}/{}/{failures}",
        task.name,
        shape.short()
    )
}

/// What the effect of a job is recognised by: of a task's job the key without the number of the
/// try, for a try that failed may have had its effect; of any other job its key.
pub(crate) fn effect_key<'a>(job: &'a str, group: &str) -> &'a str {
    let of_a_task = group.starts_with("mission/")
        && job
            .strip_prefix(group)
            .is_some_and(|rest| rest.starts_with('/'));
    match job.rsplit_once('/') {
        Some((stem, _)) if of_a_task => stem,
        _ => job,
    }
}
