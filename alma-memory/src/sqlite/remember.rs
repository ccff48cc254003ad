//! Remembering: check, analyse and embed first, then write in transactions of bounded size.

use alma_core::{Observation, RecordId, Result, Scope, model::EmbedAs};

use super::{
    SqliteMemory,
    schema::scope_number,
    store::{Prepared, Store, check_gone, embedded_text},
};

/// Observations that share one transaction; more are written in several.
const GROUP: usize = 256;

impl SqliteMemory {
    pub(super) async fn remember_all(
        &self,
        scope: &Scope,
        observations: Vec<Observation>,
    ) -> Result<Vec<RecordId>> {
        for observation in &observations {
            observation.check()?;
        }
        let ids = observations
            .iter()
            .map(|observation| observation.id(scope))
            .collect();
        let mut new = self.prepare(scope, observations).await?;
        while !new.is_empty() {
            let rest = new.split_off(new.len().min(GROUP));
            let group = std::mem::replace(&mut new, rest);
            let (scope, space, now) = (scope.clone(), self.space().id, self.now());
            self.database()
                .write(move |tx| {
                    // Again, inside the transaction: it may have been forgotten in between.
                    for one in &group {
                        check_gone(tx, &scope, &one.observation)?;
                    }
                    let mut store = Store::new(tx, &scope, space, now)?;
                    for one in &group {
                        store.put(one)?;
                    }
                    store.finish()
                })
                .await?;
        }
        Ok(ids)
    }

    /// What is not stored yet, checked and analysed on a reader's thread, then embedded.
    async fn prepare(
        &self,
        scope: &Scope,
        observations: Vec<Observation>,
    ) -> Result<Vec<Prepared>> {
        let of = scope.clone();
        let mut new: Vec<Prepared> = self
            .database()
            .read(move |db| {
                let number = scope_number(db, &of)?;
                let mut known =
                    db.prepare_cached("SELECT 1 FROM memory_record WHERE scope = ?1 AND id = ?2")?;
                let mut new = Vec::new();
                for observation in observations {
                    check_gone(db, &of, &observation)?;
                    if !known.exists((number, observation.id(&of)))? {
                        new.push(Prepared::new(&of, observation));
                    }
                }
                Ok(new)
            })
            .await?;
        self.embed_prepared(&mut new).await?;
        Ok(new)
    }

    /// Gives each its vector.
    ///
    /// What was said is kept although its embedder is away: then they have none, and
    /// `embed_missing` makes up for it.
    pub(super) async fn embed_prepared(&self, new: &mut [Prepared]) -> Result<()> {
        let texts: Vec<String> = new
            .iter()
            .map(|one| embedded_text(&one.observation.text, &one.observation.metadata))
            .collect();
        match self.embed(&texts, EmbedAs::Document).await {
            Ok(vectors) => {
                for (one, vector) in new.iter_mut().zip(vectors) {
                    one.vector = Some(vector);
                }
                Ok(())
            }
            Err(error) if error.is_transient() => {
                tracing::warn!(
                    kind = error.kind().as_str(),
                    "records stored without vectors"
                );
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
