//! `alma work`: a worker process, which runs due nights too.

use std::{collections::BTreeMap, io, pin::pin, time::Duration};

use alma_core::{
    Clock, Error, ErrorKind, JobQuery, JobState, JobStore, NightOrder, Operator, PageRequest,
    Result, Scope, SystemClock,
};
use clap::Args;
use serde_json::json;

use crate::{commands::night, exit::Ending, home::Home, output::Output};

/// How often approvals, outcomes and nights are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Works on what is queued, until it is stopped; runs due nights too.
#[derive(Debug, Args)]
pub struct Work {
    /// The name under which it shows in logs.
    #[arg(long, value_name = "NAME", default_value = "worker")]
    name: String,
    /// Ends once nothing is queued or running.
    #[arg(long)]
    until_idle: bool,
    /// Runs no nights, only jobs.
    #[arg(long)]
    no_nights: bool,
}

impl Work {
    /// Works until Ctrl-C or SIGTERM, or until nothing is left to do; what is running then is finished first.
    ///
    /// # Errors
    /// Those of the ledger when the scopes cannot be listed; `Internal` when the pool broke off.
    pub async fn run(&self, home: &Home, out: Output) -> Result<Ending> {
        let mut told = pin!(told_to_stop().map_err(|error| {
            Error::new(ErrorKind::Unavailable, "cannot listen for signals").with_source(error)
        })?);
        for scope in scopes(home).await? {
            home.refresh_grants(&home.within(scope)).await?;
        }
        let pool = home.pool(&self.name, None);
        let stop = pool.stopper();
        let mut working = tokio::spawn(pool.run());
        let mut rounds = Rounds {
            nights: !self.no_nights,
            ..Rounds::default()
        };
        let ended = loop {
            let round = async {
                tokio::time::sleep(LOOK).await;
                rounds.make(home, out).await;
                Ok::<_, Error>(self.until_idle && idle(home).await?)
            };
            tokio::select! {
                // By itself it ends only when it breaks off.
                report = &mut working => break Some(report),
                // A round that is left in the middle, a night in it too, is gone on with by the next process.
                () = &mut told => break None,
                idle = round => if idle? { break None },
            }
        };
        stop.stop();
        let ended = match ended {
            Some(ended) => ended,
            None => working.await,
        };
        let report = ended.map_err(|error| {
            Error::new(
                ErrorKind::Internal,
                "cannot go on: the pool of workers broke off",
            )
            .with_remedy("start it again: its jobs return when their leases end")
            .with_source(error)
        })?;
        rounds.nights = false;
        rounds.make(home, out).await;
        out.item(
            &json!({
                "completed": report.completed, "failed": report.failed,
                "lost": report.lost, "released": report.released,
            }),
            format!(
                "{} done, {} failed, {} lost, {} given back",
                report.completed, report.failed, report.lost, report.released
            ),
        )?;
        Ok(Ending::Done)
    }
}

/// What a worker does beside its jobs.
#[derive(Default)]
struct Rounds {
    /// The last night that needs nothing more of this process.
    slept: BTreeMap<Scope, String>,
    nights: bool,
}

impl Rounds {
    /// Trouble is told and waits for the next round: jobs go on.
    async fn make(&mut self, home: &Home, out: Output) {
        let scopes = match scopes(home).await {
            Ok(scopes) => scopes,
            Err(error) => return out.failure(&error),
        };
        for scope in scopes {
            if let Err(error) = self.look_after(home, &scope).await {
                // Another process works on this night; the next round looks whether it came to its end.
                if error.kind() != ErrorKind::Conflict {
                    out.failure(&error);
                }
            }
        }
    }

    async fn look_after(&mut self, home: &Home, scope: &Scope) -> Result<()> {
        let handle = home.within(scope.clone());
        home.refresh_grants(&handle).await?;
        handle.observe_outcomes().await?;
        if self.nights
            && let Some(key) = due(home)
            && self.slept.get(scope) != Some(&key)
        {
            let night = home.night(&handle, NightOrder::new(&key)).await;
            let again = |error: &Error| error.is_transient() || error.kind() == ErrorKind::Conflict;
            if !night.as_ref().is_err_and(again) {
                self.slept.insert(scope.clone(), key);
            }
            let report = night?;
            home.keep_report(&handle, &report.key, night::in_words)
                .await?;
        }
        Ok(())
    }
}

/// Listens from now on: a signal counts whenever it comes.
#[cfg(unix)]
fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Listens from now on: a signal counts whenever it comes.
#[cfg(not(unix))]
fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}

/// The key of the night that is due now: today's, once its hour has come.
fn due(home: &Home) -> Option<String> {
    let hour = home.config().workers.night_hour?;
    let now = SystemClock.now();
    let of_day = now.as_millis().rem_euclid(24 * 3600 * 1000) / (3600 * 1000);
    (of_day >= i64::from(hour)).then(|| now.date())
}

async fn scopes(home: &Home) -> Result<Vec<Scope>> {
    let mut scopes = Vec::new();
    let mut request = PageRequest::first(PageRequest::MAX);
    loop {
        let page = home.ledger().scopes(&Operator::assume(), &request).await?;
        scopes.extend(page.items);
        if !page.more {
            return Ok(scopes);
        }
        request.after = page.next;
    }
}

async fn idle(home: &Home) -> Result<bool> {
    let open = JobQuery::states(vec![JobState::Ready, JobState::Scheduled, JobState::Leased]);
    for scope in scopes(home).await? {
        if !home
            .jobs()
            .jobs(&scope, &open, &PageRequest::first(1))
            .await?
            .items
            .is_empty()
        {
            return Ok(false);
        }
    }
    Ok(true)
}
