//! `alma status` and `doctor`: what a home holds, and whether all is well with it.

use alma_core::{Fault, LanguageModel, MemoryExt, RecordQuery, Result};
use clap::Args;
use serde::Serialize;

use crate::{args::Global, config::Config, exit::Ending, home::Home, output::Output, place::Place};

/// Checks the home: place, settings, file, forgetting, model.
#[derive(Debug, Args)]
pub struct Doctor {}

#[derive(Serialize)]
struct Check {
    check: &'static str,
    ok: bool,
    detail: String,
}

impl Doctor {
    /// Prints each check and fails when one does.
    ///
    /// # Errors
    /// The first that a check met, once all that can be checked was.
    pub async fn run(&self, global: &Global, out: Output) -> Result<Ending> {
        let mut doctor = Rounds { out, first: None };
        let place = Place::choose(global.home.clone())?;
        let written = place.prepare().map(|()| place.root().display().to_string());
        doctor.check("place", written)?;
        let config = Config::read(&place.config());
        doctor.check("settings", config.map(|_| "alma.toml reads".to_owned()))?;
        if doctor.first.is_none() {
            let home = Home::open(global, out).await?;
            let faults = home
                .database()
                .check()
                .await
                .and_then(|faults| match faults.first() {
                    None => Ok("every page reads".to_owned()),
                    Some(fault) => Err(alma_core::Error::new(
                        alma_core::ErrorKind::Corrupt,
                        format!("cannot trust the file: {fault}"),
                    )
                    .with_remedy("put a backup in its place with `alma restore --replace FILE`")),
                });
            doctor.check("file", faults)?;
            let versions = home.database().versions().await.map(|versions| {
                let names = versions
                    .iter()
                    .map(|one| format!("{} {}", one.component, one.version));
                names.collect::<Vec<_>>().join(", ")
            });
            doctor.check("tables", versions)?;
            let open = home
                .database()
                .unfinished_erasures()
                .await
                .map(|open| match open.len() {
                    0 => "all that was forgotten is erased".to_owned(),
                    n => format!("{n} acts of forgetting wait for an open reader to close"),
                });
            doctor.check("forgetting", open)?;
            let model = match home.model() {
                None => Ok("off; everything works without one".to_owned()),
                Some(model) => model
                    .probe()
                    .await
                    .map(|()| format!("{} answers", model.name())),
            };
            doctor.check("model", model)?;
        }
        match doctor.first {
            Some(error) => Err(error),
            None => Ok(Ending::Done),
        }
    }
}

struct Rounds {
    out: Output,
    first: Option<alma_core::Error>,
}

impl Rounds {
    fn check(&mut self, check: &'static str, found: Result<String>) -> Result<()> {
        let (ok, detail) = match &found {
            Ok(detail) => (true, detail.clone()),
            Err(error) => (false, error.to_string()),
        };
        let mark = if ok { "well" } else { "ILL " };
        self.out.item(
            &Check {
                check,
                ok,
                detail: detail.clone(),
            },
            format!("{mark}  {check:<11} {detail}"),
        )?;
        if let Err(error) = found {
            self.first.get_or_insert(error);
        }
        Ok(())
    }
}

/// Says what the home holds.
#[derive(Debug, Args)]
pub struct Status {}

impl Status {
    /// Counts what is there.
    ///
    /// # Errors
    /// Those of the parts.
    pub async fn run(&self, home: &Home, out: Output) -> Result<Ending> {
        let records = home
            .memory()
            .all_records(home.scope(), &RecordQuery::all())
            .await?
            .len();
        let tools = home.all_tools().await?.len();
        let missions = home.handle().missions().await?;
        let running = missions
            .iter()
            .filter(|mission| !mission.status.is_final())
            .count();
        let nights = home.handle().nights().await?;
        let approvals = home.handle().approvals().await?.len();
        let generation = home.handle().generation().await?.digest().short();
        let place = home.place().root().display().to_string();
        let last = nights
            .last()
            .cloned()
            .unwrap_or_else(|| "none yet".to_owned());
        let (model, told) = model(home).await;
        out.item(
            &serde_json::json!({
                "home": place, "model": model, "scope": home.scope(), "records": records, "tools": tools,
                "missions": missions.len(), "open_missions": running, "nights": nights,
                "approvals": approvals, "generation": generation,
            }),
            format!(
                "home       {place}\nscope      {}\nrecords    {records}\ntools      {tools}\n\
                 missions   {} ({running} open)\nlast night {last}\napprovals  {approvals} open\n\
                 generation {generation}\nmodel      {told}",
                home.scope(),
                missions.len(),
            ),
        )?;
        Ok(Ending::Done)
    }
}

/// The model and whether it answers, for programs and for people.
async fn model(home: &Home) -> (serde_json::Value, String) {
    let Some(model) = home.model() else {
        return (serde_json::Value::Null, "off".to_owned());
    };
    let name = model.name();
    let fault = model.probe().await.err();
    let told = match &fault {
        None => format!("{name} answers"),
        Some(error) => format!("{name} does not answer: {error}"),
    };
    let fault = fault.map(Fault::from);
    let json = serde_json::json!({ "name": name, "answers": fault.is_none(), "fault": fault });
    (json, told)
}
