//! The demo: all of Alma on the real prose that every machine has which built it.

mod forget;
mod forging;
pub mod mission;
pub mod questions;
pub mod sources;
mod stage;

use std::collections::BTreeMap;

use alma_core::{Consolidate, MemoryExt, Observation, RecordKind, RecordQuery, Result, Trust};
use serde_json::json;

use self::{
    sources::{Source, Sources},
    stage::{Stage, broken},
};
use crate::{
    args::Global,
    commands::night,
    home::Home,
    intake::Intake,
    licences,
    output::{Output, one_line},
};

/// How many topics are shown.
const TOPICS: usize = 8;

/// How many runs of each part the night's search may spend.
const SEARCH: u64 = 60;

/// Goes through every step and says what it did.
///
/// # Errors
/// Those of the parts, and `Internal` when a step did not do what it promises.
pub async fn run(global: &Global, out: Output) -> Result<()> {
    let home = stage::open(global).await?;
    let stage = Stage::new(out);
    let found = sources::sources()?;

    stage.open(
        "Reading what is on this machine",
        "no key, no server, no network",
    )?;
    remember(&home, &stage, &found).await?;

    stage.open("Questions", "answered from memory, with sources")?;
    let cited = questions::ask(&home, &stage).await?;

    stage.open(
        "Topics",
        "found without a model, each with a summary of its own sentences",
    )?;
    topics(&home, &stage).await?;

    stage.open(
        "A tool that was missing",
        "built from examples, through a gate",
    )?;
    forging::forge(&home, &stage).await?;

    stage.open(
        "A mission",
        "planned, worked on by processes, killed in the middle, resumed",
    )?;
    let report = mission::run(&home, &stage, &found).await?;

    stage.open(
        "A night",
        "what came in, what was learned, what the gate says",
    )?;
    let order = alma_core::NightOrder::new("demo").with_search_calls(SEARCH);
    let night = home.night(home.handle(), order).await?;
    let text = night::in_words(&night);
    home.keep_report(home.handle(), "demo", night::in_words)
        .await?;
    stage.item(&json!({ "step": "night", "night": night }), &text)?;

    stage.open(
        "Forgetting",
        "one document, with everything that was derived from it",
    )?;
    forget::forget(&home, &stage, &found, &cited).await?;
    // The report spoke of the document and went with it: this one no longer does.
    let night_path = home
        .keep_report(home.handle(), "demo", night::in_words)
        .await?
        .ok_or_else(|| broken("the night's report is not written"))?;

    stage.open("Look around", "")?;
    stage.item(
        &json!({
            "step": "end", "report": report, "night": night_path, "home": home.place().root(),
        }),
        format!(
            "report  {}\nnight   {}\nhome    {}\n\nGo on in it: alma --home {} --scope demo chat",
            report.display(),
            night_path.display(),
            home.place().root().display(),
            home.place().root().display()
        ),
    )
}

async fn remember(home: &Home, stage: &Stage, found: &Sources) -> Result<()> {
    let mut intake = Intake::new(home.memory(), home.scope(), Trust::External);
    let mut documents = 0;
    let bar = stage
        .output()
        .progress(found.crates.len() as u64, "remembering");
    for source in &found.crates {
        for text in &source.texts {
            intake.add(text).await?;
            documents += 1;
        }
        intake.push(described(source)?).await?;
        documents += 1;
        bar.inc(1);
    }
    let records = intake.finish().await?.len();
    bar.finish_and_clear();
    let mut skipped: BTreeMap<&str, usize> = BTreeMap::new();
    for left_out in &found.skipped {
        *skipped.entry(&left_out.reason).or_default() += 1;
    }
    let reasons: Vec<String> = skipped
        .iter()
        .map(|(reason, count)| format!("\n  left out {count}: {reason}"))
        .collect();
    stage.item(
        &json!({
            "step": "remember", "crates": found.crates.len(), "documents": documents,
            "records": records, "skipped": skipped,
        }),
        format!(
            "read {documents} documents of {} crates: READMEs, change logs, manifests\n\
             remembered them as {records} records{}",
            found.crates.len(),
            reasons.concat()
        ),
    )
}

/// A manifest as a statement: what the crate is, in its authors' words.
fn described(source: &Source) -> Result<Observation> {
    let stated = licences::stated(&source.manifest)?;
    let text = format!(
        "{} {}: {}",
        stated.name,
        stated.version,
        one_line(&stated.description, 400)
    );
    Ok(Observation::text(text)
        .with_kind(RecordKind::Fact)
        .with_source(format!("{}-{}/Cargo.toml", source.name, source.version))
        .with_position(0)
        .with_trust(Trust::External)
        .with_metadata("title", stated.name)
        .with_metadata("licence", stated.licence))
}

async fn topics(home: &Home, stage: &Stage) -> Result<()> {
    let spinner = stage.output().spinner("looking for topics");
    let made = home
        .memory()
        .consolidate(home.scope(), &Consolidate::new("demo"))
        .await;
    spinner.finish_and_clear();
    let made = made?;
    stage.item(
        &json!({ "step": "topics", "consolidation": made.id, "topics": made.topics.len(), "tally": made.tally }),
        format!(
            "{} topics in {} records; {} belong to none",
            made.topics.len(),
            made.tally.input,
            made.tally.skipped
        ),
    )?;
    for topic in made.topics.iter().take(TOPICS) {
        let summary = home.memory().record(home.scope(), topic.summary).await?;
        stage.item(
            &json!({ "step": "topic", "label": topic.label, "records": topic.members.len(), "summary": summary.text }),
            format!(
                "- {} ({} records)\n    {}",
                topic.label,
                topic.members.len(),
                one_line(&summary.text, 160)
            ),
        )?;
    }
    Ok(())
}

/// The records of a source that can be recalled now.
async fn records_of(home: &Home, source: &str) -> Result<Vec<alma_core::Record>> {
    home.memory()
        .all_records(home.scope(), &RecordQuery::source(source))
        .await
}
