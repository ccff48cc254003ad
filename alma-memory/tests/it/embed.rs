//! The embedder without a model.

use alma_memory::embed::LexicalEmbedder;

fn cosine(a: &str, b: &str) -> f32 {
    let embedder = LexicalEmbedder::new();
    embedder
        .vector(a)
        .iter()
        .zip(embedder.vector(b))
        .map(|(x, y)| x * y)
        .sum()
}

#[test]
fn shared_words_and_misspelt_words_lie_close() {
    let about = "the education of painters";
    assert!(cosine(about, "painters and their education") > 0.7);
    assert!(cosine(about, "paintres educaton") > cosine(about, "weather forecast") + 0.2);
    assert!(cosine("education", "educaton") > 0.2);
}

#[test]
fn vectors_have_length_one_or_no_direction() {
    for text in ["a long story about ships", "42", "東京", "x"] {
        let norm: f32 = LexicalEmbedder::new()
            .vector(text)
            .iter()
            .map(|x| x * x)
            .sum();
        assert!((norm - 1.0).abs() < 1e-4, "{text}");
    }
    for text in ["", "the of and", "…"] {
        assert!(
            LexicalEmbedder::new()
                .vector(text)
                .iter()
                .all(|&x| x == 0.0),
            "{text}"
        );
    }
}

#[test]
fn weights_turn_the_vector_towards_what_is_rare() {
    let embedder = LexicalEmbedder::new();
    let rare = |stem: &str| if stem == "parrot" { 5.0 } else { 1.0 };
    let weighted = embedder.weighted("a grey parrot", rare);
    let dot = |text: &str| -> f32 {
        embedder
            .vector(text)
            .iter()
            .zip(&weighted)
            .map(|(x, y)| x * y)
            .sum()
    };
    assert!(dot("parrot") > dot("grey") + 0.4);
}
