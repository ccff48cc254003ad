//! Vectors.

use alma_core::{
    ErrorKind,
    model::{EmbedAs, Embedder, rig::RigEmbedder},
    testkit::{Answer, ModelServer},
};
use serde_json::{Value, json};

use super::KEY;

fn vectors(vectors: &[Value]) -> Answer {
    let data: Vec<_> = vectors
        .iter()
        .enumerate()
        .map(|(index, vector)| json!({"object": "embedding", "index": index, "embedding": vector}))
        .collect();
    let body = json!({"object": "list", "data": data, "model": "small",
        "usage": {"prompt_tokens": 3, "total_tokens": 3}});
    Answer::body(body.to_string())
}

fn texts(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("text {number}")).collect()
}

fn embedder(server: &ModelServer) -> RigEmbedder {
    RigEmbedder::openai_compatible(&server.v1(), KEY, "small", 2)
}

#[tokio::test]
async fn texts_become_vectors_of_length_one() {
    let server =
        ModelServer::saying(vec![vectors(&[json!([3.0, 4.0]), json!([0.0, 0.0])])]).unwrap();
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

/// Every text was embedded alike, which models that tell queries from documents answer with worse hits.
#[tokio::test]
async fn the_role_stands_before_the_text_and_in_the_identity() {
    let one = || vectors(&[json!([1.0, 0.0])]);
    let server = ModelServer::saying([one(), one()]).unwrap();
    let plain = embedder(&server);
    let told = plain.clone().with_prefixes("query: ", "passage: ");
    assert_ne!(told.identity(), plain.identity());
    told.embed(&texts(1), EmbedAs::Query).await.unwrap();
    told.embed(&texts(1), EmbedAs::Document).await.unwrap();
    let asked: Vec<_> = server.asked().into_iter().map(|one| one.body).collect();
    assert_eq!(asked[0]["input"], json!(["query: text 0"]));
    assert_eq!(asked[1]["input"], json!(["passage: text 0"]));
}

#[tokio::test]
async fn many_texts_go_in_several_requests_and_none_in_none() {
    let batch = |count: usize| vectors(&vec![json!([1.0, 0.0]); count]);
    let server = ModelServer::saying(vec![batch(64), batch(64), batch(2)]).unwrap();
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
        (Answer::status(503, "{}"), ErrorKind::Unavailable),
    ];
    for (answer, kind) in cases {
        let server = ModelServer::saying(vec![answer]).unwrap();
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
    let server = ModelServer::saying(vec![Answer::body(body.to_string())]).unwrap();
    let embedder = RigEmbedder::ollama(&server.root(), "nomic", 2);
    let made = embedder.embed(&texts(1), EmbedAs::Query).await.unwrap();
    assert_eq!(made, [[0.0, 1.0]]);
    assert_eq!(server.asked()[0].path, "/api/embed");
}
