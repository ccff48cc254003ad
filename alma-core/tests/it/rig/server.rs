//! A server on the loopback that answers what it was told, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// One answer.
pub(super) enum Answer {
    /// A status, further headers, and a body.
    Plain(u16, &'static str, String),
    /// A stream of events, as it is sent; the connection closes after it.
    Events(Vec<String>),
    /// Some events, and then silence.
    Stalled(Vec<String>),
    /// Nothing, for ever.
    Silence,
}

/// What was asked.
pub(super) struct Asked {
    pub(super) path: String,
    pub(super) headers: String,
    pub(super) body: Value,
}

pub(super) struct Server {
    pub(super) root: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Gives the answers in order, one a request; then refuses connections.
    pub(super) async fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            let mut held = Vec::new();
            for answer in answers {
                let (stream, _) = listener.accept().await.unwrap();
                let mut stream = BufReader::new(stream);
                let request = read(&mut stream).await;
                log.lock().unwrap().push(request);
                held.extend(send(stream, answer).await);
            }
            drop(listener);
            // What is held stays open until the test is over.
            std::future::pending::<()>().await;
        });
        Self { root, asked }
    }

    pub(super) fn v1(&self) -> String {
        format!("{}/v1", self.root)
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Asked {
    let mut headers = String::new();
    while !headers.ends_with("\r\n\r\n") {
        assert!(
            stream.read_line(&mut headers).await.unwrap() > 0,
            "the request breaks off"
        );
    }
    let length = headers
        .to_lowercase()
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let path = headers.split(' ').nth(1).unwrap_or_default().to_owned();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    Asked {
        path,
        headers,
        body,
    }
}

/// Sends the answer; gives the connection back if it is to stay open.
async fn send(mut stream: BufReader<TcpStream>, answer: Answer) -> Option<BufReader<TcpStream>> {
    let (head, parts, open) = match answer {
        Answer::Silence => return Some(stream),
        Answer::Plain(status, headers, body) => {
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n"
            );
            (head, vec![body], false)
        }
        Answer::Events(events) => (event_head(), events, false),
        Answer::Stalled(events) => (event_head(), events, true),
    };
    stream.write_all(head.as_bytes()).await.unwrap();
    for part in parts {
        stream.write_all(part.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
    }
    if open {
        return Some(stream);
    }
    // The client may have gone already.
    let _ = stream.shutdown().await;
    None
}

fn event_head() -> String {
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n".into()
}

/// A reply of the chat protocol, whole.
pub(super) fn chat(message: Value, finish: &str) -> Answer {
    let body = json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "tiny",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    });
    Answer::Plain(200, "", body.to_string())
}

/// A reply in words.
pub(super) fn text(text: &str) -> Answer {
    chat(json!({"role": "assistant", "content": text}), "stop")
}

/// One event of a streamed reply.
pub(super) fn event(delta: Value, finish: Option<&str>) -> String {
    let data = json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "tiny",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    });
    format!("data: {data}\n\n")
}

/// The event that tells the usage.
pub(super) fn usage() -> String {
    let data = json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "tiny", "choices": [],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    });
    format!("data: {data}\n\n")
}
