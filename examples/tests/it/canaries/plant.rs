//! Planting: two hundred canaries through every part of a home, half of them to be forgotten.

use std::{sync::Arc, time::Duration};

use alma_core::{
    Action, Alma, Binding, Digest, Draft, Error, Example, Failure, ForgeOutcome, JobContext,
    JobHandler, Mission, MissionId, MissionStatus, NewJob, NightOrder, Observation, Offer,
    OutcomeQuery, Planner, Progress, Query, RecordId, Result, Scope, Selection, SuiteCase, Task,
    TaskName, TimeRange, Timestamp, ToolForge, ToolName, ToolSpec, Trust, testkit::Draws,
};
use alma_examples::{commands::night, home::Home, input::Text, intake::Intake};
use alma_meta::{GatedEvaluator, Salt};
use alma_planner::SqliteLedger;
use alma_tools::{SqliteForge, build::Effort};
use alma_workers::{Pool, Queue};
use async_trait::async_trait;
use serde_json::{Value, json};

use super::tokens::{Canary, token};

/// How many canaries a kind of place gets; every other one is doomed.
const EACH: usize = 10;

/// What was planted, and what must be forgotten to be rid of the doomed half.
#[derive(Default)]
pub(super) struct Planted {
    pub(super) canaries: Vec<Canary>,
    pub(super) ids: Vec<RecordId>,
    pub(super) sources: Vec<String>,
    pub(super) missions: Vec<(MissionId, bool)>,
    pub(super) tools: Vec<(String, bool)>,
}

impl Planted {
    /// In the order in which they are carried out.
    pub(super) fn selections(&self) -> Vec<Selection> {
        let sources = self.sources.iter().cloned().map(Selection::Source);
        let time = TimeRange {
            from: Some(day(10)),
            until: Some(day(20)),
        };
        [Selection::Ids(self.ids.clone()), Selection::Time(time)]
            .into_iter()
            .chain(sources)
            .collect()
    }
}

fn day(number: i64) -> Timestamp {
    Timestamp::from_millis(number * 86_400_000)
}

/// A scope whose records are all forgotten in the end.
pub(super) fn old() -> Scope {
    Scope::new("default/old").unwrap()
}

pub(super) struct Planter<'a> {
    home: &'a Home,
    draws: Draws,
    planted: Planted,
}

impl<'a> Planter<'a> {
    pub(super) fn new(home: &'a Home) -> Self {
        Self {
            home,
            draws: Draws::new(42),
            planted: Planted::default(),
        }
    }

    /// Plants everywhere, lets a night think it over, and writes its report.
    pub(super) async fn plant(mut self) -> Planted {
        self.records().await;
        self.documents().await;
        self.old_scope().await;
        self.questions().await;
        self.tools().await;
        self.missions().await;
        self.jobs().await;
        self.evaluation().await;
        self.night("one").await;
        self.night("two").await;
        self.planted
    }

    /// `EACH` canaries in a spelling that fits, with whether they are doomed.
    fn canaries(&mut self, class: &'static str, plain: bool) -> Vec<(usize, String, bool)> {
        (0..EACH)
            .map(|number| {
                let token = token(&mut self.draws, if plain { 0 } else { number / 2 + number });
                let doomed = number % 2 == 0;
                self.planted.canaries.push(Canary {
                    token: token.clone(),
                    class,
                    doomed,
                });
                (number, token, doomed)
            })
            .collect()
    }

    async fn remember(&mut self, observation: Observation, doomed: bool) -> RecordId {
        let made = self.home.handle().observe(vec![observation]).await.unwrap();
        if doomed {
            self.planted.ids.push(made[0]);
        }
        made[0]
    }

    /// A record that says nothing, for what is made of it.
    async fn root(&mut self, about: &str, doomed: bool) -> RecordId {
        let observation = Observation::text(format!("note on {about}"))
            .with_source("notes")
            .with_trust(Trust::Owner);
        self.remember(observation, doomed).await
    }

