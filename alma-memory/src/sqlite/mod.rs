//! Memory in one SQLite file: records and postings on disk, an index per scope in the process.

mod analysis;
mod config;
mod consolidate;
mod forget;
mod load;
mod picture;
mod postings;
mod query;
mod records;
mod remember;
mod runs;
mod schema;
mod spaces;
mod store;

use std::{fmt, sync::Arc};

use alma_core::{
    Clock, Consolidate, Consolidation, ConsolidationId, Memory, Mode, Observation, Operator, Page,
    PageRequest, Query, Recall, Receipt, Record, RecordId, RecordQuery, Result, Scope, Selection,
    Timestamp,
    model::{EmbedAs, Embedder},
    sqlite::Database,
};
use async_trait::async_trait;

pub use config::SqliteMemoryBuilder;

use crate::{cluster::Clusterer, embed::LexicalEmbedder};
use load::{Cache, Space};
use query::Question;

/// A [`Memory`] in a [`Database`], the default Librarian.
///
/// Records stand in the file as they were said, with the postings of their words and their
/// vectors. Each question is answered inside its scope alone: statistics, scores and scans
/// touch no row of another. `Clone` clones the handle.
#[doc(alias = "Librarian")]
#[derive(Clone)]
pub struct SqliteMemory(Arc<Parts>);

struct Parts {
    database: Database,
    clock: Arc<dyn Clock>,
    embedder: Arc<dyn Embedder>,
    dense_weight: f32,
    clusterer: Arc<dyn Clusterer>,
    lexical: Option<LexicalEmbedder>,
    space: Space,
    cache: Arc<Cache>,
}

impl fmt::Debug for SqliteMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteMemory")
            .field("database", &self.0.database)
            .field("embedder", self.0.embedder.identity())
            .finish_non_exhaustive()
    }
}

impl SqliteMemory {
    /// Opens the memory of `database` with the defaults.
    ///
    /// # Errors
    /// Those of [`SqliteMemoryBuilder::open`].
    pub async fn open(database: Database) -> Result<Self> {
        Self::builder(database).open().await
    }

    /// A memory that is gone with its last handle; for tests and examples.
    ///
    /// # Errors
    /// Those of [`Database::in_memory`].
    pub async fn in_memory() -> Result<Self> {
        Self::open(Database::in_memory()?).await
    }

    /// Chooses the parts of a memory in `database`.
    #[must_use]
    pub fn builder(database: Database) -> SqliteMemoryBuilder {
        SqliteMemoryBuilder::new(database)
    }

    async fn start(parts: SqliteMemoryBuilder, mismatch: spaces::Mismatch) -> Result<Self> {
        parts
            .database
            .migrate(schema::COMPONENT, schema::STEPS)
            .await?;
        let space = space(&parts, mismatch).await?;
        let memory = Self(Arc::new(Parts {
            database: parts.database,
            clock: parts.clock,
            embedder: parts.embedder,
            dense_weight: parts.dense_weight,
            clusterer: parts.clusterer,
            lexical: parts.lexical,
            space,
            cache: Arc::default(),
        }));
        memory.resume_erasures().await?;
        Ok(memory)
    }

    fn database(&self) -> &Database {
        &self.0.database
    }

    fn embedder(&self) -> &dyn Embedder {
        &*self.0.embedder
    }

    fn space(&self) -> Space {
        self.0.space
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    fn cache(&self) -> &Cache {
        &self.0.cache
    }
}

/// The embedder's space; it is written only when it is not the current one already.
async fn space(parts: &SqliteMemoryBuilder, mismatch: spaces::Mismatch) -> Result<Space> {
    loop {
        let identity = parts.embedder.identity().clone();
        let known = parts
            .database
            .read(move |db| spaces::current(db, &identity))
            .await?;
        if let Some(space) = known {
            return Ok(space);
        }
        let identity = parts.embedder.identity().clone();
        parts
            .database
            .write(move |tx| spaces::enter(tx, &identity, mismatch))
            .await?;
    }
}

#[async_trait]
impl Memory for SqliteMemory {
    async fn remember(
        &self,
        scope: &Scope,
        observations: Vec<Observation>,
    ) -> Result<Vec<RecordId>> {
        self.remember_all(scope, observations).await
    }

    async fn recall(&self, scope: &Scope, query: &Query) -> Result<Recall> {
        let vector = match self
            .embed(std::slice::from_ref(&query.text), EmbedAs::Query)
            .await
        {
            Ok(mut vectors) => vectors.pop(),
            // Words still find it.
            Err(error) if error.is_transient() => {
                tracing::warn!(kind = error.kind().as_str(), "recalled by words alone");
                None
            }
            Err(error) => return Err(error),
        };
        let question = Question {
            query: query.clone(),
            vector,
            space: self.space(),
            dense_weight: self.0.dense_weight,
        };
        let (cache, scope) = (Arc::clone(&self.0.cache), scope.clone());
        self.database()
            .read(move |db| query::recall(db, &cache, &scope, &question))
            .await
    }

    async fn records(
        &self,
        scope: &Scope,
        query: &RecordQuery,
        page: &PageRequest,
    ) -> Result<Page<Record>> {
        let (scope, query, page) = (scope.clone(), query.clone(), page.clone());
        self.database()
            .read(move |db| records::records(db, &scope, &query, &page))
            .await
    }

    async fn consolidate(&self, scope: &Scope, order: &Consolidate) -> Result<Consolidation> {
        self.run_consolidation(scope, order).await
    }

    async fn undo(&self, scope: &Scope, id: ConsolidationId) -> Result<()> {
        let scope = scope.clone();
        self.database()
            .write(move |tx| runs::undo(tx, &scope, id))
            .await
    }

    async fn forget(&self, scope: &Scope, selection: &Selection, mode: Mode) -> Result<Receipt> {
        self.forget_selection(scope, selection, mode).await
    }

    async fn scopes(&self, _: &Operator, page: &PageRequest) -> Result<Page<Scope>> {
        let page = page.clone();
        self.database()
            .read(move |db| records::scopes(db, &page))
            .await
    }
}
