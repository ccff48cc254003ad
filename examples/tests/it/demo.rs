//! The demo, run once as a process, and each of its steps looked up in what it left behind.

mod left;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Command,
};

use alma_core::{
    ErrorKind, Event, Executor, ForgeOutcome, JobId, JobStore, LedgerExt, Memory, MemoryExt,
    NightStep, Observation, Outcome, OutcomeQuery, PageRequest, Query, Record, RecordId,
    RecordKind, RecordQuery, StageResult, StepReport, StreamId, ToolForge, ToolState, Trust,
};
use alma_examples::{
    commands::night::in_words,
    demo::sources,
    licences::{Entry, FORGED, READ, REPORT, report, stated},
};
use serde_json::Value;

use left::{Left, files_with, scope};

/// Its output goes where the test's own does, and so into the log of whoever runs it.
#[tokio::test(flavor = "multi_thread")]
async fn every_step_of_the_demo_is_found_in_what_it_left() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("home");
    let status = Command::new(env!("CARGO_BIN_EXE_alma"))
        .args(["--home", home.to_str().unwrap(), "demo"])
        .env_remove("ALMA_SCOPE")
        .env_remove("ALMA_LOG")
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
    let left = Left::open(home).await;
    documents_are_remembered(&left).await;
    answers_cite_what_is_there(&left).await;
    summaries_name_what_they_sum_up(&left).await;
    a_tool_was_admitted_and_a_bad_one_refused(&left).await;
    each_task_was_accepted_once_although_its_processes_were_killed(&left).await;
    the_report_says_what_the_outcomes_say(&left).await;
    the_night_is_accounted_for(&left).await;
    what_was_forgotten_is_gone(&left).await;
}

async fn documents_are_remembered(left: &Left) {
    let read = sources::sources().unwrap();
    let records = left.records(RecordQuery::all()).await;
    let mut by_source: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for record in &records {
        by_source.entry(&record.source).or_default().push(record);
    }
    let forgotten = left.forgotten_source();
    for one in &read.crates {
        for text in one.texts.iter().filter(|text| text.source != forgotten) {
            let found = &by_source[text.source.as_str()];
            assert!(found.iter().all(|record| record.trust == Trust::External));
            let places: BTreeSet<_> = found.iter().map(|record| record.position).collect();
            assert_eq!(places.len(), found.len(), "{}", text.source);
        }
        let manifest = format!("{}-{}/Cargo.toml", one.name, one.version);
        let [fact] = by_source[manifest.as_str()].as_slice() else {
            panic!("{manifest} is told more than once");
        };
        assert_eq!(fact.kind, RecordKind::Fact);
        let licence = stated(&one.manifest).unwrap().licence;
        assert_eq!(fact.metadata["licence"], Value::from(licence));
    }
}

async fn answers_cite_what_is_there(left: &Left) {
    let gone = left.receipt.records();
    let (open, told) = left.answers.split_last().unwrap();
    assert!(told.len() >= 3 && open.citations.is_empty());
    for answer in told {
        assert!(!answer.citations.is_empty(), "{}", answer.question);
        for citation in &answer.citations {
            let found = left.memory.record(&scope(), citation.record).await;
            match found {
                Ok(record) => {
                    let place = (record.source, record.position);
                    assert_eq!(place, (citation.source.clone(), citation.position));
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
                    assert!(gone.contains(&citation.record), "{citation:?}");
                }
            }
        }
    }
    // What had no answer is kept as a need, and nothing else is.
    let needs = left.events("needs").await;
    let needs: Vec<_> = needs.iter().map(|need| &need.body["text"]).collect();
    assert_eq!(needs, [open.question.as_str()]);
    let told = vec![RecordKind::Document, RecordKind::Chunk, RecordKind::Fact];
    let question = Query::text(&open.question).with_kinds(told);
    let found = left.memory.recall(&scope(), &question).await.unwrap();
    assert!(found.abstains());
}

async fn summaries_name_what_they_sum_up(left: &Left) {
    let summaries = RecordQuery::kinds(vec![RecordKind::Summary]);
    let summaries = left.records(summaries).await;
    assert!(summaries.len() >= 5, "{} topics", summaries.len());
    for summary in summaries {
        assert!(summary.derived_from.len() > 1, "{}", summary.text);
        for source in &summary.derived_from {
            left.memory.record(&scope(), *source).await.unwrap();
        }
        let least = summary.trust;
        assert!(least <= Trust::Derived, "{least:?}");
    }
}

