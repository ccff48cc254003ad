//! Failures: each has its kind, and none repeats the prompt, the reply or the key.

use std::{error::Error as _, sync::Arc, time::Duration};

use alma_core::{
    Error, ErrorKind,
    model::{LanguageModel, rig::RigModel},
    testkit::{Answer, ManualClock, ModelServer},
};
use serde_json::json;

use super::{KEY, PROMPT, ask, model};

/// The error, once it is sure that it tells nothing that it must not.
fn discreet(error: Error) -> Error {
    let mut told = format!(
        "{error} {error:?} {}",
        alma_core::Fault::from(&error).chain.join(" ")
    );
    let mut cause = error.source();
    while let Some(next) = cause {
        told.push_str(&format!("{next} {next:?}"));
        cause = next.source();
    }
    for secret in [KEY, PROMPT, "reply-text"] {
        assert!(!told.contains(secret), "{told}");
    }
    error
}

async fn fail(answer: Answer) -> Error {
    let server = ModelServer::saying(vec![answer]).unwrap();
    let error = model(&server).chat(&ask()).await.unwrap_err();
    assert_eq!(server.asked().len(), 1, "one attempt is made");
    assert!(error.message().contains("openai/tiny"), "{error}");
    assert!(error.remedy().is_some(), "{error}");
    discreet(error)
}

fn says(status: u16, headers: &str) -> Answer {
    // Providers like to quote what they were sent.
    let body = json!({"error": {"message": format!("bad key {KEY}, asked {PROMPT}, reply-text"), "code": "x"}});
    Answer::Plain(status, headers.to_owned(), body.to_string())
}

#[tokio::test]
async fn every_status_has_its_kind() {
    let kinds = [
        (400, ErrorKind::InvalidInput),
        (401, ErrorKind::Denied),
        (403, ErrorKind::Denied),
        (404, ErrorKind::InvalidInput),
        (408, ErrorKind::TimedOut),
        (413, ErrorKind::InvalidInput),
        (429, ErrorKind::Overloaded),
        (500, ErrorKind::Unavailable),
        (503, ErrorKind::Unavailable),
    ];
    for (status, kind) in kinds {
        let error = fail(says(status, "")).await;
        assert_eq!(error.kind(), kind, "{status}");
        assert_eq!(error.retry_after(), None, "{status}");
    }
}

#[tokio::test]
async fn the_server_says_when_to_come_again() {
    for (status, headers, after) in [
        (429, "retry-after: 7\r\n", Duration::from_secs(7)),
        (503, "Retry-After: 1\r\n", Duration::from_secs(1)),
        (
            429,
            "retry-after-ms: 250\r\nretry-after: 1\r\n",
            Duration::from_millis(250),
        ),
        (
            429,
            "retry-after: Wed, 21 Oct 2015 07:28:00 GMT\r\n",
            Duration::ZERO,
        ),
    ] {
        assert_eq!(
            fail(says(status, headers)).await.retry_after(),
            Some(after),
            "{headers}"
        );
    }
    let odd = fail(says(429, "retry-after: soon\r\n")).await;
    assert_eq!(odd.retry_after(), None);
    let never = fail(says(400, "retry-after: 7\r\n")).await;
    assert_eq!(never.retry_after(), None);
}

#[tokio::test]
async fn replies_that_do_not_follow_the_protocol_are_corrupt() {
    let bodies = [
        "",
        "reply-text",
        "{\"choices\": [",
        "{}",
        "null",
        "{\"choices\": \"reply-text\"}",
        "{\"choices\": []}",
        "<html>reply-text</html>",
    ];
    for body in bodies {
        let error = fail(Answer::body(body)).await;
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{body}: {error:?}");
    }
}

#[tokio::test]
async fn a_refusal_is_no_reply() {
    let refused = Answer::chat(
        json!({"role": "assistant", "content": ""}),
        "content_filter",
    );
    assert_eq!(fail(refused).await.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let url = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://user:{KEY}@{}/v1", listener.local_addr().unwrap())
    };
    let model = RigModel::openai_compatible(&url, KEY, "tiny");
    let error = discreet(model.chat(&ask()).await.unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(
        error.source().unwrap().to_string().contains("refused"),
        "{error:?}"
    );
    let odd = RigModel::openai_compatible("no url at all", KEY, "tiny");
    assert!(odd.chat(&ask()).await.is_err());
}

#[tokio::test]
async fn a_hang_ends_at_the_deadline() {
    let server = ModelServer::saying(vec![Answer::Silence]).unwrap();
    let clock = Arc::new(ManualClock::default());
    let model = model(&server)
        .with_clock(clock.clone())
        .with_deadline(Duration::from_secs(30));
    let call = tokio::spawn(async move { model.chat(&ask()).await });
    while server.asked().is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(!call.is_finished());
    clock.advance(Duration::from_secs(31));
    let error = discreet(call.await.unwrap().unwrap_err());
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(error.is_transient());
}
