//! A model server on the loopback that answers what a test wrote, and remembers what it was asked.

use std::{
    fmt,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Sender, TryRecvError, channel},
    },
    thread,
};

use serde_json::{Value, json};

/// The longest request that is read, in bytes.
const LONGEST: usize = 16 << 20;

/// One answer of a [`ModelServer`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Answer {
    /// A status, further headers (each ended by `\r\n`), and a body.
    Plain(u16, String, String),
    /// A stream of events, as it is sent; the connection closes after it.
    Events(Vec<String>),
    /// Some events, and then silence.
    Stalled(Vec<String>),
    /// Nothing, for ever.
    Silence,
}

impl Answer {
    /// A whole reply of OpenAI's chat protocol: the assistant's message and why it ended.
    pub fn chat(message: Value, finish: &str) -> Self {
        let body = json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "tiny",
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
        });
        Self::body(body.to_string())
    }

    /// A whole reply in words.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::chat(json!({"role": "assistant", "content": text}), "stop")
    }

    /// Status 200 with this body.
    pub fn body(body: impl Into<String>) -> Self {
        Self::Plain(200, String::new(), body.into())
    }

    /// This status, with this body.
    pub fn status(status: u16, body: impl Into<String>) -> Self {
        Self::Plain(status, String::new(), body.into())
    }
}

/// What a [`ModelServer`] was asked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Asked {
    /// The path of the request.
    pub path: String,
    /// The request line and the headers, as they were sent.
    pub headers: String,
    /// The body; null when it is no JSON.
    pub body: Value,
}

/// A server on the loopback that speaks as much HTTP as a client of a language model needs.
///
/// What it says is up to the test, so that an adapter can be held against servers that are slow,
/// broken or hostile. It needs no runtime, and ends when it is dropped.
///
/// # Examples
/// ```
/// use alma_core::testkit::{Answer, ModelServer};
/// let server = ModelServer::saying([Answer::text("It was yellow.")])?;
/// assert!(server.v1().starts_with("http://127.0.0.1:"));
/// assert!(server.asked().is_empty());
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct ModelServer {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// Dropped to tell the thread that the server is over.
    alive: Option<Sender<()>>,
}

impl fmt::Debug for ModelServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelServer")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl ModelServer {
    /// Gives these answers in order, one a request; then refuses connections.
    ///
    /// # Errors
    /// When the loopback has no port left.
    pub fn saying(answers: impl IntoIterator<Item = Answer>) -> io::Result<Self> {
        let mut answers: Vec<Answer> = answers.into_iter().collect();
        answers.reverse();
        Self::start(answers.len(), move |_| {
            answers.pop().unwrap_or(Answer::Silence)
        })
    }

    /// Answers every request as the function says.
    ///
    /// # Errors
    /// When the loopback has no port left.
    pub fn answering(answer: impl FnMut(&Asked) -> Answer + Send + 'static) -> io::Result<Self> {
        Self::start(usize::MAX, answer)
    }

    fn start(
        requests: usize,
        mut answer: impl FnMut(&Asked) -> Answer + Send + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (alive, over) = channel();
        let server = Self {
            address: listener.local_addr()?,
            asked: Arc::default(),
            alive: Some(alive),
        };
        let asked = Arc::clone(&server.asked);
        thread::spawn(move || {
            // What is held stays open until the server is dropped.
            let mut held = Vec::new();
            for stream in listener.incoming().take(requests) {
                if over.try_recv() == Err(TryRecvError::Disconnected) {
                    return;
                }
                // A client that breaks off is its own affair.
                let Some((request, stream)) = stream.and_then(read).ok() else {
                    continue;
                };
                let answer = answer(&request);
                lock(&asked).push(request);
                held.extend(send(stream, &answer).ok().flatten());
            }
            drop(listener);
            // An error says that the server was dropped.
            let _ = over.recv();
        });
        Ok(server)
    }

    /// Its address, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn root(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it speaks OpenAI's protocol.
    #[must_use]
    pub fn v1(&self) -> String {
        format!("{}/v1", self.root())
    }

    /// What it was asked since this was last called.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *lock(&self.asked))
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        self.alive = None;
        // Wakes the thread if it waits for a client; refused when it does not.
        let _ = TcpStream::connect(self.address);
    }
}

fn read(stream: TcpStream) -> io::Result<(Asked, TcpStream)> {
    let mut stream = BufReader::new(stream);
    let mut headers = String::new();
    while !headers.ends_with("\r\n\r\n") {
        if stream.read_line(&mut headers)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let lower = headers.to_lowercase();
    let length = lower
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
        .unwrap_or(0_usize);
    let mut body = vec![0; length.min(LONGEST)];
    stream.read_exact(&mut body)?;
    let asked = Asked {
        path: headers.split(' ').nth(1).unwrap_or_default().to_owned(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
        headers,
    };
    Ok((asked, stream.into_inner()))
}

/// Sends the answer; gives the connection back if it is to stay open.
fn send(mut stream: TcpStream, answer: &Answer) -> io::Result<Option<TcpStream>> {
    let head = |status: u16, kind: &str, headers: &str| {
        format!(
            "HTTP/1.1 {status} Said\r\ncontent-type: {kind}\r\nconnection: close\r\n{headers}\r\n"
        )
    };
    let events = || head(200, "text/event-stream", "");
    let (head, parts, open) = match answer {
        Answer::Silence => return Ok(Some(stream)),
        Answer::Plain(status, headers, body) => {
            let headers = format!("content-length: {}\r\n{headers}", body.len());
            let head = head(*status, "application/json", &headers);
            (head, std::slice::from_ref(body), false)
        }
        Answer::Events(parts) => (events(), &parts[..], false),
        Answer::Stalled(parts) => (events(), &parts[..], true),
    };
    stream.write_all(head.as_bytes())?;
    for part in parts {
        stream.write_all(part.as_bytes())?;
        stream.flush()?;
    }
    Ok(open.then_some(stream))
}

fn lock(asked: &Mutex<Vec<Asked>>) -> MutexGuard<'_, Vec<Asked>> {
    asked.lock().unwrap_or_else(PoisonError::into_inner)
}
