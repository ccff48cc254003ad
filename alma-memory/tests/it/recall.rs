//! Finding: words, neighbours, time, versions, limits, and hostile questions.

use alma_core::{
    ErrorKind, Memory, MemoryExt, Observation, Query, RecordKind, RecordQuery, Settings, TimeRange,
    Timestamp, sqlite::Database,
};
use alma_memory::SqliteMemory;
use proptest::prelude::*;

use crate::common::{ana, memory, rui, talk};

fn texts(recall: &alma_core::Recall) -> Vec<&str> {
    recall
        .hits
        .iter()
        .map(|hit| hit.record.text.as_str())
        .collect()
}

#[tokio::test]
async fn the_best_record_comes_first_and_explains_itself() {
    let memory = memory().await;
    let turns = [
        "Hello there!",
        "I adopted a grey parrot.",
        "The weather is mild.",
    ];
    memory.remember(&ana(), talk("chat", &turns)).await.unwrap();
    let recall = memory
        .recall(&ana(), &Query::text("Which parrots were adopted?"))
        .await
        .unwrap();
    let best = &recall.hits[0];
    assert_eq!(best.record.text, "I adopted a grey parrot.");
    assert_eq!(best.ranks[0].retriever, "lexical");
    assert_eq!(best.ranks[0].rank, 1);
    assert_eq!(best.citation().position, Some(1));
    assert!(!recall.abstains());
    assert_eq!(recall.hits.len(), 3, "k is filled while records are left");
}

#[tokio::test]
async fn an_answer_is_found_by_the_question_before_it() {
    let memory = memory().await;
    let turns = [
        "Did the plumber come?",
        "Yes, at noon.",
        "Fine.",
        "And now something else entirely.",
        "Which film was it?",
        "The one with the whale.",
    ];
    memory.remember(&ana(), talk("chat", &turns)).await.unwrap();
    let recall = memory
        .recall(&ana(), &Query::text("plumber").with_k(2))
        .await
        .unwrap();
    assert_eq!(texts(&recall), ["Did the plumber come?", "Yes, at noon."]);
}

#[tokio::test]
async fn the_next_turn_of_another_day_is_no_neighbour() {
    let memory = memory().await;
    let mut turns = talk(
        "chat",
        &[
            "Did the plumber come?",
            "Good morning, all.",
            "Yes, at noon.",
        ],
    );
    turns[0].position = Some(7);
    turns[1].position = Some(8);
    turns[2].position = Some(6);
    let day = std::time::Duration::from_secs(24 * 60 * 60);
    turns[1].occurred = turns[1].occurred.map(|time| time.plus(day));
    memory.remember(&ana(), turns).await.unwrap();
    let recall = memory
        .recall(&ana(), &Query::text("plumber"))
        .await
        .unwrap();
    let found =
        |hit: &alma_core::Recollection| hit.ranks.iter().any(|rank| rank.retriever == "lexical");
    let found: Vec<&str> = recall
        .hits
        .iter()
        .filter(|hit| found(hit))
        .map(|hit| hit.record.text.as_str())
        .collect();
    assert_eq!(found, ["Did the plumber come?", "Yes, at noon."]);
}

#[tokio::test]
async fn a_misspelt_question_still_finds() {
    let memory = memory().await;
    let turns = [
        "The greenhouse is finished.",
        "Nothing else happened.",
        "We bought a trumpet.",
    ];
    for turn in turns {
        memory.remember_text(&ana(), turn).await.unwrap();
    }
    let recall = memory
        .recall(&ana(), &Query::text("grenhouse").with_k(1))
        .await
        .unwrap();
    assert_eq!(texts(&recall), ["The greenhouse is finished."]);
    assert_eq!(recall.hits[0].ranks[0].retriever, "dense");
}

