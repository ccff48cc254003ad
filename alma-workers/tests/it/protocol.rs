//! The lease protocol under random histories: against its own rules, and against the reference.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use alma_core::{
    Claim, Clock, ErrorKind, Fault, Job, JobId, JobQuery, JobState, JobStore, Lease, NewJob,
    OutcomeQuery, PageRequest, Renewal, Scope, Timestamp, Worker,
    reference::ReferenceJobs,
    sqlite::Database,
    testkit::{ManualClock, block_on},
};
use alma_workers::SqliteJobs;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::watched::{Watch, Watched};

const LEASE: Duration = Duration::from_secs(30);

/// One thing that somebody does. Claims are named by their place among all that were ever given.
#[derive(Clone, Debug)]
enum Step {
    Enqueue {
        key: u8,
        priority: i32,
        delay: u64,
        attempts: u32,
    },
    Claim {
        n: usize,
    },
    Renew {
        lease: usize,
    },
    Complete {
        lease: usize,
    },
    Fail {
        lease: usize,
        last: bool,
    },
    Release {
        lease: usize,
    },
    Cancel {
        key: u8,
    },
    Replay {
        key: u8,
    },
    Purge,
    Advance {
        seconds: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let lease = || 0..40_usize;
    prop_oneof![
        6 => (0..12_u8, -1..2_i32, prop_oneof![3 => Just(0), 1 => 0..90_u64], 1..4_u32)
            .prop_map(|(key, priority, delay, attempts)| Step::Enqueue { key, priority, delay, attempts }),
        6 => (1..4_usize).prop_map(|n| Step::Claim { n }),
        2 => lease().prop_map(|lease| Step::Renew { lease }),
        3 => lease().prop_map(|lease| Step::Complete { lease }),
        3 => (lease(), any::<bool>()).prop_map(|(lease, last)| Step::Fail { lease, last }),
        1 => lease().prop_map(|lease| Step::Release { lease }),
        1 => (0..12_u8).prop_map(|key| Step::Cancel { key }),
        1 => (0..12_u8).prop_map(|key| Step::Replay { key }),
        1 => Just(Step::Purge),
        4 => (1..40_u64).prop_map(|seconds| Step::Advance { seconds }),
    ]
}

fn scope() -> Scope {
    Scope::new("home/ana").unwrap()
}

fn id(key: u8) -> JobId {
    NewJob::new("work", key.to_string(), Value::Null).id(&scope())
}

/// What the rules allow, as far as it follows from what was answered.
#[derive(Debug, Default)]
struct Rules {
    /// Every claim that was ever given.
    given: Vec<Claim>,
    /// The claims that hold, and until when.
    held: BTreeMap<JobId, (u64, Timestamp)>,
    /// The highest fencing number.
    tokens: BTreeMap<JobId, u64>,
    /// How often a job may end: once, and once more for each replay.
    ends: BTreeMap<JobId, usize>,
    queued: BTreeMap<JobId, NewJob>,
    purged: bool,
}

/// Does the steps, and says which rule was broken; everything that was answered, for comparison.
async fn play(
    jobs: &dyn JobStore,
    clock: &ManualClock,
    steps: &[Step],
) -> std::result::Result<Vec<String>, String> {
    let (scope, mut rules, mut answers) = (scope(), Rules::default(), Vec::new());
    let worker = Worker::new("one", vec!["work".to_owned()], vec![scope.clone()]);
    for step in steps {
        let now = clock.now();
        let claim = |lease: &usize| rules.given.get(*lease).copied();
        let answer = match step {
            Step::Advance { seconds } => {
                clock.advance(Duration::from_secs(*seconds));
                String::new()
            }
            Step::Enqueue {
                key,
                priority,
                delay,
                attempts,
            } => {
                let mut spec = NewJob::new("work", key.to_string(), json!(key))
                    .with_priority(*priority)
                    .with_max_attempts(*attempts)
                    .with_group(format!("g{}", key % 2));
                if *delay > 0 {
                    spec = spec.with_run_at(now.plus(Duration::from_secs(*delay)));
                }
                let ids = jobs.enqueue(&scope, vec![spec.clone()]).await.unwrap();
                rules.queued.entry(ids[0]).or_insert(spec);
                rules.ends.entry(ids[0]).or_insert(1);
                format!("{ids:?}")
            }
            Step::Claim { n } => {
                let leases = jobs.claim(&worker, *n, LEASE).await.unwrap();
                rules.claimed(&leases, *n, now)?;
                format!("{leases:?}")
            }
            Step::Renew { lease } => {
                let Some(claim) = claim(lease) else { continue };
                let answer = jobs.renew(&scope, &[claim], LEASE).await.unwrap();
                if let [Renewal::Until(until)] = answer[..] {
                    rules.holds(claim, "renewed")?;
                    rules.held.insert(claim.job, (claim.token, until));
                }
                format!("{answer:?}")
            }
            Step::Complete { lease } => {
                let Some(claim) = claim(lease) else { continue };
                let done = jobs.complete(&scope, claim, json!(claim.token)).await;
                if done.is_ok() {
                    rules.holds(claim, "completed")?;
                    rules.ended(claim.job)?;
                }
                format!("{:?}", done.map_err(|error| error.kind()))
            }
            Step::Fail { lease, last } => {
                let Some(claim) = claim(lease) else { continue };
                let kind = if *last {
                    ErrorKind::Denied
                } else {
                    ErrorKind::Unavailable
                };
                let mut fault = Fault::new(kind, "cannot go on");
                fault.retry_after_ms = Some(7_000);
                let failed = jobs.fail(&scope, claim, fault).await;
                if let Ok(state) = &failed {
                    rules.holds(claim, "failed")?;
                    rules.held.remove(&claim.job);
                    if state.is_final() {
                        rules.ended(claim.job)?;
                    }
                }
                format!("{:?}", failed.map_err(|error| error.kind()))
            }
            Step::Release { lease } => {
                let Some(claim) = claim(lease) else { continue };
                let released = jobs.release(&scope, claim).await;
                if released.is_ok() {
                    rules.holds(claim, "released")?;
                    rules.held.remove(&claim.job);
                }
                format!("{:?}", released.map_err(|error| error.kind()))
            }
            Step::Cancel { key } => {
                let status = jobs.cancel(&scope, &[id(*key)]).await.unwrap();
                if status.iter().any(|one| one.state == JobState::Cancelled) {
                    rules.held.remove(&id(*key));
                }
                format!("{status:?}")
            }
            Step::Replay { key } => {
                let count = jobs.replay(&scope, &[id(*key)]).await.unwrap();
                if count > 0 {
                    *rules.ends.entry(id(*key)).or_default() += 1;
                    rules.held.remove(&id(*key));
                }
                count.to_string()
            }
            Step::Purge => {
                rules.purged = true;
                jobs.purge(&scope, now).await.unwrap().to_string()
            }
        };
        answers.push(format!("{step:?} -> {answer}"));
        answers.push(rules.looked(jobs).await?);
    }
    Ok(answers)
}

impl Rules {
    fn claimed(
        &mut self,
        leases: &[Lease],
        n: usize,
        now: Timestamp,
    ) -> std::result::Result<(), String> {
        if leases.len() > n {
            return Err(format!("{} jobs for {n}", leases.len()));
        }
        let order = |lease: &Lease| std::cmp::Reverse(lease.job.spec.priority);
        if !leases.is_sorted_by_key(order) {
            return Err("claimed out of the order of priority".to_owned());
        }
        for lease in leases {
            let (job, token) = (lease.job.id, lease.job.token);
            if self.held.get(&job).is_some_and(|(_, until)| *until > now) {
                return Err(format!("{job} was given to two"));
            }
            if self
                .tokens
                .insert(job, token)
                .is_some_and(|last| last >= token)
            {
                return Err(format!("{job}: the fencing number did not grow"));
            }
            if lease.job.attempts > lease.job.spec.max_attempts {
                return Err(format!("{job} is tried too often"));
            }
            if self.queued.get(&job) != Some(&lease.job.spec) {
                return Err(format!("{job} is not what was queued"));
            }
            self.held.insert(job, (token, lease.until));
            self.given.push(lease.claim());
        }
        Ok(())
    }

