//! Consolidating: gather, draft, embed the summaries, publish; drafted again when the scope moved on.

use std::sync::Arc;

use alma_core::{
    Consolidate, Consolidation, ConsolidationId, Error, ErrorKind, Observation, RecordKind, Result,
    Scope, Topic, Trust,
};
use rusqlite::Connection;

use super::{
    SqliteMemory,
    load::{Space, vector},
    runs::{self, Publication},
    schema::{kind_code, scope_number},
    store::Prepared,
};
use crate::{
    embed::LexicalEmbedder,
    text::prose,
    topics::{Draft, Earlier, Input, Member, Rarity, draft},
};

/// Records that one run looks at: the newest. Older ones are told as skipped.
const RECORDS: i64 = 20_000;
/// Characters of a record that a run looks at.
const CHARACTERS: i64 = 8_000;
/// Bytes of text that a run looks at, over all records.
const BYTES: usize = 32 << 20;
/// Drafts that may go stale before the run gives up.
const ATTEMPTS: usize = 3;

impl SqliteMemory {
    pub(super) async fn run_consolidation(
        &self,
        scope: &Scope,
        order: &Consolidate,
    ) -> Result<Consolidation> {
        let id = ConsolidationId::of_parts(&[scope.as_str().as_bytes(), order.key.as_bytes()]);
        match self.embed_missing().await {
            Ok(_) => {}
            Err(error) if error.is_transient() => {
                tracing::warn!(
                    kind = error.kind().as_str(),
                    "consolidated without new vectors"
                );
            }
            Err(error) => return Err(error),
        }
        for _ in 0..ATTEMPTS {
            let gathered = {
                let (scope, space, smallest) =
                    (scope.clone(), self.space(), order.min_topic.max(2));
                self.database()
                    .read(move |db| gather(db, &scope, id, space, smallest))
                    .await?
            };
            let gathered = match gathered {
                Gathered::Done(run) => return Ok(run),
                Gathered::Input(gathered) => gathered,
            };
            let publication = self.drafted(scope, gathered).await?;
            let (scope, space, now) = (scope.clone(), self.space().id, self.now());
            let published = self
                .database()
                .write(move |tx| runs::publish(tx, &scope, space, now, &publication))
                .await?;
            if let Some(run) = published {
                return Ok(run);
            }
        }
        Err(Error::new(
            ErrorKind::Conflict,
            format!("cannot consolidate {scope}: its records changed during {ATTEMPTS} attempts"),
        )
        .with_remedy("consolidate again when fewer records are replaced or forgotten"))
    }

    async fn drafted(&self, scope: &Scope, gathered: Box<Material>) -> Result<Publication> {
        let (clusterer, lexical) = (Arc::clone(&self.0.clusterer), self.0.lexical.clone());
        let of = scope.clone();
        // On a reader's thread, since it takes long, and without a statement, so that no snapshot is held.
        let (mut topics, gathered) = self
            .database()
            .read(move |_| {
                let mut gathered = gathered;
                if let Some(lexical) = lexical {
                    weigh(&mut gathered.input, &lexical);
                }
                gathered.drop_directionless();
                let drafts = draft(&gathered.input, &*clusterer)?;
                let topics: Vec<(Draft, Option<Prepared>)> = drafts
                    .into_iter()
                    .map(|draft| {
                        let summary =
                            observation(&draft, gathered.night).map(|new| Prepared::new(&of, new));
                        (draft, summary)
                    })
                    .collect();
                Ok((topics, gathered))
            })
            .await?;
        // Taken out to be embedded together, and put back in order.
        let mut new: Vec<Prepared> = topics
            .iter_mut()
            .filter_map(|(_, one)| one.take())
            .collect();
        self.embed_prepared(&mut new).await?;
        let mut new = new.into_iter();
        for (draft, summary) in &mut topics {
            if draft.summary.is_err() {
                *summary = new.next();
            }
        }
        Ok(Publication {
            id: gathered.input.run,
            topics,
            records: gathered.records,
            epoch: gathered.epoch,
            previous: gathered.previous,
            night: gathered.night,
        })
    }
}

enum Gathered {
    Done(Consolidation),
    Input(Box<Material>),
}

/// What a scope holds at one moment, for one run.
pub(super) struct Material {
    pub(super) input: Input,
    /// Records that could be looked at, those beyond the bound included.
    records: u64,
    epoch: i64,
    previous: Option<i64>,
    night: u64,
}

impl Material {
    pub(super) const fn new(run: ConsolidationId, smallest: usize, space: Space) -> Self {
        Self {
            input: Input {
                run,
                smallest,
                members: Vec::new(),
                vectors: Vec::new(),
                dimension: space.dimension,
                earlier: Vec::new(),
            },
            records: 0,
            epoch: 0,
            previous: None,
            night: 1,
        }
    }

