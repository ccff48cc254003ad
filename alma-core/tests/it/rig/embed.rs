//! Vectors.

use alma_core::{
    ErrorKind,
    model::{EmbedAs, Embedder, rig::RigEmbedder},
};
use serde_json::{Value, json};

use super::{
    KEY,
    server::{Answer, Server},
};

fn vectors(vectors: &[Value]) -> Answer {
    let data: Vec<_> = vectors
        .iter()
        .enumerate()
        .map(|(index, vector)| json!({"object": "embedding", "index": index, "embedding": vector}))
        .collect();
    let body = json!({"object": "list", "data": data, "model": "small",
        "usage": {"prompt_tokens": 3, "total_tokens": 3}});
    Answer::Plain(200, "", body.to_string())
}

fn texts(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("text {number}")).collect()
}

fn embedder(server: &Server) -> RigEmbedder {
    RigEmbedder::openai_compatible(&server.v1(), KEY, "small", 2)
}

#[tokio::test]
async fn texts_become_vectors_of_length_one() {
    let server = Server::start(vec![vectors(&[json!([3.0, 4.0]), json!([0.0, 0.0])])]).await;
    let embedder = embedder(&server);
    assert!(!format!("{embedder:?}").contains(KEY));
    assert_eq!(embedder.identity().model, "openai/small");
    let made = embedder.embed(&texts(2), EmbedAs::Document).await.unwrap();
    assert_eq!(made, [[0.6, 0.8], [0.0, 0.0]]);
    let asked = server.asked();
    assert_eq!(asked[0].path, "/v1/embeddings");
    assert_eq!(asked[0].body["input"], json!(["text 0", "text 1"]));
    assert!(asked[0].body.get("dimensions").is_none());
}

#[tokio::test]
async fn many_texts_go_in_several_requests_and_none_in_none() {
    let batch = |count: usize| vectors(&vec![json!([1.0, 0.0]); count]);
    let server = Server::start(vec![batch(64), batch(64), batch(2)]).await;
    let embedder = embedder(&server);
    assert_eq!(
        embedder
            .embed(&texts(130), EmbedAs::Query)
            .await
            .unwrap()
            .len(),
        130
    );
    assert_eq!(server.asked().len(), 3);
    assert!(
        embedder
            .embed(&[], EmbedAs::Query)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn vectors_that_were_not_promised_are_refused() {
    let cases = [
        (vectors(&[json!([1.0, 0.0, 0.0])]), ErrorKind::Incompatible),
        (vectors(&[]), ErrorKind::Corrupt),
        (vectors(&[json!([1.0, null])]), ErrorKind::Corrupt),
        (vectors(&[json!("text")]), ErrorKind::Corrupt),
        (vectors(&[json!([1e300, 1e300])]), ErrorKind::Corrupt),
        (Answer::Plain(503, "", "{}".into()), ErrorKind::Unavailable),
    ];
    for (answer, kind) in cases {
        let server = Server::start(vec![answer]).await;
        let error = embedder(&server)
            .embed(&texts(1), EmbedAs::Query)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{error:?}");
    }
}

#[tokio::test]
async fn ollama_embeds_too() {
    let body = json!({"model": "nomic", "embeddings": [[0.0, 2.0]]});
    let server = Server::start(vec![Answer::Plain(200, "", body.to_string())]).await;
    let embedder = RigEmbedder::ollama(&server.root, "nomic", 2);
    let made = embedder.embed(&texts(1), EmbedAs::Query).await.unwrap();
    assert_eq!(made, [[0.0, 1.0]]);
    assert_eq!(server.asked()[0].path, "/api/embed");
}
