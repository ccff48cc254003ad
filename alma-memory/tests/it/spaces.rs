//! Vectors and their embedder: identity, bad numbers, and a model that is away.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use alma_core::{
    Error, ErrorKind, Memory, MemoryExt, Observation, Query, RecordQuery, Result,
    model::{EmbedAs, Embedder, EmbedderIdentity},
    sqlite::Database,
};
use alma_memory::SqliteMemory;
use async_trait::async_trait;

use crate::common::{ana, rui, three_subjects};

type Answer = fn(&str) -> Vec<f32>;

/// A model that knows that cats and felines are one, and can be made to fail.
#[derive(Debug)]
struct Model {
    identity: EmbedderIdentity,
    away: AtomicBool,
    answer: Answer,
    texts: AtomicUsize,
    /// How many texts it embeds before it goes away.
    patience: usize,
}

fn meaning(text: &str) -> Vec<f32> {
    let has = |words: &[&str]| f32::from(u8::from(words.iter().any(|word| text.contains(word))));
    vec![has(&["cat", "feline"]), has(&["rain", "weather"]), 0.1]
}

impl Model {
    fn new(name: &str, answer: Answer) -> Arc<Self> {
        Self::patient(name, answer, usize::MAX)
    }

    fn patient(name: &str, answer: Answer, patience: usize) -> Arc<Self> {
        Arc::new(Self {
            identity: EmbedderIdentity::new(name, 3, false),
            away: AtomicBool::new(false),
            answer,
            texts: AtomicUsize::new(0),
            patience,
        })
    }
}

#[async_trait]
impl Embedder for Model {
    fn identity(&self) -> &EmbedderIdentity {
        &self.identity
    }

    async fn embed(&self, texts: &[String], _: EmbedAs) -> Result<Vec<Vec<f32>>> {
        let before = self.texts.fetch_add(texts.len(), Ordering::SeqCst);
        if self.away.load(Ordering::SeqCst) || before >= self.patience {
            return Err(Error::new(ErrorKind::Unavailable, "cannot reach the model"));
        }
        Ok(texts.iter().map(|text| (self.answer)(text)).collect())
    }
}

async fn with(database: &Database, model: &Arc<Model>) -> Result<SqliteMemory> {
    SqliteMemory::builder(database.clone())
        .embedder(model.clone())
        .open()
        .await
}

async fn best(memory: &SqliteMemory, question: &str) -> alma_core::Recollection {
    let recall = memory.recall(&ana(), &Query::text(question)).await.unwrap();
    recall.hits.into_iter().next().unwrap()
}

#[tokio::test]
async fn a_model_finds_what_shares_no_word() {
    let database = Database::in_memory().unwrap();
    let memory = with(&database, &Model::new("meaning", meaning))
        .await
        .unwrap();
    for text in ["The cat sleeps.", "It will rain."] {
        memory.remember_text(&ana(), text).await.unwrap();
    }
    let hit = best(&memory, "feline").await;
    assert_eq!(hit.record.text, "The cat sleeps.");
    assert_eq!(hit.ranks[0].retriever, "dense");
}

#[tokio::test]
async fn another_embedder_is_refused_and_can_embed_anew() {
    let database = Database::in_memory().unwrap();
    let lexical = SqliteMemory::open(database.clone()).await.unwrap();
    lexical.remember(&ana(), three_subjects(50)).await.unwrap();
    lexical
        .remember_text(&ana(), "The cat sleeps.")
        .await
        .unwrap();
    lexical
        .remember_text(&rui(), "Words of another scope.")
        .await
        .unwrap();
    let refused = with(&database, &Model::new("meaning", meaning))
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Incompatible);
    assert!(refused.remedy().is_some());
    // What was refused changed nothing.
    SqliteMemory::open(database.clone()).await.unwrap();

    // The first attempt is cut short, the second goes on.
    let tired = Model::patient("meaning", meaning, 64);
    let builder = SqliteMemory::builder(database.clone()).embedder(tired);
    let cut = builder.open_and_reembed().await.unwrap_err();
    assert_eq!(cut.kind(), ErrorKind::Unavailable);
    let model = Model::new("meaning", meaning);
    let builder = SqliteMemory::builder(database.clone()).embedder(model.clone());
    let memory = builder.open_and_reembed().await.unwrap();
    assert_eq!(
        model.texts.load(Ordering::SeqCst),
        152 - 64,
        "what was embedded stays so"
    );
    assert_eq!(best(&memory, "feline").await.record.text, "The cat sleeps.");
    assert_eq!(memory.embed_missing().await.unwrap(), 0);
    let back = SqliteMemory::open(database).await.unwrap_err();
    assert_eq!(back.kind(), ErrorKind::Incompatible);
}

