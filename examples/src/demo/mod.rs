//! The demo: all of Alma on the real prose that every machine has which built it.

mod mission;
pub mod sources;
mod steps;

use std::fs;

use alma_core::{Error, ErrorKind, Result, Scope};

use crate::{args::Global, home::Home, output::Output, place::Place, registry};

/// Marks a home that the demo made and may make anew.
const MARK: &str = ".alma-demo";

/// The scope that the demo lives in.
pub const SCOPE: &str = "demo";

/// Runs every step in a fresh home beside the user's, and fails at the first that does not do what it says.
///
/// # Errors
/// Those of the parts; `Internal` when a step did not do what it says.
pub async fn run(global: &Global, out: Output) -> Result<()> {
    let place = prepare(global)?;
    let home = Home::at(place.clone(), Some(Scope::new(SCOPE)?)).await?;
    let sources = sources::sources()?;
    steps::remember(&home, &sources, out).await?;
    steps::ask(&home, out).await?;
    steps::topics(&home, out).await?;
    steps::forge(&home, out).await?;
    let report = mission::inventory(&home, &sources, out).await?;
    let night = steps::night(&home, out).await?;
    steps::forget(&home, out).await?;
    out.say(format!(
        "\nDone.\n  report {}\n  night  {}\n  home   {}",
        report.display(),
        night.display(),
        place.root().display()
    ))
}

/// A fresh home for the demo: settings that let it read cargo's sources, and a salt that repeats.
fn prepare(global: &Global) -> Result<Place> {
    let root = Place::choose(global.home.clone())?.root().join("demo");
    let shown = root.display().to_string();
    if root.exists() {
        if !root.join(MARK).exists() {
            return Err(Error::invalid(format!(
                "cannot use {shown} for the demo: it holds something else"
            ))
            .with_remedy("name another home with --home"));
        }
        fs::remove_dir_all(&root).map_err(|error| failed(&shown, error))?;
    }
    let place = Place::choose(Some(root.clone()))?;
    place.prepare()?;
    let read = toml::Value::from(registry::root()?.to_string_lossy().into_owned());
    let settings = format!(
        "scope = \"{SCOPE}\"\n\n[policy]\nread = [{read}]\n\n[workers]\nconcurrency = 4\nlease_seconds = 5\n"
    );
    fs::write(
        root.join(MARK),
        "made by `alma demo`; it is made anew each time\n",
    )
    .and_then(|()| fs::write(place.config(), settings))
    // Two demos print the same, so that this one gate draws the same cases each time.
    .and_then(|()| fs::write(place.salt(), [42; 32]))
    .map_err(|error| failed(&shown, error))?;
    Ok(place)
}

fn failed(place: &str, error: std::io::Error) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!("cannot make the home of the demo in {place}"),
    )
    .with_remedy("name a directory that you may write with --home")
    .with_source(error)
}

/// The error of a step that did not do what it says.
fn broken(what: impl std::fmt::Display) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("cannot go on with the demo: {what}"),
    )
}
