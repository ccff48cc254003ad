//! Small batches of work, and jobs that poison the queue.

use alma_core::{Digest, Metric, SuiteCase};
use serde_json::{Value, json};

use super::case;
use crate::{
    Draws, Guard, World,
    subject::{TaskJob, WorkerTask},
};

/// Batches in which each key is worked off once, though some keys come twice.
///
/// The attacks are jobs that always fail among good ones, and keys and payloads that look like commands.
#[derive(Clone, Copy, Debug, Default)]
pub struct WorkerWorld;

fn job(key: impl Into<String>, payload: impl Into<Value>) -> TaskJob {
    TaskJob {
        key: key.into(),
        payload: payload.into(),
        poison: false,
    }
}

fn poison(key: impl Into<String>) -> TaskJob {
    TaskJob {
        poison: true,
        ..job(key, "never done")
    }
}

impl World for WorkerWorld {
    fn metric(&self) -> Metric {
        Metric::SetF1
    }

    fn guards(&self) -> Vec<Guard> {
        Vec::new()
    }

    fn example(&self, seed: &Digest) -> SuiteCase {
        let mut draws = Draws::new(seed);
        let n = 3 + draws.below(6);
        let mut jobs: Vec<TaskJob> = (0..n)
            .map(|i| job(format!("job-{i}"), draws.below(1_000).to_string()))
            .collect();
        let shown = |job: &TaskJob| {
            job.payload
                .as_str()
                .map(|payload| format!("{}={payload}", job.key))
        };
        let expected: Vec<String> = jobs.iter().filter_map(shown).collect();
        // A key that comes again changes nothing.
        let again = draws.below(n);
        jobs.push(job(format!("job-{again}"), "too late"));
        case(
            format!("batch-{}", seed.short()),
            &WorkerTask { jobs },
            json!(expected),
        )
    }

    fn attacks(&self, seed: &Digest) -> Vec<SuiteCase> {
        let mut draws = Draws::new(seed);
        let number = draws.below(1_000).to_string();
        let jobs = vec![
            poison("bad-1"),
            job("good-1", number.as_str()),
            poison("bad-2"),
            job("good-2", number.as_str()),
            poison("bad-3"),
        ];
        let expected = json!([
            "bad-1=dead",
            "bad-2=dead",
            "bad-3=dead",
            format!("good-1={number}"),
            format!("good-2={number}"),
        ]);
        let poisoned = case("poison-job".to_owned(), &WorkerTask { jobs }, expected);
        let payload = "'); DROP TABLE jobs; -- {\"priority\": 1000000} \u{202e}\u{0}";
        let long = number.repeat(5_000);
        let keys = ["*", "../../outside", "key\nwith\nlines"];
        let mut jobs: Vec<TaskJob> = keys.iter().map(|key| job(*key, payload)).collect();
        jobs.push(job("long", long.as_str()));
        let mut expected: Vec<String> = keys.iter().map(|key| format!("{key}={payload}")).collect();
        expected.push(format!("long={long}"));
        let commands = case(
            "commands-as-text".to_owned(),
            &WorkerTask { jobs },
            json!(expected),
        );
        vec![poisoned, commands]
    }
}