#[tokio::test]
async fn a_store_without_vectors_takes_any_embedder() {
    let database = Database::in_memory().unwrap();
    SqliteMemory::open(database.clone()).await.unwrap();
    with(&database, &Model::new("one", meaning)).await.unwrap();
    with(&database, &Model::new("two", meaning)).await.unwrap();
}

#[tokio::test]
async fn bad_vectors_are_typed_errors_and_store_nothing() {
    let bad: [(Answer, ErrorKind); 3] = [
        (|_| vec![f32::NAN, 0.0, 0.0], ErrorKind::Corrupt),
        (|_| vec![0.0, f32::INFINITY, 0.0], ErrorKind::Corrupt),
        (|_| vec![0.0; 4], ErrorKind::Incompatible),
    ];
    for (answer, kind) in bad {
        let database = Database::in_memory().unwrap();
        let memory = with(&database, &Model::new("bad", answer)).await.unwrap();
        let refused = memory.remember_text(&ana(), "words").await.unwrap_err();
        assert_eq!(refused.kind(), kind);
        assert!(
            memory
                .all_records(&ana(), &RecordQuery::all())
                .await
                .unwrap()
                .is_empty()
        );
        assert_eq!(
            memory
                .recall(&ana(), &Query::text("words"))
                .await
                .unwrap_err()
                .kind(),
            kind
        );
    }
}

#[tokio::test]
async fn zero_huge_and_tiny_vectors_are_no_trouble() {
    let answers: [Answer; 3] = [
        |_| vec![0.0; 3],
        |_| vec![f32::MAX; 3],
        |_| vec![f32::MIN_POSITIVE, 0.0, 0.0],
    ];
    for answer in answers {
        let database = Database::in_memory().unwrap();
        let memory = with(&database, &Model::new("odd", answer)).await.unwrap();
        memory.remember_text(&ana(), "words").await.unwrap();
        let hit = best(&memory, "words").await;
        assert!((0.0..=1.0).contains(&hit.score));
    }
}

#[tokio::test]
async fn what_is_said_while_the_model_is_away_is_kept_and_embedded_later() {
    let database = Database::in_memory().unwrap();
    let model = Model::new("meaning", meaning);
    let memory = with(&database, &model).await.unwrap();
    memory.remember_text(&ana(), "It will rain.").await.unwrap();
    model.away.store(true, Ordering::SeqCst);
    memory
        .remember_text(&ana(), "The cat sleeps.")
        .await
        .unwrap();
    assert_eq!(
        best(&memory, "cat").await.record.text,
        "The cat sleeps.",
        "by its words"
    );
    assert_eq!(
        memory.embed_missing().await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
    model.away.store(false, Ordering::SeqCst);
    assert_eq!(memory.embed_missing().await.unwrap(), 1);
    assert_eq!(best(&memory, "feline").await.record.text, "The cat sleeps.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_store_each_thing_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    let mut tasks = Vec::new();
    for _ in 0..8 {
        let path = path.clone();
        tasks.push(tokio::spawn(async move {
            let memory = SqliteMemory::open(Database::open(path).unwrap())
                .await
                .unwrap();
            let notes: Vec<Observation> = three_subjects(20);
            for part in notes.chunks(7) {
                memory.remember(&ana(), part.to_vec()).await.unwrap();
                memory.recall(&ana(), &Query::text("boiler")).await.unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let memory = crate::common::open(&path).await;
    let records = memory
        .all_records(&ana(), &RecordQuery::all())
        .await
        .unwrap();
    assert_eq!(records.len(), 60);
    let recall = memory
        .recall(&ana(), &Query::text("boiler").with_k(100))
        .await
        .unwrap();
    let found = recall
        .hits
        .iter()
        .filter(|hit| hit.ranks.iter().any(|rank| rank.retriever == "lexical"));
    assert_eq!(found.count(), 20);
}
