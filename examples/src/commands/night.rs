//! `alma night` and `undo`: the loop that learns, run by hand, and taking back what it added.

use alma_core::{
    Clock, ConsolidationId, NightOrder, NightReport, NightStep, Refusal, Result, SystemClock,
    Verdict,
};
use clap::Args;
use serde_json::json;

use crate::{
    exit::Ending,
    home::{Home, copies::picture_of},
    output::Output,
};

/// Runs a night: observe, consolidate, reflect, upgrade, feed back.
#[derive(Debug, Args)]
pub struct Night {
    /// Names the night; today's date by default. One that is done answers with its report.
    #[arg(value_name = "KEY")]
    key: Option<String>,
    /// How many runs of each part the search for better settings may spend.
    #[arg(long, value_name = "N", default_value_t = 60)]
    search: u64,
}

impl Night {
    /// Runs the night and writes its report.
    ///
    /// # Errors
    /// `Conflict` while another process works on one; else as [`Handle::night`](alma_core::Handle::night).
    pub async fn run(&self, home: &Home, out: Output) -> Result<Ending> {
        let key = self.key.clone().unwrap_or_else(|| SystemClock.now().date());
        let order = NightOrder::new(key).with_search_calls(self.search);
        let bar = out.spinner("thinking the day over");
        let report = home.night(home.handle(), order).await;
        bar.finish_and_clear();
        let report = report?;
        let kept = home
            .keep_report(home.handle(), &report.key, in_words)
            .await?;
        out.item(&report, in_words(&report))?;
        out.note(match kept {
            Some(path) => {
                let picture = picture_of(&path);
                if picture.is_file() {
                    out.note(format!("picture: {}", picture.display()));
                }
                format!("report: {}", path.display())
            }
            None => "no report is written: what it tells of is being forgotten".to_owned(),
        });
        Ok(Ending::Done)
    }
}

/// Takes back the topics and summaries of a night, or of one consolidation; the cases that it kept stay.
#[derive(Debug, Args)]
pub struct Undo {
    /// The key of a night, or the id of a consolidation.
    #[arg(value_name = "NIGHT|CONSOLIDATION")]
    what: String,
}

impl Undo {
    /// Takes it back as a whole.
    ///
    /// # Errors
    /// `NotFound` when the scope has no such night; `Conflict` when a later one builds on it; `Gone` when memory no
    /// longer knows what it made.
    pub async fn run(&self, home: &Home, out: Output) -> Result<Ending> {
        match self.what.parse::<ConsolidationId>() {
            Ok(id) => home.memory().undo(home.scope(), id).await?,
            Err(_) => home.handle().undo_night(&self.what).await?,
        }
        out.item(
            &json!({ "undone": self.what }),
            format!("{} is taken back", self.what),
        )?;
        Ok(Ending::Done)
    }
}

/// A night in words: each step with what went in, came out and was left out.
#[must_use]
pub fn in_words(report: &NightReport) -> String {
    let mut text = format!("# Night {}\n", report.key);
    for step in &report.steps {
        let tally = step.tally;
        text.push_str(&format!(
            "\n{:<12} in {}, out {}, skipped {}",
            name(step.step),
            tally.input,
            tally.output,
            tally.skipped
        ));
        for why in &step.skipped {
            text.push_str(&format!("\n  left out: {why}"));
        }
        for topic in &step.topics {
            let change = format!("{:?}", topic.change).to_lowercase();
            text.push_str(&format!(
                "\n  topic ({change}, {} records): {}",
                topic.size, topic.label
            ));
        }
        for need in &step.needs {
            text.push_str(&format!(
                "\n  asked and not found, {}×: {}\n    {}",
                need.times, need.text, need.remedy
            ));
        }
        for failure in &step.failures {
            text.push_str(&format!(
                "\n  failed: {} ({})",
                failure.goal, failure.fault.message
            ));
        }
        for note in &step.gate {
            text.push_str(&format!(
                "\n  gate on {}: {}\n    {}",
                note.subject,
                note.hypothesis,
                verdict(&note.verdict)
            ));
        }
        if !step.cases.is_empty() {
            text.push_str(&format!(
                "\n  {} missions became cases for planning",
                step.cases.len()
            ));
        }
    }
    if report.undone {
        text.push_str("\n\nThis night was taken back.");
    }
    text
}

/// What the gate said, and why.
#[must_use]
pub fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Promote { .. } => "the evidence is in: it waits for your approval".to_owned(),
        Verdict::NotEnoughEvidence { .. } => {
            "not enough evidence yet: it is judged again the next night".to_owned()
        }
        Verdict::Refuse { reason, .. } => match reason {
            Refusal::Guard(case) => format!("refused: the guard {case} fails"),
            Refusal::NoGain => "refused: the gain is too small to matter".to_owned(),
            Refusal::Expired => "refused: its time ran out without enough evidence".to_owned(),
            Refusal::Stale => "refused: another generation is active by now".to_owned(),
            Refusal::NoBudget(why) | Refusal::Forbidden(why) | Refusal::Regressed(why) => {
                format!("refused: {why}")
            }
            _ => "refused".to_owned(),
        },
        _ => "a verdict of a newer version".to_owned(),
    }
}

fn name(step: NightStep) -> &'static str {
    match step {
        NightStep::Observe => "observe",
        NightStep::Consolidate => "consolidate",
        NightStep::Reflect => "reflect",
        NightStep::Upgrade => "upgrade",
        NightStep::FeedBack => "feed back",
        _ => "further step",
    }
}
