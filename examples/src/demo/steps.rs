//! The steps of the demo that need one process.

use std::{path::PathBuf, time::Instant};

use alma_core::{
    Consolidate, Example, ForgeOutcome, MemoryExt, Mode, NightOrder, Observation, Query,
    RecordQuery, Result, Selection, ToolName, ToolSpec, Trust,
};
use serde_json::json;

use super::{broken, sources::Sources};
use crate::{
    commands::{night, tools},
    home::Home,
    intake::Intake,
    licences::FORGED,
    output::{Output, one_line},
};

/// Questions that the prose answers, with the crate that does.
const QUESTIONS: [(&str, &str); 3] = [
    (
        "Which crate is a fast integer to string conversion?",
        "itoa",
    ),
    ("What is a command line argument parser for Rust?", "clap"),
    (
        "Which crate gives temporary files and directories?",
        "tempfile",
    ),
];

/// A question that it does not answer.
const UNANSWERED: &str = "Who conducted the Reykjavik symphony orchestra in 1962?";

/// The document that is forgotten at the end.
const FORGOTTEN: &str = "itoa";

pub(super) async fn remember(home: &Home, sources: &Sources, out: Output) -> Result<()> {
    out.say("1. Reading the prose of the crates that this program was built from")?;
    let start = Instant::now();
    let mut intake = Intake::new(home.memory(), home.scope(), Trust::External);
    let texts: Vec<_> = sources
        .crates
        .iter()
        .flat_map(|source| &source.texts)
        .collect();
    let bar = out.progress(texts.len() as u64, "remembering");
    for text in &texts {
        intake.add(text).await?;
        bar.inc(1);
    }
    let records = intake.finish().await?.len();
    bar.finish_and_clear();
    if records == 0 {
        return Err(broken("nothing was remembered"));
    }
    out.note(format!("   took {:.1} s", start.elapsed().as_secs_f64()));
    out.say(format!(
        "   {} documents of {} crates are remembered as {records} records; {} left out",
        texts.len(),
        sources.crates.len(),
        sources.skipped.len()
    ))
}

pub(super) async fn ask(home: &Home, out: Output) -> Result<()> {
    out.say("\n2. Asking")?;
    for (question, _) in QUESTIONS {
        let found = home
            .handle()
            .recall(&Query::text(question).with_k(3))
            .await?;
        out.say(format!("   {question}"))?;
        if found.abstains() {
            return Err(broken(format!("'{question}' found no answer")));
        }
        for hit in &found.hits {
            out.say(format!(
                "   - {} [{}]",
                one_line(&hit.record.text, 90),
                hit.record.source
            ))?;
        }
    }
    out.say(format!("   {UNANSWERED}"))?;
    let found = home.handle().recall(&Query::text(UNANSWERED)).await?;
    if !found.abstains() {
        return Err(broken(format!("'{UNANSWERED}' was answered")));
    }
    out.say("   - nothing that was remembered answers this")
}

pub(super) async fn topics(home: &Home, out: Output) -> Result<()> {
    out.say("\n3. Finding topics")?;
    let start = Instant::now();
    let order = Consolidate::new("demo").with_min_topic(8);
    let made = home.memory().consolidate(home.scope(), &order).await?;
    out.note(format!("   took {:.1} s", start.elapsed().as_secs_f64()));
    for topic in made.topics.iter().take(8) {
        let summary = home.memory().record(home.scope(), topic.summary).await?;
        out.say(format!(
            "   {} ({} records)",
            topic.label,
            topic.members.len()
        ))?;
        out.say(format!("     {}", one_line(&summary.text, 100)))?;
    }
    if made.topics.is_empty() {
        return Err(broken("no topic was found"));
    }
    out.say(format!(
        "   {} topics; {} records looked at, {} in a topic, {} in none",
        made.topics.len(),
        made.tally.input,
        made.tally.output,
        made.tally.skipped
    ))
}