    /// Reads the records that a run looks at, the newest that fit, with their vectors.
    pub(super) fn read_members(
        &mut self,
        connection: &Connection,
        number: i64,
        space: Space,
    ) -> Result<()> {
        let made = [
            kind_code(RecordKind::Summary)?,
            kind_code(RecordKind::Case)?,
        ];
        const INPUT: &str = "scope = ?1 AND superseded IS NULL AND kind NOT IN (?2, ?3)";
        let count: i64 = connection
            .prepare_cached(&format!("SELECT count(*) FROM memory_record WHERE {INPUT}"))?
            .query_row((number, made[0], made[1]), |row| row.get(0))?;
        self.records = count.unsigned_abs();
        let mut statement = connection.prepare_cached(&format!(
            "SELECT r.id, substr(t.text, 1, ?5), v.scale, v.body
             FROM (SELECT number, id FROM memory_record WHERE {INPUT} ORDER BY number DESC LIMIT ?4) r
             JOIN memory_text t ON t.number = r.number
             LEFT JOIN memory_vector v ON v.number = r.number AND v.space = ?6
             ORDER BY r.number DESC"
        ))?;
        let mut rows =
            statement.query((number, made[0], made[1], RECORDS, CHARACTERS, space.id))?;
        let mut found = Vec::new();
        let mut bytes = 0;
        while let Some(row) = rows.next()? {
            let member = Member {
                id: row.get(0)?,
                text: prose(&row.get::<_, String>(1)?),
            };
            bytes += member.text.len();
            if bytes > BYTES {
                break;
            }
            found.push((member, vector(row, 2)?));
        }
        // Read from the newest, so that a bound drops the oldest; told from the oldest.
        for (member, vector) in found.into_iter().rev() {
            self.input.members.push(member);
            let before = self.input.vectors.len();
            if let Some(vector) = vector {
                let numbers = vector
                    .bytes
                    .iter()
                    .map(|&byte| f32::from(byte) * vector.scale);
                self.input.vectors.extend(numbers.take(space.dimension));
            }
            self.input.vectors.resize(before + space.dimension, 0.0);
        }
        Ok(())
    }

    /// Leaves out records without a vector: they resemble nothing.
    pub(super) fn drop_directionless(&mut self) {
        let dimension = self.input.dimension;
        let kept: Vec<bool> = (0..self.input.members.len())
            .map(|at| {
                self.input.vectors[at * dimension..(at + 1) * dimension]
                    .iter()
                    .any(|&x| x != 0.0)
            })
            .collect();
        let mut keep = kept.iter();
        self.input.members.retain(|_| keep.next() == Some(&true));
        let mut vectors = Vec::with_capacity(self.input.members.len() * dimension);
        for (at, _) in kept.iter().enumerate().filter(|(_, kept)| **kept) {
            vectors.extend_from_slice(&self.input.vectors[at * dimension..(at + 1) * dimension]);
        }
        self.input.vectors = vectors;
    }
}

fn gather(
    connection: &Connection,
    scope: &Scope,
    run: ConsolidationId,
    space: Space,
    smallest: usize,
) -> Result<Gathered> {
    let mut material = Material::new(run, smallest, space);
    let Some(number) = scope_number(connection, scope)? else {
        return Ok(Gathered::Input(Box::new(material)));
    };
    if let Some(done) = runs::find(connection, number, run)? {
        return Ok(Gathered::Done(done));
    }
    material.epoch = connection
        .prepare_cached("SELECT epoch FROM memory_scope WHERE id = ?1")?
        .query_row([number], |row| row.get(0))?;
    if let Some(last) = runs::last(connection, number)? {
        material.previous = Some(last.number);
        material.night = last.night + 1;
        material.input.earlier = earlier(connection, number, last.run.topics)?;
    }
    material.read_members(connection, number, space)?;
    Ok(Gathered::Input(Box::new(material)))
}

/// The topics of the run before, and whether the summary of each is still current.
fn earlier(connection: &Connection, scope: i64, topics: Vec<Topic>) -> Result<Vec<Earlier>> {
    let mut current = connection.prepare_cached(
        "SELECT 1 FROM memory_record WHERE scope = ?1 AND id = ?2 AND superseded IS NULL",
    )?;
    let mut found = Vec::with_capacity(topics.len());
    for topic in topics {
        let summed_up = current.exists((scope, topic.summary))?;
        found.push(Earlier { topic, summed_up });
    }
    Ok(found)
}

/// Without a model, vectors are made anew with the rarity that words have among these records.
pub(super) fn weigh(input: &mut Input, lexical: &LexicalEmbedder) {
    let rarity = Rarity::among(input.members.iter().map(|member| member.text.as_str()));
    input.vectors = input
        .members
        .iter()
        .flat_map(|member| lexical.weighted(&member.text, |stem| rarity.shared(stem)))
        .collect();
}

/// The summary record of a draft that needs a new one.
fn observation(draft: &Draft, night: u64) -> Option<Observation> {
    let summary = draft.summary.as_ref().err()?;
    let mut observation = Observation::text(summary.text.clone())
        .with_kind(RecordKind::Summary)
        .with_source(format!("topic/{}", draft.id))
        // A changed topic gets a new record, even when the words stay the same.
        .with_position(night)
        // The store lowers it to the minimum of its sources.
        .with_trust(Trust::Owner)
        .with_metadata("title", draft.label.clone())
        .with_metadata("topic", draft.id.to_string())
        .with_metadata("members", draft.members.len());
    observation.derived_from.clone_from(&summary.sources);
    Some(observation)
}
