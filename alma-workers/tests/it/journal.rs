//! What worker processes write down, and whether it can have happened.
//!
//! Every worker logs its claims, how long they were granted, and what the store accepted, by the store's own time.
//! Afterwards the histories of all of them must fit together, whoever was killed or stopped meanwhile. A kill between
//! an answer and its line hides how a claim ended; so the handlers here end claims by results and by silence alone.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use alma_core::{
    Claim, Clock, Job, JobId, Lease, NewJob, Outcome, Renewal, Scope, SystemClock, Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::watched::{Asked, Watch};

/// One line of a journal.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) what: What,
    pub(crate) job: JobId,
    pub(crate) token: u64,
    /// When the claim was made, or is known to end.
    pub(crate) at: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum What {
    Claimed,
    /// The claim was granted until then.
    Until,
    Completed,
    Failed,
    Released,
}

/// Writes down what a store is asked and what it answers.
#[derive(Debug)]
pub(crate) struct Journal(File);

impl Journal {
    pub(crate) fn in_folder(folder: &Path) -> Self {
        let path = folder.join(format!("{}.journal", std::process::id()));
        let options = OpenOptions::new().create(true).append(true).open(path);
        Self(options.unwrap())
    }

    /// One write a line: what a kill leaves is whole lines, but for the last.
    fn note(&self, what: What, claim: Claim, at: Timestamp) {
        let line = Line {
            what,
            job: claim.job,
            token: claim.token,
            at: at.as_millis(),
        };
        let text = serde_json::to_string(&line).unwrap() + "\n";
        (&self.0).write_all(text.as_bytes()).unwrap();
    }
}

impl Watch for Journal {
    fn claimed(&self, leases: Vec<Lease>, lease: Duration) -> Vec<Lease> {
        for one in &leases {
            let claimed = one.until.as_millis() - lease.as_millis() as i64;
            self.note(What::Claimed, one.claim(), Timestamp::from_millis(claimed));
            self.note(What::Until, one.claim(), one.until);
        }
        leases
    }

    fn renewed(&self, claims: &[Claim], answers: Vec<Renewal>) -> Vec<Renewal> {
        for (claim, answer) in claims.iter().zip(&answers) {
            if let Renewal::Until(until) = answer {
                self.note(What::Until, *claim, *until);
            }
        }
        answers
    }

    fn ended(&self, asked: Asked, claim: Claim) {
        let what = match asked {
            Asked::Complete => What::Completed,
            Asked::Fail => What::Failed,
            _ => What::Released,
        };
        self.note(what, claim, SystemClock.now());
    }
}

/// Everything that the workers of a home wrote down.
pub(crate) fn read(folder: &Path) -> Vec<Line> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "journal"))
        .collect();
    paths.sort();
    let mut lines = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(path).unwrap();
        lines.extend(
            text.lines()
                .filter_map(|line| serde_json::from_str::<Line>(line).ok()),
        );
    }
    lines
}

/// One claim, put together from all journals.
#[derive(Debug, Default)]
struct Tenure {
    claimed: Vec<i64>,
    granted: i64,
    ended: Option<What>,
}

/// What a history shows.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Claims in all.
    pub(crate) claims: usize,
    /// Claims that followed a lease which nobody ended.
    pub(crate) takeovers: usize,
}

/// Checks that the history of every job can have happened.
pub(crate) fn check(lines: &[Line], outcomes: &[Outcome]) -> std::result::Result<Findings, String> {
    let mut history: BTreeMap<JobId, BTreeMap<u64, Tenure>> = BTreeMap::new();
    for line in lines {
        let tenure = history
            .entry(line.job)
            .or_default()
            .entry(line.token)
            .or_default();
        match line.what {
            What::Claimed => tenure.claimed.push(line.at),
            What::Until => tenure.granted = tenure.granted.max(line.at),
            end => {
                if tenure.ended.replace(end).is_some() {
                    return Err(format!(
                        "{} ended twice under token {}",
                        line.job, line.token
                    ));
                }
            }
        }
    }
    let mut accepted: BTreeMap<JobId, &Outcome> = BTreeMap::new();
    for outcome in outcomes {
        if accepted.insert(outcome.job, outcome).is_some() {
            return Err(format!("{} has two outcomes", outcome.job));
        }
    }
    let mut findings = Findings::default();
    for (job, tenures) in &history {
        let mut before: Option<&Tenure> = None;
        for (token, tenure) in tenures {
            findings.claims += tenure.claimed.len();
            if tenure.claimed.len() > 1 {
                return Err(format!("{job} was claimed twice under token {token}"));
            }
            let outcome = accepted.get(job);
            if tenure.ended == Some(What::Completed)
                && outcome.is_none_or(|outcome| outcome.token != *token || outcome.result.is_err())
            {
                return Err(format!(
                    "{job}: the result under token {token} was accepted and lost"
                ));
            }
            if let (Some(before), Some(claimed)) = (before, tenure.claimed.first()) {
                match before.ended {
                    Some(What::Completed) => {
                        return Err(format!("{job} was claimed after it was done"));
                    }
                    Some(_) => {}
                    None => {
                        if *claimed < before.granted {
                            return Err(format!(
                                "{job} was claimed under token {token} while the one before held it"
                            ));
                        }
                        findings.takeovers += 1;
                    }
                }
            }
            before = Some(tenure);
        }
    }
    Ok(findings)
}

#[test]
fn a_history_that_cannot_have_happened_is_found() {
    let job = JobId::from_bytes([1; 16]);
    let line = |what, token, at| Line {
        what,
        job,
        token,
        at,
    };
    let good = vec![
        line(What::Claimed, 1, 0),
        line(What::Until, 1, 100),
        line(What::Claimed, 2, 130),
        line(What::Until, 2, 230),
        line(What::Completed, 2, 140),
    ];
    let spec = NewJob::new("work", "a", Value::Null);
    let mut done = Job::new(&Scope::new("home/ana").unwrap(), spec, Timestamp::default());
    done.id = job;
    done.token = 2;
    let outcome = Outcome::new(&done, Ok(Value::Null), Timestamp::default());
    let findings = check(&good, std::slice::from_ref(&outcome)).unwrap();
    assert_eq!((findings.claims, findings.takeovers), (2, 1));
    let with = |more: Line| {
        let mut lines = good.clone();
        lines.push(more);
        check(&lines, std::slice::from_ref(&outcome))
    };
    assert!(
        with(line(What::Claimed, 2, 130)).is_err(),
        "two holders of one token"
    );
    assert!(
        with(line(What::Until, 1, 131)).is_err(),
        "two holders at once"
    );
    assert!(
        with(line(What::Completed, 1, 90)).is_err(),
        "a result that was accepted and lost"
    );
    assert!(
        with(line(What::Claimed, 3, 200)).is_err(),
        "claimed after it was done"
    );
    assert!(check(&good, &[]).is_err(), "a result without an outcome");
    assert!(
        check(&good, &[outcome.clone(), outcome.clone()]).is_err(),
        "two outcomes"
    );
}