pub(super) async fn forge(home: &Home, out: Output) -> Result<()> {
    out.say("\n4. Forging the tool that is missing: licences in today's form")?;
    let example = |from: &str, to: &str| Example {
        input: json!({ "licence": from }),
        output: json!(to),
    };
    let good = vec![
        example("MIT/Apache-2.0", "MIT OR Apache-2.0"),
        example("Apache-2.0/MIT", "Apache-2.0 OR MIT"),
        example("Unlicense/MIT", "Unlicense OR MIT"),
        example("MIT", "MIT"),
        example("BSD-3-Clause", "BSD-3-Clause"),
        example("MIT OR Apache-2.0", "MIT OR Apache-2.0"),
    ];
    let mut bad = good.clone();
    bad.push(example("MIT", "Apache-2.0"));
    let name = ToolName::new(FORGED)?;
    let about = "Bring a licence expression into today's form, replacing the slash";
    // What the order was made of is remembered, so that forgetting it takes the tool along.
    let order = Observation::text(format!(
        "{about}, such as MIT/Apache-2.0 to MIT OR Apache-2.0"
    ))
    .with_source("demo/order")
    .with_position(0)
    .with_trust(Trust::Owner);
    let sources = home.handle().observe(vec![order]).await?;
    for (what, examples) in [("contradicting examples", bad), ("good examples", good)] {
        let spec = ToolSpec::new(name.clone(), about, examples).with_sources(sources.clone());
        let outcome = home.tools().forge(home.scope(), &spec).await?;
        out.say(format!(
            "   from {what}: {}",
            tools::in_words(&outcome).replace('\n', "\n   ")
        ))?;
        match (what, &outcome) {
            ("good examples", ForgeOutcome::Accepted { .. })
            | ("contradicting examples", ForgeOutcome::Refused { .. }) => {}
            _ => return Err(broken(format!("the forge did not expect this of {what}"))),
        }
    }
    Ok(())
}

pub(super) async fn night(home: &Home, out: Output) -> Result<PathBuf> {
    out.say("\n6. Night")?;
    let start = Instant::now();
    let order = NightOrder::new("demo")
        .with_search_calls(12)
        .with_min_topic(8);
    let report = home.handle().night(&order).await?;
    let text = night::in_words(&report);
    let path = night::write(home, &report, &text)?;
    out.note(format!("   took {:.1} s", start.elapsed().as_secs_f64()));
    if !report.complete {
        return Err(broken("the night was not worked through"));
    }
    out.say(format!("   {}", text.trim().replace('\n', "\n   ")))?;
    Ok(path)
}

pub(super) async fn forget(home: &Home, out: Output) -> Result<()> {
    let all = home
        .memory()
        .all_records(home.scope(), &RecordQuery::all())
        .await?;
    let prefix = format!("{FORGOTTEN}-");
    let source = all
        .iter()
        .map(|record| record.source.as_str())
        .find(|source| {
            source.starts_with(&prefix) && source.to_ascii_lowercase().contains("readme")
        })
        .ok_or_else(|| broken(format!("the README of {FORGOTTEN} was not remembered")))?
        .to_owned();
    out.say(format!(
        "\n7. Forgetting {source}, and all that was made of it"
    ))?;
    let receipt = home
        .forget(
            home.handle(),
            &Selection::Source(source.clone()),
            Mode::Erase,
        )
        .await?;
    out.say(format!(
        "   {} records and {} derived ones went",
        receipt.selected.len(),
        receipt.derived.len()
    ))?;
    for part in &receipt.components {
        let state = match &part.state {
            alma_core::ErasedState::Pending(why) => format!("pending: {why}"),
            _ => "erased".to_owned(),
        };
        out.say(format!(
            "   {:<10} {:>5} things, {state}",
            part.component, part.removed
        ))?;
    }
    let left = home
        .memory()
        .all_records(home.scope(), &RecordQuery::source(&source))
        .await?;
    if !left.is_empty() {
        return Err(broken(format!(
            "{} records of {source} are still there",
            left.len()
        )));
    }
    Ok(())
}