#[tokio::test]
async fn people_titles_and_days_are_searched() {
    let memory = memory().await;
    let day = |text: &str| text.parse::<Timestamp>().unwrap();
    let said = |text: &str, speaker: &str, time: &str| {
        Observation::text(text)
            .with_metadata("speaker", speaker)
            .with_occurred(day(time))
    };
    let observations = vec![
        said("Went swimming.", "Ana", "2023-05-08T10:00:00Z"),
        said("Went hiking.", "Rui", "2023-05-09T10:00:00Z"),
    ];
    memory.remember(&ana(), observations).await.unwrap();
    let photo = Observation::text("Look!").with_metadata("image_caption", "a lighthouse");
    memory.remember(&ana(), vec![photo]).await.unwrap();
    for (question, answer) in [
        ("the photo of the lighthouse", "Look!"),
        ("What did Rui do?", "Went hiking."),
        ("on 8 May", "Went swimming."),
    ] {
        let recall = memory
            .recall(&ana(), &Query::text(question).with_k(1))
            .await
            .unwrap();
        assert_eq!(texts(&recall), [answer]);
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_so() {
    let memory = memory().await;
    let turns = [
        "The boiler was repaired on Monday.",
        "Ana likes green tea.",
        "Rui plays the guitar.",
    ];
    memory.remember(&ana(), talk("chat", &turns)).await.unwrap();
    let ask = async |text: &str| memory.recall(&ana(), &Query::text(text)).await.unwrap();
    assert!(
        ask("When did the submarine reach Antarctica?")
            .await
            .abstains()
    );
    assert!(ask("Who are you?").await.abstains());
    assert!(!ask("Which tea does Ana like?").await.abstains());
    assert!(
        memory
            .recall(&rui(), &Query::text("tea"))
            .await
            .unwrap()
            .abstains()
    );
}

#[tokio::test]
async fn an_empty_question_finds_the_newest() {
    let memory = memory().await;
    memory
        .remember(&ana(), talk("chat", &["first", "second", "third"]))
        .await
        .unwrap();
    let recall = memory
        .recall(&ana(), &Query::text(" ").with_k(2))
        .await
        .unwrap();
    assert_eq!(texts(&recall), ["third", "second"]);
}

#[tokio::test]
async fn filters_narrow_and_budgets_cut() {
    let memory = memory().await;
    let mut observations = talk("chat", &["apple pie", "apple tart", "apple cake"]);
    observations[1].kind = RecordKind::Fact;
    memory.remember(&ana(), observations).await.unwrap();
    let ask = async |query: Query| {
        let recall = memory.recall(&ana(), &query).await.unwrap();
        texts(&recall)
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let apple = Query::text("apple");
    assert_eq!(
        ask(apple.clone().with_kinds(vec![RecordKind::Fact])).await,
        ["apple tart"]
    );
    let from = TimeRange {
        from: Some(Timestamp::from_millis(1_700_000_120_000)),
        until: None,
    };
    assert_eq!(ask(apple.clone().with_time(from)).await, ["apple cake"]);
    assert_eq!(ask(apple.clone().with_token_budget(0)).await.len(), 1);
    assert_eq!(ask(apple.with_token_budget(5)).await.len(), 2);
}

#[tokio::test]
async fn versions_are_kept_and_the_past_can_be_asked() {
    use alma_core::{Clock, sqlite::Database};
    let clock = std::sync::Arc::new(Steps::default());
    let database = Database::in_memory().unwrap();
    let memory = alma_memory::SqliteMemory::builder(database)
        .clock(clock.clone())
        .open()
        .await
        .unwrap();
    let version = |text: &str| {
        Observation::text(text)
            .with_source("profile")
            .with_position(1)
    };
    memory
        .remember(&ana(), vec![version("lives in Porto")])
        .await
        .unwrap();
    let then = clock.now();
    memory
        .remember(&ana(), vec![version("lives in Lisbon")])
        .await
        .unwrap();
    let ask = async |query: Query| {
        let recall = memory.recall(&ana(), &query.with_k(5)).await.unwrap();
        texts(&recall)
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(ask(Query::text("lives")).await, ["lives in Lisbon"]);
    assert_eq!(
        ask(Query::text("lives").with_as_of(then)).await,
        ["lives in Porto"]
    );
    let before = Timestamp::from_millis(0);
    assert!(
        ask(Query::text("lives").with_as_of(before))
            .await
            .is_empty()
    );
    let mut all = RecordQuery::all();
    all.superseded = true;
    assert_eq!(memory.all_records(&ana(), &all).await.unwrap().len(), 2);
    // The old words again are a repetition, not news.
    memory
        .remember(&ana(), vec![version("lives in Porto")])
        .await
        .unwrap();
    assert_eq!(ask(Query::text("lives")).await, ["lives in Lisbon"]);
}

/// A clock that moves a millisecond whenever it is read.
#[derive(Debug, Default)]
struct Steps(std::sync::atomic::AtomicI64);

#[async_trait::async_trait]
impl alma_core::Clock for Steps {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_000 + self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst))
    }

    async fn sleep(&self, _: std::time::Duration) {}
}

#[tokio::test]
async fn what_is_said_twice_stands_behind_what_is_said_once() {
    let memory = memory().await;
    let mut observations = Vec::new();
    for copy in 0..4 {
        let text = "Licence: permission is granted to use the garden.";
        observations.push(Observation::text(text).with_source(format!("copy {copy}")));
    }
    observations.push(Observation::text("The garden has a licence for bees.").with_source("bees"));
    memory.remember(&ana(), observations).await.unwrap();
    let recall = memory
        .recall(&ana(), &Query::text("licence of the garden"))
        .await
        .unwrap();
    assert_eq!(recall.hits.len(), 5);
    assert!(texts(&recall)[..2].contains(&"The garden has a licence for bees."));
}

#[tokio::test]
async fn reach_asks_scopes_that_the_caller_names_and_no_other() {
    let memory = memory().await;
    memory
        .remember_text(&ana(), "the key is under the mat")
        .await
        .unwrap();
    memory
        .remember_text(&rui(), "the key is in the shed")
        .await
        .unwrap();
    let alone = memory
        .recall(&ana(), &Query::text("where is the key"))
        .await
        .unwrap();
    assert_eq!(alone.hits.len(), 1);
    let both = Query::text("where is the key").with_reach(vec![rui(), ana(), rui()]);
    let both = memory.recall(&ana(), &both).await.unwrap();
    assert_eq!(both.hits.len(), 2);
    assert!(both.hits.iter().any(|hit| hit.record.scope == rui()));
}

#[tokio::test]
async fn settings_move_the_weight_of_the_arms_and_nothing_else() {
    let open = async |settings: Settings| {
        let builder = SqliteMemory::builder(Database::in_memory().unwrap());
        let memory = builder.settings(&settings).unwrap().open().await.unwrap();
        let turns = talk(
            "chat",
            &["a cat sat here", "the category is closed", "a dog"],
        );
        memory.remember(&ana(), turns).await.unwrap();
        let query = Query::text("cats").with_k(3);
        let recall = memory.recall(&ana(), &query).await.unwrap();
        recall
            .hits
            .iter()
            .map(|hit| hit.score)
            .collect::<Vec<f64>>()
    };
    let usual = open(Settings::default()).await;
    assert_eq!(
        usual,
        open(Settings::default().with("dense_weight", 0.1)).await
    );
    assert_ne!(
        usual,
        open(Settings::default().with("dense_weight", 0.9)).await
    );
    for bad in [
        Settings::default().with("dense_weight", 1.1),
        Settings::default().with("k", 1),
    ] {
        let builder = SqliteMemory::builder(Database::in_memory().unwrap());
        let error = builder.settings(&bad).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_question_is_an_error(text in "\\PC{0,80}|[\"'*()^:{}%;A-Z -]{0,40}|(AND|OR|NOT|NEAR| ){0,12}") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let memory = memory().await;
            memory.remember(&ana(), talk("chat", &["a cat AND a dog", "\"quoted\" text"])).await.unwrap();
            let recall = memory.recall(&ana(), &Query::text(text)).await.unwrap();
            assert_eq!(recall.hits.len(), 2);
            for hit in &recall.hits {
                assert!((0.0..=1.0).contains(&hit.score));
            }
        });
    }
}