async fn a_tool_was_admitted_and_a_bad_one_refused(left: &Left) {
    let tools = left.tools.list(&scope(), &PageRequest::first(100)).await;
    let tools = tools.unwrap().items;
    let [tool] = tools.as_slice() else {
        panic!("{} forged tools", tools.len());
    };
    assert_eq!(tool.info.name.as_str(), FORGED);
    assert_eq!(tool.state, ToolState::Active);
    assert_eq!(tool.info.digest, tool.info.computed_digest());
    assert!(!tool.sources.is_empty());
    let report = left.tools.report(&scope(), &tool.info.digest).await;
    let report = report.unwrap();
    assert_eq!(report.candidate, Some(tool.info.digest));
    let stages: Vec<_> = report
        .stages
        .iter()
        .map(|stage| stage.name.as_str())
        .collect();
    assert!(
        stages.starts_with(&["text", "permissions", "examples", "fuzz"]),
        "{stages:?}"
    );
    for stage in &report.stages {
        assert_eq!(stage.result, StageResult::Passed, "{stage:?}");
        assert!(!stage.evidence.is_null(), "{stage:?}");
    }

    let refused = left.refusals().await;
    let [ForgeOutcome::Refused { reason, report }] = refused.as_slice() else {
        panic!("{refused:?}");
    };
    assert!(reason.contains("contradict"), "{reason}");
    assert_eq!(report.stages.last().unwrap().result, StageResult::Failed);
}

async fn each_task_was_accepted_once_although_its_processes_were_killed(left: &Left) {
    let kill = &left.kill;
    assert_eq!(kill.killed.len(), 3, "a driver and two workers");
    assert!(!kill.accepted.is_empty() && kill.accepted.len() < kill.tasks);
    let events = left.events(&left.mission_stream()).await;
    assert_eq!(events.last().unwrap().kind, "completed");
    let mut accepted: BTreeMap<String, Vec<&Event>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.kind == "task_done") {
        let task = event.body["task"].as_str().unwrap().to_owned();
        accepted.entry(task).or_default().push(event);
    }
    assert_eq!(accepted.len(), kill.tasks);
    assert!(accepted.values().all(|events| events.len() == 1));
    for (task, version) in &kill.accepted {
        assert_eq!(
            accepted[task][0].version.0, *version,
            "{task} was done again"
        );
    }
    // The log of outcomes has one a task, and it is the one that the ledger took.
    let outcomes = left.outcomes().await;
    assert_eq!(outcomes.len(), kill.tasks);
    for event in accepted.values().flatten() {
        let job: JobId = event.body["job"].as_str().unwrap().parse().unwrap();
        let outcome = &outcomes[&job];
        assert!(outcome.result.is_ok(), "{outcome:?}");
        assert_eq!(event.body["token"], Value::from(outcome.token));
    }
    // What the dead held was claimed anew, under a higher number.
    for (job, token) in &kill.held {
        let outcome = &outcomes[job];
        assert!(
            outcome.token > *token && outcome.attempts > 1,
            "{outcome:?}"
        );
    }
    let open = alma_core::JobQuery::states(vec![alma_core::JobState::Leased]);
    let open = left
        .jobs
        .jobs(&scope(), &open, &PageRequest::first(10))
        .await;
    assert!(open.unwrap().items.is_empty());
}

async fn the_report_says_what_the_outcomes_say(left: &Left) {
    let events = left.events(&left.mission_stream()).await;
    let output = |task: String| {
        let done = events
            .iter()
            .find(|event| event.body["task"] == task.as_str());
        done.map(|event| event.body["output"].clone())
    };
    let inputs = left.file("inventory.json");
    let crates: Value = serde_json::from_str(&inputs).unwrap();
    let crates = crates["crates"].as_array().unwrap();
    let entries: Vec<Entry> = crates
        .iter()
        .zip(1..)
        .map(|(name, number)| {
            let parts = output(format!("parts-{number}")).unwrap();
            let parts = parts.as_array().unwrap().iter();
            let parts: Vec<_> = parts.map(|part| part.as_str().unwrap().trim()).collect();
            Entry {
                name: name.as_str().unwrap().to_owned(),
                licence: parts.join(" OR "),
            }
        })
        .collect();
    assert_eq!(
        2 * entries.len() + 1,
        left.kill.tasks,
        "{READ}, {FORGED} and {REPORT}"
    );
    let last = output("report".to_owned()).unwrap();
    let written = fs::read_to_string(last["path"].as_str().unwrap()).unwrap();
    assert_eq!(written, report(&entries));
    assert_eq!(last["crates"], Value::from(entries.len()));
    let open = written
        .lines()
        .filter(|line| line.starts_with("- "))
        .count();
    assert_eq!(last["attention"], Value::from(open));
}

