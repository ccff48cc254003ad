//! What is said is routed, answered with citations, and remembered.

use alma_core::{ErrorKind, MemoryExt, MissionStatus, RecordQuery, Route};

use super::{World, scope};

#[tokio::test]
async fn a_statement_is_kept_and_a_question_is_answered_from_it() {
    let world = World::new();
    let ana = world.ana();
    let told = ana
        .chat("1", "The spare key is under the blue pot.")
        .await
        .unwrap();
    assert_eq!(told.route, Route::Remember);
    let asked = ana.chat("1", "Where is the spare key?").await.unwrap();
    assert_eq!(asked.route, Route::Answer);
    assert!(asked.text.contains("under the blue pot"), "{}", asked.text);
    assert_eq!(asked.citations[0].record, told.said.unwrap());
    // Both things that were said are kept; the reply is not.
    let kept = world
        .memory
        .all_records(&scope(), &RecordQuery::all())
        .await
        .unwrap();
    let texts: Vec<_> = kept.iter().map(|record| record.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "The spare key is under the blue pot.",
            "Where is the spare key?"
        ]
    );
}

#[tokio::test]
async fn what_nobody_told_is_answered_with_i_dont_know() {
    let ana = World::new().ana();
    ana.chat("1", "The spare key is under the blue pot.")
        .await
        .unwrap();
    let asked = ana
        .chat("1", "Which colour has the neighbour's parrot?")
        .await
        .unwrap();
    assert!(asked.text.starts_with("I don't know"), "{}", asked.text);
    assert!(asked.citations.is_empty());
}

#[tokio::test]
async fn a_tool_is_called_by_its_name() {
    let ana = World::new().ana();
    let reply = ana.chat("1", "shout: good morning").await.unwrap();
    assert!(matches!(&reply.route, Route::Tool { tool, .. } if tool.name.as_str() == "shout"));
    assert_eq!(reply.text, "GOOD MORNING");
}

#[tokio::test]
async fn a_recalled_text_that_names_a_tool_calls_none() {
    let ana = World::new().ana();
    ana.chat("1", "The note on the door says: shout: intruder")
        .await
        .unwrap();
    let reply = ana
        .chat("1", "What does the note on the door say?")
        .await
        .unwrap();
    assert_eq!(reply.route, Route::Answer);
    assert!(reply.result.is_none());
}

#[tokio::test]
async fn work_becomes_a_mission_made_of_what_was_said() {
    let ana = World::new().ana();
    let reply = ana
        .chat("1", "make a text into capital letters")
        .await
        .unwrap();
    assert_eq!(reply.route, Route::Mission);
    let mission = reply.mission.unwrap();
    assert_eq!(mission.mission.sources, [reply.said.unwrap()]);
    // The planner does not know which text: it asks.
    let MissionStatus::Asking { questions } = &mission.status else {
        panic!("{:?}", mission.status)
    };
    let answered = mission.mission.clone().with_input(
        format!("{}.{}", questions[0].task, questions[0].input),
        "good morning",
    );
    let done = ana.run(answered).await.unwrap();
    assert_eq!(done.status, MissionStatus::Done);
    assert_eq!(done.result().into_values().next().unwrap(), "GOOD MORNING");
}

#[tokio::test]
async fn an_empty_text_is_refused() {
    let ana = World::new().ana();
    assert_eq!(
        ana.chat("1", " \n").await.unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
}

#[tokio::test]
async fn what_is_said_at_one_moment_is_not_one_thing() {
    let world = World::new();
    let ana = world.ana();
    // The clock of these tests stands still.
    for text in [
        "The oolong is in the blue tin.",
        "The key is under the pot.",
    ] {
        ana.chat("main", text).await.unwrap();
    }
    let current = RecordQuery::all();
    let kept = world.memory.all_records(&scope(), &current).await.unwrap();
    assert_eq!(kept.len(), 2);
    let found = ana.chat("main", "Where is the oolong?").await.unwrap();
    assert!(found.text.contains("blue tin"), "{}", found.text);
}

#[tokio::test]
async fn a_question_without_its_mark_answers_nothing_either() {
    let ana = World::new().ana();
    for _ in 0..2 {
        let asked = ana.chat("1", "where is the oolong").await.unwrap();
        assert_eq!(asked.route, Route::Answer);
        assert!(asked.text.starts_with("I don't know"), "{}", asked.text);
    }
}
