//! Planting in what works: tools, missions and jobs.

use std::{sync::Arc, time::Duration};

use alma_core::{
    Action, Alma, Binding, Digest, Draft, Error, Example, Failure, ForgeOutcome, JobContext,
    JobHandler, Mission, MissionId, MissionStatus, NewJob, Offer, OutcomeQuery, Planner, Progress,
    RecordId, Result, Scope, Task, TaskName, ToolForge, ToolName, ToolSpec,
};
use alma_planner::SqliteLedger;
use alma_tools::{SqliteForge, build::Effort};
use alma_workers::{Pool, Queue};
use async_trait::async_trait;
use serde_json::{Value, json};

use super::plant::{EACH, Planter};

impl Planter<'_> {
    pub(super) async fn tools(&mut self) {
        // On the home's own registry, with a short search: these programs are found at once.
        let effort = Effort {
            evaluations: 20_000,
            ..Effort::default()
        };
        let forge = SqliteForge::open(self.home.database().clone()).await;
        let forge = forge.unwrap().with_effort(effort);
        let example = |text: &str| Example {
            input: json!({"text": text}),
            output: json!(text.to_uppercase()),
        };
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
        let common: Vec<Example> = words.map(example).into();
        let spec = ToolSpec::new(
            ToolName::new("capitals").unwrap(),
            "puts a text into capital letters",
            common.clone(),
        );
        self.forge(&forge, &spec, true).await;
        let places = self
            .canaries("a tool's example", false)
            .into_iter()
            .zip(self.canaries("a tool's name", true))
            .zip(self.canaries("a tool's description", false));
        for (((number, inside, doomed), (_, name, _)), (_, about, _)) in places {
            let root = self.root(&format!("tool {number}"), doomed).await;
            // What all outputs begin with stands in the program that is found.
            let examples = words.map(|text| Example {
                input: json!({"text": text}),
                output: json!(format!("{inside} {text}")),
            });
            let name = ToolName::new(name).unwrap();
            self.planted.tools.push((name.to_string(), doomed));
            let spec = ToolSpec::new(name, format!("greets for {about}"), examples.into());
            let digest = self
                .forge(&forge, &spec.with_sources(vec![root]), true)
                .await;
            self.work_with(digest.unwrap(), &forge, number as u8, doomed)
                .await;
        }
        for (number, token, doomed) in self.canaries("a refused order", true) {
            let root = self.root(&format!("order {number}"), doomed).await;
            let mut examples = common.clone();
            examples.push(Example {
                input: json!({"text": "one"}),
                output: json!(format!("not {token}")),
            });
            let name = ToolName::new(token).unwrap();
            let spec = ToolSpec::new(name, "shouts, or does not", examples);
            self.forge(&forge, &spec.with_sources(vec![root]), false)
                .await;
        }
    }

    async fn forge(&self, forge: &SqliteForge, spec: &ToolSpec, good: bool) -> Option<Digest> {
        let outcome = forge.forge(self.home.scope(), spec).await;
        let outcome = outcome.unwrap();
        let accepted = matches!(outcome, ForgeOutcome::Accepted { .. });
        assert_eq!(accepted, good, "{outcome:?}");
        match outcome {
            ForgeOutcome::Accepted { tool, .. } => Some(tool.info.digest),
            _ => None,
        }
    }

    /// A mission of a record that stays, whose result comes from a tool that may not.
    async fn work_with(&mut self, tool: Digest, forge: &SqliteForge, number: u8, doomed: bool) {
        let root = self.root(&format!("work {number}"), false).await;
        let ledger = SqliteLedger::open(self.home.database().clone()).await;
        let alma = Alma::builder()
            .ledger(ledger.unwrap())
            .tools(forge.clone())
            .executor(Queue::new(self.home.jobs().clone()))
            .planner(One(tool))
            .build();
        let id = MissionId::from_bytes([50 + number; 16]);
        let mission = Mission::new(id, "greet somebody").with_sources(vec![root]);
        let handle = alma.within(self.home.scope().clone());
        let report = self.home.working(handle.run(mission)).await.unwrap();
        assert_eq!(report.status, MissionStatus::Done);
        self.planted.missions.push((id, doomed));
    }

    pub(super) async fn missions(&mut self) {
        let goals = self.canaries("a mission's goal", false);
        let notes = self.canaries("feedback", false);
        for ((number, token, doomed), (_, note, _)) in goals.into_iter().zip(notes) {
            let root = self.root(&format!("mission {number}"), doomed).await;
            let mission = self.mission(number as u8, &token).with_sources(vec![root]);
            let id = self.run(mission, true).await;
            self.planted.missions.push((id, doomed));
            let said = alma_core::Feedback::new(id, true, note);
            self.home.handle().feedback(said).await.unwrap();
        }
        for (number, token, doomed) in self.canaries("a mission of no record", false) {
            let mission = self.mission(100 + number as u8, &token);
            let id = self.run(mission, true).await;
            if doomed {
                self.planted.ids.push(RecordId::from_bytes(*id.as_bytes()));
            }
            self.planted.missions.push((id, doomed));
        }
        for (number, token, doomed) in self.canaries("a failed mission", false) {
            let root = self.root(&format!("failure {number}"), doomed).await;
            let id = MissionId::from_bytes([200 + number as u8; 16]);
            let goal = format!("frobnicate the {token} thoroughly");
            let mission = Mission::new(id, goal).with_sources(vec![root]);
            self.run(mission, false).await;
        }
    }

    fn mission(&self, number: u8, token: &str) -> Mission {
        let goal = format!("put a text into capital letters, for {token}");
        Mission::new(MissionId::from_bytes([number; 16]), goal).with_input("text", token)
    }

    async fn run(&self, mission: Mission, well: bool) -> MissionId {
        let id = mission.id;
        let report = self.home.working(self.home.handle().run(mission)).await;
        let status = report.unwrap().status;
        assert_eq!(status == MissionStatus::Done, well, "{status:?}");
        id
    }

    pub(super) async fn jobs(&mut self) {
        let queue = Queue::new(self.home.jobs().clone());
        let scope = self.home.scope().clone();
        let mut jobs = Vec::new();
        for (number, token, doomed) in self.canaries("a queued job", false) {
            let root = self.root(&format!("job {number}"), doomed).await;
            let job = NewJob::new("later", format!("later/{number}"), json!({"for": token}));
            jobs.push(job.with_sources(vec![root]));
        }
        let said = self.canaries("a job's result", false);
        let died = self.canaries("a dead letter", false);
        for (kind, canaries) in [("say", &said), ("die", &died)] {
            for (number, _, doomed) in canaries {
                let root = self.root(&format!("{kind} {number}"), *doomed).await;
                let job = NewJob::new(kind, format!("{kind}/{number}"), json!(number));
                jobs.push(job.with_group("spoken").with_sources(vec![root]));
            }
        }
        use alma_core::Executor;
        queue.submit(&scope, jobs).await.unwrap();
        let lines = |canaries: Vec<(usize, String, bool)>| -> Vec<String> {
            canaries.into_iter().map(|(_, token, _)| token).collect()
        };
        let pool = Pool::new("test", self.home.jobs().clone(), vec![scope.clone()])
            .with_handler(Arc::new(Speaker("say", lines(said))))
            .with_handler(Arc::new(Speaker("die", lines(died))));
        let stopper = pool.stopper();
        let wait = async {
            let query = OutcomeQuery::group("spoken")
                .with_limit(1_000)
                .with_wait(Duration::from_secs(1));
            while queue.outcomes(&scope, &query).await.unwrap().items.len() < 2 * EACH {}
            stopper.stop();
        };
        tokio::join!(pool.run(), wait);
    }
}

/// Plans one call of one tool.
#[derive(Debug)]
struct One(Digest);

#[async_trait]
impl Planner for One {
    async fn plan(&self, _scope: &Scope, _mission: &Mission, _offer: &Offer) -> Result<Draft> {
        let task = Task::new(TaskName::numbered(0), Action::Tool(self.0));
        let task = task.with("text", Binding::Value(json!("x")));
        Ok(Draft::new(vec![task], "it is the only way"))
    }

    async fn repair(
        &self,
        scope: &Scope,
        progress: &Progress,
        _failure: &Failure,
        offer: &Offer,
    ) -> Result<Draft> {
        self.plan(scope, &progress.mission, offer).await
    }
}

/// Says its lines, or dies of them.
#[derive(Debug)]
struct Speaker(&'static str, Vec<String>);

#[async_trait]
impl JobHandler for Speaker {
    fn kind(&self) -> &str {
        self.0
    }

    async fn run(&self, context: &JobContext) -> Result<Value> {
        let number = context.job.spec.payload.as_u64().unwrap_or_default() as usize;
        let line = &self.1[number];
        match self.0 {
            "say" => Ok(json!({"said": line})),
            _ => Err(Error::invalid(format!("cannot bear {line}"))),
        }
    }
}
