//! Streamed replies.

use std::{sync::Arc, time::Duration};

use alma_core::{
    ErrorKind, Result,
    model::{ChatChunk, ChatReply, ChatStream, LanguageModel, ToolRequest, Usage},
    testkit::{Answer, ManualClock, ModelServer},
};
use serde_json::{Value, json};

use super::{ask, model, weather};

const DONE: &str = "data: [DONE]\n\n";

fn words(text: &str) -> String {
    event(json!({"role": "assistant", "content": text}), None)
}

/// One event of a streamed reply.
fn event(delta: Value, finish: Option<&str>) -> String {
    let data = json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "tiny",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    });
    format!("data: {data}\n\n")
}

/// The event that tells the usage.
fn usage() -> String {
    let data = json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "tiny", "choices": [],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    });
    format!("data: {data}\n\n")
}

async fn read(stream: &mut dyn ChatStream) -> Result<(Vec<String>, ChatReply)> {
    let mut pieces = Vec::new();
    loop {
        match stream.next().await {
            Some(Ok(ChatChunk::Text(text))) => pieces.push(text),
            Some(Ok(ChatChunk::Done(reply))) => {
                assert!(stream.next().await.is_none(), "nothing follows the end");
                return Ok((pieces, reply));
            }
            Some(Err(error)) => {
                assert!(stream.next().await.is_none(), "nothing follows an error");
                return Err(error);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn words_come_as_they_are_said() {
    let events = vec![
        words("It was "),
        words("yellow."),
        event(json!({}), Some("stop")),
        usage(),
        DONE.into(),
    ];
    let server = ModelServer::saying(vec![Answer::Events(events)]).unwrap();
    let mut stream = model(&server).stream(&ask()).await.unwrap();
    let (pieces, reply) = read(&mut *stream).await.unwrap();
    assert_eq!(pieces.concat(), "It was yellow.");
    assert!(pieces.len() >= 2, "{pieces:?}");
    assert_eq!(
        (reply.text.as_str(), reply.usage),
        ("It was yellow.", Usage::new(11, 7))
    );
    assert_eq!(server.asked()[0].body["stream"], true);
}

#[tokio::test]
async fn tool_calls_are_put_together() {
    let part = |json| event(json!({"tool_calls": [json]}), None);
    let events = vec![
        part(json!({"index": 0, "id": "call-1", "type": "function",
            "function": {"name": "weather", "arguments": ""}})),
        part(json!({"index": 0, "function": {"arguments": "{\"city\": "}})),
        part(json!({"index": 0, "function": {"arguments": "\"Porto\"}"}})),
        event(json!({}), Some("tool_calls")),
        usage(),
        DONE.into(),
    ];
    let server = ModelServer::saying(vec![Answer::Events(events)]).unwrap();
    let request = ask().with_tools(vec![weather()]);
    let mut stream = model(&server).stream(&request).await.unwrap();
    let (pieces, reply) = read(&mut *stream).await.unwrap();
    assert!(pieces.is_empty());
    assert_eq!(
        reply.requests,
        [ToolRequest::new(
            "call-1",
            "weather",
            json!({"city": "Porto"})
        )]
    );
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_no_reply() {
    let server = ModelServer::saying(vec![
        Answer::Events(vec![words("It was ")]),
        Answer::Events(vec![
            words("It was "),
            "data: {\"choices\": [\n\n".into(),
            DONE.into(),
        ]),
        Answer::Plain(429, "retry-after: 3\r\n".into(), "{}".into()),
    ])
    .unwrap();
    let model = model(&server);
    let broken = read(&mut *model.stream(&ask()).await.unwrap())
        .await
        .unwrap_err();
    assert_eq!(broken.kind(), ErrorKind::Unavailable);
    let malformed = read(&mut *model.stream(&ask()).await.unwrap())
        .await
        .unwrap_err();
    assert_eq!(malformed.kind(), ErrorKind::Corrupt, "{malformed:?}");
    let busy = read(&mut *model.stream(&ask()).await.unwrap())
        .await
        .unwrap_err();
    assert_eq!(
        (busy.kind(), busy.retry_after()),
        (ErrorKind::Overloaded, Some(Duration::from_secs(3)))
    );
}

#[tokio::test]
async fn silence_in_the_middle_ends_at_the_deadline() {
    let server = ModelServer::saying(vec![Answer::Stalled(vec![words("It was ")])]).unwrap();
    let clock = Arc::new(ManualClock::default());
    let model = model(&server).with_clock(clock.clone());
    let mut stream = model.stream(&ask()).await.unwrap();
    let first = stream.next().await.unwrap().unwrap();
    assert_eq!(first, ChatChunk::Text("It was ".into()));
    let waiting = tokio::spawn(async move { read(&mut *stream).await });
    tokio::task::yield_now().await;
    while !waiting.is_finished() {
        clock.advance(Duration::from_secs(60));
        tokio::task::yield_now().await;
    }
    assert_eq!(
        waiting.await.unwrap().unwrap_err().kind(),
        ErrorKind::TimedOut
    );
}
