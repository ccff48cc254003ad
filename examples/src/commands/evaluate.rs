//! `alma evaluate`: how good a part is on a file of cases, as one JSON object.

use std::path::PathBuf;

use alma_core::{Error, ErrorKind, Result};
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::{
    args::Global,
    evaluate::{beir, forge, planner, retrieval},
    exit::Ending,
    home::Home,
    output::{Output, to_json},
    place::Place,
};

/// Measures a part on a file of cases; the last line is one JSON object.
///
/// It works in a home of its own that is removed afterwards, with the settings of yours.
#[derive(Debug, Args)]
pub struct Evaluate {
    #[command(subcommand)]
    part: Part,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// Recall and nDCG on a retrieval set in the layout of BEIR, plain or gzipped.
    Retrieval(Retrieval),
    /// The tools and the data flow of plans for given goals.
    Planner(Tasks),
    /// Tools built from examples.
    Forge(Tasks),
}

#[derive(Debug, Args)]
struct Retrieval {
    /// The documents: one JSON object a line with _id and text.
    #[arg(long, value_name = "FILE")]
    corpus: PathBuf,
    /// The questions: one JSON object a line with _id and text.
    #[arg(long, value_name = "FILE")]
    queries: PathBuf,
    /// Which document answers which question: query-id, corpus-id, score, by tabs.
    #[arg(long, value_name = "FILE")]
    qrels: PathBuf,
    /// The depths at which recall is taken, each 1 to 1000.
    #[arg(long, value_name = "K,…", value_delimiter = ',', default_value = "1,5,10,20,50",
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    k: Vec<u16>,
}

#[derive(Debug, Args)]
struct Tasks {
    /// The file of cases.
    #[arg(long, value_name = "FILE")]
    tasks: PathBuf,
}

impl Evaluate {
    /// Measures and prints the result.
    ///
    /// # Errors
    /// `InvalidInput` names the file and the line that does not read.
    pub async fn run(&self, global: &Global, out: Output) -> Result<Ending> {
        let scratch = Scratch::new(global)?;
        let home = Home::at(scratch.place.clone(), None).await?;
        match &self.part {
            Part::Retrieval(files) => files.run(&home, out).await,
            Part::Planner(files) => files.planner(&home, out).await,
            Part::Forge(files) => files.forge(&home, out).await,
        }
    }
}

impl Retrieval {
    async fn run(&self, home: &Home, out: Output) -> Result<Ending> {
        let documents: Vec<beir::Document> = beir::lines(&self.corpus)?;
        let questions: Vec<beir::Question> = beir::lines(&self.queries)?;
        let judgements = beir::judgements(&self.qrels)?;
        beir::distinct(&documents)?;
        let depths: Vec<usize> = self.k.iter().map(|depth| usize::from(*depth)).collect();

        let bar = out.progress(documents.len() as u64, "remembering");
        let names = retrieval::store(home.memory(), &documents, |n| bar.inc(n as u64)).await?;
        bar.finish_and_clear();
        let bar = out.progress(judgements.len() as u64, "asking");
        let report = retrieval::ask(
            home.memory(),
            &names,
            &questions,
            &judgements,
            &depths,
            || bar.inc(1),
        )
        .await?;
        bar.finish_and_clear();
        finish(out, &report)
    }
}

impl Tasks {
    async fn planner(&self, home: &Home, out: Output) -> Result<Ending> {
        let tasks: planner::Tasks = beir::whole(&self.tasks)?;
        let bar = out.progress(tasks.items.len() as u64, "planning");
        let report = planner::evaluate(home.planner(), &tasks, || bar.inc(1)).await?;
        bar.finish_and_clear();
        finish(out, &report)
    }

    async fn forge(&self, home: &Home, out: Output) -> Result<Ending> {
        let tasks: Vec<forge::Task> = beir::whole(&self.tasks)?;
        let bar = out.progress(tasks.len() as u64, "forging");
        let mut lines = Vec::new();
        let report = forge::evaluate(home.tools(), &tasks, |task, verdict| {
            lines.push(format!("{:<22} {}", verdict, task.id));
            bar.inc(1);
        })
        .await?;
        bar.finish_and_clear();
        for line in lines {
            out.note(line);
        }
        finish(out, &report)
    }
}

/// The result is one JSON object for people too: it is made to be compared.
fn finish(out: Output, report: &impl Serialize) -> Result<Ending> {
    out.item(report, to_json(report)?)?;
    Ok(Ending::Done)
}

/// A home for one evaluation, with the settings of the user's, removed when it is dropped.
#[derive(Debug)]
struct Scratch {
    place: Place,
    _dir: tempfile::TempDir,
}

impl Scratch {
    fn new(global: &Global) -> Result<Self> {
        let broken = |error: std::io::Error| {
            Error::new(ErrorKind::Denied, "cannot make a home for the evaluation")
                .with_remedy("make room in the folder for temporary files, or set TMPDIR")
                .with_source(error)
        };
        let dir = tempfile::Builder::new()
            .prefix("alma-evaluate-")
            .tempdir()
            .map_err(broken)?;
        let place = Place::choose(Some(dir.path().to_owned()))?;
        let settings = Place::choose(global.home.clone())?.config();
        if settings.exists() {
            std::fs::copy(&settings, place.config()).map_err(broken)?;
        }
        Ok(Self { place, _dir: dir })
    }
}