    /// The last claim on a job is the only one that writes.
    fn holds(&self, claim: Claim, what: &str) -> std::result::Result<(), String> {
        match self.held.get(&claim.job) {
            Some((token, _)) if *token == claim.token => Ok(()),
            _ => Err(format!(
                "{} was {what} by a claim that does not hold",
                claim.job
            )),
        }
    }

    fn ended(&mut self, job: JobId) -> std::result::Result<(), String> {
        self.held.remove(&job);
        let left = self.ends.entry(job).or_default();
        if *left == 0 {
            return Err(format!("{job} ended twice"));
        }
        *left -= 1;
        Ok(())
    }

    /// Nothing is lost, and nothing has more outcomes than ends.
    async fn looked(&self, jobs: &dyn JobStore) -> std::result::Result<String, String> {
        let page = PageRequest::first(1_000);
        let listed = jobs
            .jobs(&scope(), &JobQuery::default(), &page)
            .await
            .unwrap();
        let query = OutcomeQuery::all().with_limit(1_000);
        let outcomes = jobs.outcomes(&scope(), &query).await.unwrap();
        if !self.purged && listed.items.len() != self.queued.len() {
            return Err("a job is lost".to_owned());
        }
        for job in &listed.items {
            let logged = outcomes
                .items
                .iter()
                .filter(|outcome| outcome.job == job.id)
                .count();
            if job.state.is_final() && logged == 0 {
                return Err(format!("{} ended without an outcome", job.id));
            }
            if !self.purged
                && !job.state.is_final()
                && job.attempts == 0
                && logged > 0
                && self.ends.get(&job.id).is_none_or(|ends| *ends == 0)
            {
                return Err(format!("{} has an outcome and has not ended", job.id));
            }
        }
        let jobs: Vec<&Job> = listed.items.iter().collect();
        Ok(format!("{jobs:?} {:?}", outcomes.items))
    }
}

async fn sqlite(clock: &Arc<ManualClock>) -> SqliteJobs {
    SqliteJobs::open(Database::in_memory().unwrap())
        .await
        .unwrap()
        .with_clock(Arc::clone(clock) as Arc<dyn Clock>)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_history_keeps_the_rules_and_equals_the_reference(
        steps in prop::collection::vec(step(), 1..80)
    ) {
        let clock = Arc::new(ManualClock::default());
        let here = block_on(async { play(&sqlite(&clock).await, &clock, &steps).await });
        let clock = Arc::new(ManualClock::default());
        let reference = ReferenceJobs::new(Arc::clone(&clock) as Arc<dyn Clock>);
        let there = block_on(play(&reference, &clock, &steps));
        let (here, there) = (here.map_err(TestCaseError::fail)?, there.map_err(TestCaseError::fail)?);
        for (here, there) in here.iter().zip(&there) {
            prop_assert_eq!(here, there);
        }
    }
}

/// Gives a job out a second time while it is held.
#[derive(Debug, Default)]
struct Careless(std::sync::Mutex<Vec<Lease>>);

impl Watch for Careless {
    fn claimed(&self, leases: Vec<Lease>, _lease: Duration) -> Vec<Lease> {
        let mut last = self.0.lock().unwrap();
        if !leases.is_empty() {
            last.clone_from(&leases);
        }
        last.clone()
    }
}

#[test]
fn a_store_that_gives_a_job_to_two_is_found_out() {
    let clock = Arc::new(ManualClock::default());
    let careless = Watched {
        store: ReferenceJobs::new(Arc::clone(&clock) as Arc<dyn Clock>),
        watch: Careless::default(),
    };
    let steps = [
        Step::Enqueue {
            key: 1,
            priority: 0,
            delay: 0,
            attempts: 1,
        },
        Step::Claim { n: 1 },
        Step::Claim { n: 1 },
    ];
    assert!(block_on(play(&careless, &clock, &steps)).is_err());
}