async fn the_night_is_accounted_for(left: &Left) {
    let events = left.events("night/demo").await;
    let steps: Vec<_> = events.iter().filter(|event| event.kind == "step").collect();
    assert_eq!(steps.len(), NightStep::ALL.len());
    assert_eq!(events.last().unwrap().kind, "ended");
    // What spoke of the forgotten document went with it; the others say what they did.
    let reports: Vec<StepReport> = steps
        .iter()
        .filter(|event| !event.erased)
        .map(|event| serde_json::from_value(event.body.clone()).unwrap())
        .collect();
    let step = |step| reports.iter().find(|report| report.step == step).unwrap();
    assert!(step(NightStep::Observe).tally.input > 0);
    // Each task's result is remembered once, by whichever process told of it.
    let told = left
        .records(RecordQuery::kinds(vec![RecordKind::Event]))
        .await;
    let told = told
        .iter()
        .filter(|record| record.source.starts_with("job/"));
    assert_eq!(told.count(), left.kill.tasks);
    let needs = &step(NightStep::Reflect).needs;
    let open = &left.answers.last().unwrap().question;
    assert!(needs.iter().any(|need| need.text == *open), "{needs:?}");
    let upgrade = step(NightStep::Upgrade);
    assert!(upgrade.tally.input > 0, "{upgrade:?}");
    // The gate says something of what the search found; a search may find nothing, and says so.
    assert!(
        upgrade.gate.is_empty() != upgrade.skipped.is_empty(),
        "{upgrade:?}"
    );
    assert_eq!(upgrade.tally.output, upgrade.gate.len() as u64);
    assert_eq!(step(NightStep::FeedBack).cases, [left.kill.mission]);
    let cases = left
        .records(RecordQuery::kinds(vec![RecordKind::Case]))
        .await;
    assert_eq!(cases.len(), 1);
    for one in &reports {
        assert_eq!(one.skipped.is_empty(), one.tally.skipped == 0, "{one:?}");
    }
    let told = left.file("nights/demo+night~demo.md");
    for report in &reports {
        let name = in_words(&night_of(report));
        let line = name.lines().last().unwrap_or_default();
        assert!(told.contains(line), "{line} is not in {told}");
    }
}

fn night_of(step: &StepReport) -> alma_core::NightReport {
    serde_json::from_value(serde_json::json!({
        "key": "demo", "steps": [step], "complete": true, "undone": false,
    }))
    .unwrap()
}

async fn what_was_forgotten_is_gone(left: &Left) {
    let receipt = &left.receipt;
    assert!(receipt.is_erased(), "{receipt:?}");
    assert!(!receipt.selected.is_empty() && !receipt.derived.is_empty());
    let source = left.forgotten_source();
    assert_eq!(left.answers[0].citations[0].source, source);
    let gone: Vec<RecordId> = receipt.records();
    assert!(left.records(RecordQuery::ids(gone)).await.is_empty());
    assert!(left.records(RecordQuery::source(&source)).await.is_empty());
    // It does not come back.
    let read = sources::sources().unwrap();
    let texts = || read.crates.iter().flat_map(|one| &one.texts);
    let text = texts().find(|text| text.source == source).unwrap();
    let mut heir = Observation::text("What follows from it.");
    heir.derived_from = vec![receipt.selected[0]];
    let error = left
        .memory
        .remember(&scope(), vec![heir])
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Gone);
    // Not a line of it is left in any file, and the lines of the others are.
    let lines = |text: &str| -> BTreeSet<String> {
        let lines = text.lines().map(str::trim).filter(|line| line.len() > 30);
        let plain = lines.filter(|line| line.is_ascii() && !line.contains(['"', '\\']));
        plain.map(str::to_owned).collect()
    };
    let mut own = lines(&text.text);
    let others = texts().filter(|text| text.source != source);
    let others: BTreeSet<String> = others.flat_map(|text| lines(&text.text)).collect();
    own.retain(|line| others.iter().all(|other| !other.contains(line.as_str())));
    assert!(own.len() > 20, "{} lines", own.len());
    let found = files_with(left.home(), &own);
    assert!(found.is_empty(), "{found:?}");
    let some: BTreeSet<String> = others.into_iter().step_by(500).collect();
    assert!(!files_with(left.home(), &some).is_empty());
}

/// One outcome a job.
fn once(outcomes: Vec<Outcome>) -> BTreeMap<JobId, Outcome> {
    let count = outcomes.len();
    let by_job: BTreeMap<_, _> = outcomes.into_iter().map(|one| (one.job, one)).collect();
    assert_eq!(by_job.len(), count, "a job has two outcomes");
    by_job
}

impl Left {
    async fn records(&self, query: RecordQuery) -> Vec<Record> {
        self.memory.all_records(&scope(), &query).await.unwrap()
    }

    async fn events(&self, stream: &str) -> Vec<Event> {
        let id = StreamId::new(stream).unwrap();
        self.ledger.read_all(&scope(), &id).await.unwrap()
    }

    async fn outcomes(&self) -> BTreeMap<JobId, Outcome> {
        let mut query = OutcomeQuery::group(self.mission_stream()).with_limit(1_000);
        let mut all = Vec::new();
        loop {
            let page = self.queue.outcomes(&scope(), &query).await.unwrap();
            all.extend(page.items);
            if !page.more {
                return once(all);
            }
            query = query.after(page.next);
        }
    }
}