    async fn records(&mut self) {
        for (number, token, doomed) in self.canaries("a message", false) {
            let text = format!("On day {number} somebody said {token} to the parrot.");
            self.remember(Observation::text(text), doomed).await;
        }
        for (number, token, doomed) in self.canaries("metadata", false) {
            let observation = Observation::text(format!("The cellar has shelf {number}."))
                .with_metadata("title", token);
            self.remember(observation, doomed).await;
        }
        for (number, token, doomed) in self.canaries("a replaced version", false) {
            let version = |text: String| {
                Observation::text(text)
                    .with_source(format!("diary/{number}"))
                    .with_position(1)
            };
            let first = version(format!("The ladder was lent to {token}."));
            self.remember(first, doomed).await;
            let second = version(format!("The ladder number {number} came back."));
            self.remember(second, false).await;
        }
        for (number, token, doomed) in self.canaries("a time", false) {
            let observation = Observation::text(format!("Rain fell on {token}."))
                .with_occurred(day(if doomed { 10 } else { 20 } + number as i64));
            self.remember(observation, false).await;
        }
        // Of one subject, so that summaries quote them.
        for (number, token, doomed) in self.canaries("a summary", false) {
            let observation = Observation::text(format!(
                "The boiler engineer {token} replaced valve {number} of the heating boiler on Monday."
            ));
            self.remember(observation, doomed).await;
        }
    }

    async fn documents(&mut self) {
        let filler =
            "The garden needs water in summer, and the tomatoes need a pole.\n\n".repeat(30);
        let places = self
            .canaries("a chunk", false)
            .into_iter()
            .zip(self.canaries("a heading", false))
            .zip(self.canaries("a source's name", true));
        for (((number, inside, doomed), (_, heading, _)), (_, name, _)) in places {
            let source = format!("/documents/{name}/{number}.md");
            let text =
                format!("# {heading}\n\n{filler}In bed {number} grows {inside}.\n\n{filler}");
            let text = Text {
                source: source.clone(),
                text,
                modified: None,
            };
            let mut intake = Intake::new(self.home.memory(), self.home.scope(), Trust::Owner);
            intake.add(&text).await.unwrap();
            assert!(intake.finish().await.unwrap().len() > 2, "it is long");
            if doomed {
                self.planted.sources.push(source);
            }
        }
    }

    async fn old_scope(&mut self) {
        let handle = self.home.within(old());
        for (_, token, _) in self.canaries("another scope", false) {
            let observation = Observation::text(format!("Once upon a time {token} lived."));
            handle.observe(vec![observation]).await.unwrap();
        }
        let all = self.planted.canaries.iter_mut().rev().take(EACH);
        all.for_each(|canary| canary.doomed = true);
    }

    async fn questions(&mut self) {
        let handle = self.home.handle();
        for (_, token, doomed) in self.canaries("a question in a chat", false) {
            let reply = handle.chat("talk", &format!("who is {token}?")).await;
            let said = reply.unwrap().said.unwrap();
            self.planted.ids.extend(doomed.then_some(said));
        }
        for (_, token, doomed) in self.canaries("a question in vain", false) {
            handle.recall(&Query::text(&token)).await.unwrap();
            let answer = Observation::text(format!("In the end {token} turned up."));
            self.remember(answer, doomed).await;
        }
    }

    async fn tools(&mut self) {
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

    async fn missions(&mut self) {
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

    async fn jobs(&mut self) {
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

    async fn evaluation(&mut self) {
        let ledger = SqliteLedger::open(self.home.database().clone()).await;
        let salt = Salt::at(self.home.place().salt()).unwrap();
        let evaluator = GatedEvaluator::new(Arc::new(ledger.unwrap()), salt);
        for (number, token, doomed) in self.canaries("an evaluation's case", false) {
            let root = self.root(&format!("case {number}"), doomed).await;
            let case = SuiteCase::new(format!("case-{number}"), json!({"query": token}), json!([]))
                .with_sources(vec![root]);
            let scope = self.home.scope();
            evaluator
                .add_cases(scope, "retrieval", &[case])
                .await
                .unwrap();
        }
    }

    async fn night(&self, key: &str) {
        let order = NightOrder::new(key).with_search_calls(0);
        let report = self.home.handle().night(&order).await.unwrap();
        let text = night::in_words(&report);
        night::write(self.home, self.home.scope(), &report, &text).unwrap();
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
