//! The books: account, trials and cases as streams of the ledger.

use std::{collections::BTreeSet, sync::Arc};

use alma_core::{
    Digest, Error, ErrorKind, Ledger, LedgerExt, NewEvent, Result, Scope, StreamId, SuiteCase,
    Version,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Account, Entry};

/// How often a write that somebody else overtook is tried anew.
const TRIES: usize = 16;
/// How many cases go into one append.
const BATCH: usize = 100;

#[derive(Clone, Debug)]
pub(super) struct Books(Arc<dyn Ledger>);

impl Books {
    pub(super) fn new(ledger: Arc<dyn Ledger>) -> Self {
        Self(ledger)
    }

    pub(super) fn ledger(&self) -> &Arc<dyn Ledger> {
        &self.0
    }

    /// The account of a scope.
    pub(super) async fn account(&self, scope: &Scope) -> Result<Account> {
        Ok(self.account_at(scope).await?.0)
    }

    async fn account_at(&self, scope: &Scope) -> Result<(Account, Version)> {
        let events = self
            .0
            .read_all(scope, &StreamId::new("gate/account")?)
            .await?;
        let version = events
            .last()
            .map_or_else(Version::default, |event| event.version);
        let entries = events
            .into_iter()
            .map(|event| read::<Entry>("gate/account", event.body));
        Ok((
            Account::replay(entries.collect::<Result<Vec<_>>>()?)?,
            version,
        ))
    }

    /// Adds the entries that `decide` derives from the account as it stands, and answers the account after.
    ///
    /// When somebody else wrote in between, `decide` is asked again.
    pub(super) async fn book(
        &self,
        scope: &Scope,
        decide: impl Fn(&Account) -> Result<Vec<Entry>>,
    ) -> Result<Account> {
        for _ in 0..TRIES {
            let (mut account, version) = self.account_at(scope).await?;
            let entries = decide(&account)?;
            let mut events = Vec::new();
            for entry in entries {
                let body = write(&entry)?;
                let key = Digest::of_json(&body).to_string();
                if account.apply(entry)? {
                    events.push(NewEvent::new("entry", body).with_key(key));
                }
            }
            if events.is_empty() {
                return Ok(account);
            }
            match self
                .0
                .append(scope, &StreamId::new("gate/account")?, version, events)
                .await
            {
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) => return Err(error),
                Ok(_) => return Ok(account),
            }
        }
        Err(overtaken("gate/account"))
    }

    /// What was noted in a stream, one value a night.
    pub(super) async fn notes<T: DeserializeOwned>(
        &self,
        scope: &Scope,
        stream: &str,
    ) -> Result<Vec<T>> {
        let events = self.0.read_all(scope, &StreamId::new(stream)?).await?;
        events
            .into_iter()
            .map(|event| read(stream, event.body))
            .collect()
    }

    /// Notes one value after the `known` ones; false when somebody else noted something first.
    pub(super) async fn note<T: Serialize + Sync>(
        &self,
        scope: &Scope,
        stream: &str,
        known: usize,
        value: &T,
    ) -> Result<bool> {
        let body = write(value)?;
        let key = Digest::of_json(&body).to_string();
        let event = NewEvent::new("night", body).with_key(key);
        match self
            .0
            .append(
                scope,
                &StreamId::new(stream)?,
                Version(known as u64),
                vec![event],
            )
            .await
        {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The cases that were given for a subject and are not forgotten.
    pub(super) async fn cases(&self, scope: &Scope, subject: &str) -> Result<Vec<SuiteCase>> {
        let stream = format!("gate/cases/{subject}");
        let events = self.0.read_all(scope, &StreamId::new(&stream)?).await?;
        let kept = events.into_iter().filter(|event| !event.erased);
        kept.map(|event| read(&stream, event.body)).collect()
    }

    /// Adds cases for a subject; those whose id is there already are left out. Answers how many are new.
    pub(super) async fn add_cases(
        &self,
        scope: &Scope,
        subject: &str,
        cases: &[SuiteCase],
    ) -> Result<u64> {
        let name = format!("gate/cases/{subject}");
        let stream = StreamId::new(&name)?;
        let mut added = 0;
        for batch in cases.chunks(BATCH) {
            added += self.add_batch(scope, &stream, batch).await?;
        }
        Ok(added)
    }

    async fn add_batch(
        &self,
        scope: &Scope,
        stream: &StreamId,
        batch: &[SuiteCase],
    ) -> Result<u64> {
        for _ in 0..TRIES {
            let held = self.0.read_all(scope, stream).await?;
            let version = held
                .last()
                .map_or_else(Version::default, |event| event.version);
            // The key outlives the body, so a case that was forgotten does not come back under its name.
            let mut known: BTreeSet<String> = held.into_iter().map(|event| event.key).collect();
            let mut events = Vec::new();
            for case in batch {
                let key = Digest::of(case.id.as_bytes()).to_string();
                if known.insert(key.clone()) {
                    let event = NewEvent::new("case", write(case)?);
                    events.push(event.with_key(key).with_sources(case.sources.clone()));
                }
            }
            if events.is_empty() {
                return Ok(0);
            }
            let added = events.len() as u64;
            match self.0.append(scope, stream, version, events).await {
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) => return Err(error),
                Ok(_) => return Ok(added),
            }
        }
        Err(overtaken(stream.as_str()))
    }
}

fn write<T: Serialize>(value: &T) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| {
        Error::new(
            ErrorKind::Internal,
            "cannot write an entry of the gate as JSON",
        )
        .with_source(error)
    })
}

fn read<T: DeserializeOwned>(stream: &str, body: Value) -> Result<T> {
    serde_json::from_value(body).map_err(|error| {
        Error::new(ErrorKind::Corrupt, format!("cannot read stream {stream}"))
            .with_remedy("restore the ledger from a backup")
            .with_source(error)
    })
}

fn overtaken(stream: &str) -> Error {
    Error::new(
        ErrorKind::Conflict,
        format!("cannot write to stream {stream}: others were faster {TRIES} times"),
    )
    .with_remedy("judge again when fewer processes do")
}
