//! `alma chat`: one thing said, one reply; a conversation when nothing is said on the command line.

use std::io::{self, BufRead, IsTerminal};

use alma_core::{Error, ErrorKind, Reply, Result};
use clap::Args;
use rustyline::{DefaultEditor, error::ReadlineError};

use crate::{
    commands::mission::note_plan,
    exit::Ending,
    home::Home,
    output::{Output, one_line},
};

/// Says something and prints the reply with its sources.
///
/// A question is answered from memory, `NAME: INPUT` calls a tool, a request for work becomes
/// a mission, anything else is remembered. Without a text it is a conversation, line by line.
#[derive(Debug, Args)]
pub struct Chat {
    /// What to say.
    #[arg(value_name = "TEXT")]
    text: Vec<String>,
    /// The conversation that it belongs to.
    #[arg(long, value_name = "NAME", default_value = "main")]
    conversation: String,
}

impl Chat {
    /// Talks until there is nothing more to say.
    ///
    /// # Errors
    /// As [`Handle::chat`](alma_core::Handle::chat).
    pub async fn run(&self, home: &Home, out: Output) -> Result<Ending> {
        if !self.text.is_empty() {
            return self.say(home, out, &self.text.join(" ")).await;
        }
        if io::stdin().is_terminal() {
            self.talk(home, out).await
        } else {
            for line in io::stdin().lock().lines() {
                let line = line.map_err(|error| {
                    Error::invalid("cannot read a line of standard input").with_source(error)
                })?;
                if !line.trim().is_empty() {
                    self.say(home, out, &line).await?;
                }
            }
            Ok(Ending::Done)
        }
    }

    async fn talk(&self, home: &Home, out: Output) -> Result<Ending> {
        let broken = |error: ReadlineError| {
            Error::new(ErrorKind::Unavailable, "cannot read from the terminal").with_source(error)
        };
        let mut editor = DefaultEditor::new().map_err(broken)?;
        out.note("Say something; an empty line or Ctrl-D ends the conversation.");
        loop {
            // A conversation waits for a person and nothing else runs meanwhile.
            match tokio::task::block_in_place(|| editor.readline("> ")) {
                Ok(line) if line.trim().is_empty() => return Ok(Ending::Done),
                Ok(line) => {
                    // History lives as long as the conversation; losing a line of it loses nothing.
                    let _ = editor.add_history_entry(&line);
                    if let Err(error) = self.say(home, out, &line).await {
                        out.failure(&error);
                    }
                }
                Err(ReadlineError::Eof | ReadlineError::Interrupted) => return Ok(Ending::Done),
                Err(error) => return Err(broken(error)),
            }
        }
    }

    async fn say(&self, home: &Home, out: Output, text: &str) -> Result<Ending> {
        // What was approved since the last line holds from this one on.
        home.refresh_grants(home.handle()).await?;
        let reply = home
            .working(home.handle().chat(&self.conversation, text))
            .await?;
        out.item(&reply, in_words(&reply))?;
        for remark in &reply.remarks {
            out.note(format!("note: {remark}"));
        }
        let plan = reply
            .mission
            .as_ref()
            .and_then(|report| report.plan.as_ref());
        plan.inspect(|plan| note_plan(plan, out));
        Ok(Ending::Done)
    }
}

/// A reply with its sources below.
#[must_use]
pub fn in_words(reply: &Reply) -> String {
    let mut text = reply.text.clone();
    for (citation, number) in reply.citations.iter().zip(1..) {
        let source = if citation.source.is_empty() {
            citation.record.to_string()
        } else {
            citation.source.clone()
        };
        let place = citation
            .position
            .map(|at| format!("#{at}"))
            .unwrap_or_default();
        text.push_str(&format!("\n  [{number}] {}{place}", one_line(&source, 120)));
    }
    text
}
