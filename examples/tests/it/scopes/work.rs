//! What scopes let work: jobs, tools and missions.

use std::time::Duration;

use alma_core::{
    Call, Claim, Digest, Error, ErrorKind, Example, Fault, ForgeOutcome, Grant, JobId, JobQuery,
    Mission, MissionId, Need, NewJob, OutcomeQuery, PageRequest, ToolName, ToolSpec, Trust, Worker,
};
use serde_json::json;

use super::walk::{EXECUTOR, JOBS, OFFERS, Step, TOOLS, Walk};

const LEASE: Duration = Duration::from_secs(600);

impl Walk<'_> {
    pub(super) async fn executor(&mut self, mine: usize, other: usize) -> Step {
        let executor = &self.parts.executor;
        let scope = self.shadows[mine].scope.clone();
        let foreign = self.draws.pick(&self.shadows[other].jobs).copied();
        let unknown = JobId::from_bytes(self.bytes());
        match self.draws.below(20) {
            0..8 => {
                let key = format!("job-{}", self.draws.below(2_000));
                let job = NewJob::new("tell", key, json!({"text": self.text(mine)}));
                let made = executor
                    .submit(&scope, vec![job.with_group("common")])
                    .await;
                self.shadows[mine].jobs.extend(made.unwrap_or_default());
                Ok(())
            }
            8..12 => {
                let query = OutcomeQuery::all().with_limit(20);
                let outcomes = executor.outcomes(&scope, &query).await;
                self.look(EXECUTOR, mine, &outcomes)
            }
            12..16 => {
                let own = self.draws.pick(&self.shadows[mine].jobs).copied();
                let status = executor.status(&scope, &Vec::from_iter(own)).await;
                // A status has no words of its own: that it is there is all that it tells.
                self.seen[EXECUTOR] += u64::from(own.is_some() && status.is_ok());
                self.look(EXECUTOR, mine, &status)
            }
            16..20 if mine != other && foreign.is_some() => {
                let foreign = foreign.unwrap_or(unknown);
                if self.draws.below(2) == 0 {
                    let theirs = executor.status(&scope, &[foreign]).await;
                    let nobodys = executor.status(&scope, &[unknown]).await;
                    let ids = (foreign.to_string(), unknown.to_string());
                    self.alike(EXECUTOR, mine, (theirs, ids.0), (nobodys, ids.1))
                } else {
                    let theirs = executor.cancel(&scope, &[foreign]).await;
                    let nobodys = executor.cancel(&scope, &[unknown]).await;
                    let ids = (foreign.to_string(), unknown.to_string());
                    self.alike(EXECUTOR, mine, (theirs, ids.0), (nobodys, ids.1))
                }
            }
            _ => Ok(()),
        }
    }

    pub(super) async fn jobs(&mut self, mine: usize, other: usize) -> Step {
        let jobs = &self.parts.jobs;
        let scope = self.shadows[mine].scope.clone();
        match self.draws.below(20) {
            0..3 => {
                let key = format!("job-{}", self.draws.below(2_000));
                let job = NewJob::new("tell", key, json!({"text": self.text(mine)}));
                let made = jobs.enqueue(&scope, vec![job]).await;
                self.shadows[mine].jobs.extend(made.unwrap_or_default());
                Ok(())
            }
            3..8 => {
                let worker = Worker::new("worker", vec!["tell".into()], vec![scope]);
                let leases = jobs.claim(&worker, 1 + self.draws.below(3), LEASE).await;
                let claims = leases.iter().flatten().map(|lease| lease.claim());
                self.shadows[mine].claims.extend(claims);
                self.look(JOBS, mine, &leases)
            }
            8..12 => {
                let Some(claim) = self.shadows[mine].claims.pop() else {
                    return Ok(());
                };
                let text = self.text(mine);
                match self.draws.below(4) {
                    0 => {
                        let fault =
                            Fault::new(ErrorKind::InvalidInput, format!("cannot tell {text}"));
                        let state = jobs.fail(&scope, claim, fault).await;
                        self.look(JOBS, mine, &state)
                    }
                    1 => {
                        let released = jobs.release(&scope, claim).await;
                        self.look(JOBS, mine, &released)
                    }
                    _ => {
                        let done = jobs.complete(&scope, claim, json!({"said": text})).await;
                        self.look(JOBS, mine, &done)
                    }
                }
            }
            12..15 => {
                let page = PageRequest::first(20);
                let listed = jobs.jobs(&scope, &JobQuery::default(), &page).await;
                self.look(JOBS, mine, &listed)
            }
            15..19 if mine != other => {
                let foreign = self.draws.pick(&self.shadows[other].claims).copied();
                let Some(foreign) = foreign else {
                    return Ok(());
                };
                let unknown = Claim::new(JobId::from_bytes(self.bytes()), foreign.token);
                let ids = (foreign.job.to_string(), unknown.job.to_string());
                let fault = || Fault::from(Error::invalid("cannot"));
                let (theirs, nobodys) = match self.draws.below(4) {
                    0 => {
                        let call = async |claim| jobs.release(&scope, claim).await;
                        (call(foreign).await, call(unknown).await)
                    }
                    1 => {
                        let call =
                            async |claim| jobs.complete(&scope, claim, json!("stolen")).await;
                        (call(foreign).await, call(unknown).await)
                    }
                    2 => {
                        let call = async |claim| jobs.fail(&scope, claim, fault()).await.map(drop);
                        (call(foreign).await, call(unknown).await)
                    }
                    _ => {
                        let theirs = jobs.renew(&scope, &[foreign], LEASE).await;
                        let nobodys = jobs.renew(&scope, &[unknown], LEASE).await;
                        return self.alike(JOBS, mine, (theirs, ids.0), (nobodys, ids.1));
                    }
                };
                self.alike(JOBS, mine, (theirs, ids.0), (nobodys, ids.1))
            }
            19 if mine != other => {
                let foreign = self.draws.pick(&self.shadows[other].jobs).copied();
                let Some(foreign) = foreign else {
                    return Ok(());
                };
                let unknown = JobId::from_bytes(self.bytes());
                let theirs = jobs.replay(&scope, &[foreign]).await;
                let nobodys = jobs.replay(&scope, &[unknown]).await;
                let ids = (foreign.to_string(), unknown.to_string());
                self.alike(JOBS, mine, (theirs, ids.0), (nobodys, ids.1))
            }
            _ => Ok(()),
        }
    }

    /// Two tools: one whose program holds the scope's mark, and one that any forge can build. Their names are the same
    /// in every scope.
    pub(super) async fn forge(&mut self, mine: usize) -> Step {
        let mark = self.shadows[mine].mark.clone();
        let words = [
            "one",
            "two words",
            "x",
            "Mixed Case",
            "three more words",
            "seven",
            "Up",
            "no 8",
            "last one",
        ];
        let greeted = words.map(|text| (text, format!("{mark} {text}")));
        let shouted = words.map(|text| (text, text.to_uppercase()));
        for (name, pairs) in [("greet", greeted), ("shout", shouted)] {
            let examples = pairs.map(|(text, output)| Example {
                input: json!({"text": text}),
                output: json!(output),
            });
            let about = format!("{name}s a text for {mark}");
            let spec = ToolSpec::new(ToolName::new(name).unwrap(), about, examples.into());
            let scope = self.shadows[mine].scope.clone();
            let outcome = self.parts.tools.forge(&scope, &spec).await;
            if let Ok(ForgeOutcome::Accepted { tool, .. }) = &outcome {
                self.shadows[mine].tools.push(tool.info.digest);
            }
            self.look(TOOLS, mine, &outcome)?;
        }
        Ok(())
    }

    pub(super) async fn tools(&mut self, mine: usize, other: usize) -> Step {
        let tools = &self.parts.tools;
        let scope = self.shadows[mine].scope.clone();
        let call =
            |tool: Digest| Call::new(tool, json!({"text": "x"}), "key").with_trust(Trust::Owner);
        match self.draws.below(20) {
            0..5 => {
                let need = Need::text(format!("greets a text for {}", self.shadows[other].mark));
                let found = tools.find(&scope, &need, 5).await;
                self.look(TOOLS, mine, &found)
            }
            5..8 => {
                let listed = tools.list(&scope, &PageRequest::first(50)).await;
                self.look(TOOLS, mine, &listed)
            }
            8..13 => {
                let own = self.draws.pick(&self.shadows[mine].tools).copied();
                let Some(own) = own else { return Ok(()) };
                let result = tools.call(&scope, call(own), &Grant::nothing()).await;
                self.look(TOOLS, mine, &result)
            }
            13..20 if mine != other => {
                let foreign = self.draws.pick(&self.shadows[other].tools).copied();
                let Some(foreign) = foreign else {
                    return Ok(());
                };
                let unknown = Digest::of(&self.bytes());
                let ids = (foreign.to_string(), unknown.to_string());
                if self.draws.below(2) == 0 {
                    let grant = Grant::nothing();
                    let theirs = tools.call(&scope, call(foreign), &grant).await;
                    let nobodys = tools.call(&scope, call(unknown), &grant).await;
                    self.alike(TOOLS, mine, (theirs, ids.0), (nobodys, ids.1))
                } else {
                    let theirs = tools.retire(&scope, &foreign).await;
                    let nobodys = tools.retire(&scope, &unknown).await;
                    self.alike(TOOLS, mine, (theirs, ids.0), (nobodys, ids.1))
                }
            }
            _ => Ok(()),
        }
    }

    pub(super) async fn offers(&mut self, mine: usize, other: usize) -> Step {
        let handle = self.alma.within(self.shadows[mine].scope.clone());
        if self.draws.below(4) == 0 && mine != other {
            let foreign = self.draws.pick(&self.shadows[other].missions).copied();
            let Some(foreign) = foreign else {
                return Ok(());
            };
            let unknown = MissionId::from_bytes(self.bytes());
            let theirs = handle.mission(foreign).await;
            let nobodys = handle.mission(unknown).await;
            let ids = (foreign.to_string(), unknown.to_string());
            return self.alike(OFFERS, mine, (theirs, ids.0), (nobodys, ids.1));
        }
        let id = MissionId::from_bytes(self.bytes());
        let report = handle.run(Mission::new(id, self.text(mine))).await;
        self.shadows[mine].missions.push(id);
        self.look(OFFERS, mine, &report)?;
        let offers = std::mem::take(&mut *self.parts.offers.0.lock().unwrap());
        self.look(OFFERS, mine, &offers)
    }
}
