//! Where the demo plays: a home of its own, and numbered steps.

use std::{cell::Cell, fs, path::PathBuf, time::Instant};

use alma_core::{Error, ErrorKind, Result, Scope};
use serde::Serialize;

use crate::{
    args::Global,
    home::Home,
    output::{Output, to_json},
    place::Place,
    registry,
};

/// The file by which a demo knows its own home again: only such a home is emptied.
const MARK: &str = "this-is-a-demo";

/// Leases are short, so that nobody waits for a worker that was killed.
const SETTINGS: &str = "[workers]\nlease_seconds = 2\nnight_hour = 0\n";

/// Opens an empty home for the demo: the one that is named, or `demo` beside the user's own.
///
/// # Errors
/// `InvalidInput` when the named home holds data that is not a demo's.
pub(super) async fn open(global: &Global) -> Result<Home> {
    let root = match &global.home {
        Some(named) => named.clone(),
        None => beside_the_own()?,
    };
    let place = Place::choose(Some(root))?;
    if place.root().join(MARK).exists() {
        clear(&place)?;
    } else if place.exists() || place.config().exists() {
        return Err(Error::invalid(format!(
            "cannot run the demo in {}: it holds data",
            place.root().display()
        ))
        .with_remedy("name an empty directory with --home, or none"));
    }
    place.prepare()?;
    // What its tools may touch, granted one by one; a home of yours begins with nothing.
    let settings = format!(
        "{SETTINGS}\n[policy]\nread = [{:?}]\nwrite = [{:?}]\n",
        registry::root()?,
        place.reports()
    );
    fs::write(place.root().join(MARK), "Emptied by the next demo.\n")
        .and_then(|()| fs::write(place.config(), settings))
        // The gate of two demos draws the same cases, so that both print the same.
        .and_then(|()| fs::write(place.salt(), [42; 32]))
        .map_err(|error| {
            Error::invalid(format!("cannot write in {}", place.root().display())).with_source(error)
        })?;
    Home::at(place, Some(Scope::new("demo")?)).await
}

fn beside_the_own() -> Result<PathBuf> {
    let own = Place::choose(None)?;
    Ok(own.root().with_file_name(format!(
        "{}-demo",
        own.root().file_name().unwrap_or_default().to_string_lossy()
    )))
}

fn clear(place: &Place) -> Result<()> {
    let entries = fs::read_dir(place.root()).into_iter().flatten().flatten();
    for entry in entries {
        let path = entry.path();
        let removed = if path.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        removed.map_err(|error| {
            Error::invalid(format!("cannot empty {}", path.display())).with_source(error)
        })?;
    }
    Ok(())
}

/// Prints the steps. Results go to standard output and repeat; times go to standard error.
pub(super) struct Stage {
    out: Output,
    step: Cell<u32>,
    began: Cell<Instant>,
}

impl Stage {
    pub(super) fn new(out: Output) -> Self {
        Self {
            out,
            step: Cell::new(0),
            began: Cell::new(Instant::now()),
        }
    }

    pub(super) fn output(&self) -> Output {
        self.out
    }

    /// Opens the next step.
    pub(super) fn open(&self, title: &str, how: &str) -> Result<()> {
        if self.step.get() > 0 {
            let took = self.began.get().elapsed().as_secs_f64();
            self.out
                .note(format!("[step {} took {took:.1} s]", self.step.get()));
        }
        self.step.set(self.step.get() + 1);
        self.began.set(Instant::now());
        let how = if how.is_empty() {
            String::new()
        } else {
            format!(" — {how}")
        };
        self.out.say(format!("\n{}. {title}{how}", self.step.get()))
    }

    /// One result of the step.
    pub(super) fn item(&self, value: &impl Serialize, prose: impl AsRef<str>) -> Result<()> {
        let indented: Vec<String> = prose
            .as_ref()
            .lines()
            .map(|line| {
                if line.is_empty() {
                    String::new()
                } else {
                    format!("   {line}")
                }
            })
            .collect();
        self.out.item(value, indented.join("\n"))
    }
}

/// Writes a file into the demo's home, for whoever wants to look closer, and answers with its path.
pub(super) fn write(home: &Home, name: &str, value: &impl Serialize) -> Result<PathBuf> {
    let path = home.place().root().join(name);
    fs::write(&path, to_json(value)? + "\n")
        .map_err(|error| broken("a file of its home cannot be written").with_source(error))?;
    Ok(path)
}

/// The demo did not do what it promises.
pub(super) fn broken(what: &str) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("cannot go on with the demo: {what}"),
    )
}
