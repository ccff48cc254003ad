//! Planting: two hundred canaries through every part of a home, half of them to be forgotten.

use std::sync::Arc;

use alma_core::{
    MissionId, NightOrder, Observation, Query, RecordId, Scope, Selection, SuiteCase, TimeRange,
    Timestamp, Trust, testkit::Draws,
};
use alma_examples::{commands::night, home::Home, input::Text, intake::Intake};
use alma_meta::{GatedEvaluator, Salt};
use alma_planner::SqliteLedger;
use serde_json::json;

use super::tokens::{Canary, token};

/// How many canaries a kind of place gets; every other one is doomed.
pub(super) const EACH: usize = 10;

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
    pub(super) home: &'a Home,
    draws: Draws,
    pub(super) planted: Planted,
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
    pub(super) fn canaries(
        &mut self,
        class: &'static str,
        plain: bool,
    ) -> Vec<(usize, String, bool)> {
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

    pub(super) async fn remember(&mut self, observation: Observation, doomed: bool) -> RecordId {
        let made = self.home.handle().observe(vec![observation]).await.unwrap();
        if doomed {
            self.planted.ids.push(made[0]);
        }
        made[0]
    }

    /// A record that says nothing, for what is made of it.
    pub(super) async fn root(&mut self, about: &str, doomed: bool) -> RecordId {
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
        let handle = self.home.handle();
        handle.night(&order).await.unwrap();
        let kept = self.home.keep_report(handle, key, night::in_words).await;
        kept.unwrap().unwrap();
    }
}
