//! A reply of rig as it comes.

use std::{fmt, future::poll_fn, pin::Pin};

use async_trait::async_trait;
use futures_core::Stream;
use rig_core::streaming::{CompletionStream, Item, StreamEvent};

use super::{convert, deadline::Deadline, fault};
use crate::{
    Result,
    model::{ChatChunk, ChatRequest, ChatStream},
};

/// The pieces of one reply; `None` once it is told to its end.
pub(super) struct RigStream {
    stream: Option<CompletionStream>,
    model: String,
    request: ChatRequest,
    deadline: Deadline,
}

impl RigStream {
    pub(super) const fn new(
        stream: CompletionStream,
        model: String,
        request: ChatRequest,
        deadline: Deadline,
    ) -> Self {
        Self {
            stream: Some(stream),
            model,
            request,
            deadline,
        }
    }

    /// The next words; `None` when there are no more.
    async fn text(&mut self) -> Option<Result<String>> {
        loop {
            let stream = self.stream.as_mut()?;
            let item = poll_fn(|context| Pin::new(&mut *stream).poll_next(context));
            match self.deadline.meet(&self.model, item).await {
                Ok(None) => return None,
                Ok(Some(Ok(Item::Event(StreamEvent::Text { text, .. })))) if !text.is_empty() => {
                    return Some(Ok(text));
                }
                // Reasoning and tool calls are told with the whole reply.
                Ok(Some(Ok(_))) => {}
                Ok(Some(Err(error))) => return Some(Err(fault::provider(&self.model, &error))),
                Err(late) => return Some(Err(late)),
            }
        }
    }

    /// The whole reply; everything has been read, so this waits for nothing.
    async fn whole(&mut self) -> Option<Result<ChatChunk>> {
        let whole = self.stream.take()?.finish().await;
        Some(
            whole
                .map_err(|error| fault::provider(&self.model, &error))
                .and_then(|reply| convert::reply(&self.model, &self.request, &reply))
                .map(ChatChunk::Done),
        )
    }
}

impl fmt::Debug for RigStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RigStream")
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl ChatStream for RigStream {
    async fn next(&mut self) -> Option<Result<ChatChunk>> {
        match self.text().await {
            Some(Ok(text)) => Some(Ok(ChatChunk::Text(text))),
            Some(Err(error)) => {
                self.stream = None;
                Some(Err(error))
            }
            None => self.whole().await,
        }
    }
}
