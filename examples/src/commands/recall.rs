//! `alma recall`: what memory has on a question, with sources.

use alma_core::{Query, RecordKind, Result, Scope, TimeRange, Timestamp};
use clap::Args;
use serde_json::json;

use crate::{
    exit::Ending,
    home::Home,
    output::{Output, one_line},
};

/// Finds what was remembered, best first, with its sources.
#[derive(Debug, Args)]
pub struct Recall {
    /// The question, in your own words.
    #[arg(required = true, value_name = "QUESTION")]
    question: Vec<String>,
    /// How many records, 1 to 1000.
    #[arg(short, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    k: u16,
    /// Only what happened from then on.
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Only what happened before then.
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// As memory stood then.
    #[arg(long, value_name = "TIME")]
    as_of: Option<Timestamp>,
    /// Only this kind: message, document, chunk, summary, fact, event or case.
    #[arg(long, value_parser = kind)]
    kind: Vec<RecordKind>,
    /// A further scope to ask, too.
    #[arg(long, value_name = "SCOPE")]
    reach: Vec<Scope>,
    /// Whole texts instead of their first lines.
    #[arg(long)]
    full: bool,
}

impl Recall {
    /// Asks and prints the hits.
    ///
    /// # Errors
    /// As [`Handle::recall`](alma_core::Handle::recall).
    pub async fn run(&self, home: &Home, out: Output) -> Result<Ending> {
        let mut query = Query::text(self.question.join(" "))
            .with_k(usize::from(self.k))
            .with_kinds(self.kind.clone())
            .with_time(TimeRange {
                from: self.since,
                until: self.until,
            })
            .with_reach(self.reach.clone());
        query.as_of = self.as_of;
        let recall = home.handle().recall(&query).await?;
        for (hit, place) in recall.hits.iter().zip(1..) {
            let record = &hit.record;
            let text = if self.full {
                record.text.clone()
            } else {
                one_line(&record.text, 200)
            };
            let position = record
                .position
                .map(|at| format!("#{at}"))
                .unwrap_or_default();
            out.item(
                hit,
                format!(
                    "{place}. {text}\n   {:.2}  {}{position}  {}  {}",
                    hit.score,
                    if record.source.is_empty() {
                        "-"
                    } else {
                        &record.source
                    },
                    record.occurred.date(),
                    record.id
                ),
            )?;
        }
        let summary = if recall.hits.is_empty() {
            "nothing is remembered here; begin with `alma remember FILE`".to_owned()
        } else if recall.abstains() {
            "none of these seems to answer the question".to_owned()
        } else {
            return finish(out, &recall);
        };
        out.say(summary)?;
        finish(out, &recall)
    }
}

/// The last line for programs: whether an honest answer is "I don't know".
fn finish(out: Output, recall: &alma_core::Recall) -> Result<Ending> {
    if out.is_json() {
        let end = json!({
            "hits": recall.hits.len(),
            "nothing_relevant": recall.nothing_relevant,
            "abstains": recall.abstains(),
        });
        out.item(&end, "")?;
    }
    Ok(Ending::Done)
}

fn kind(text: &str) -> Result<RecordKind, String> {
    RecordKind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == text)
        .ok_or_else(|| format!("'{text}' is no kind of record"))
}
