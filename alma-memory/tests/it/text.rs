//! Words, sentences and chunks.

use alma_core::text::sentences;
use alma_memory::text::{Chunker, prose, terms, words};
use proptest::prelude::*;

fn all_words(text: &str) -> Vec<String> {
    words(text).collect()
}

#[test]
fn words_fold_case_accents_and_possessives() {
    assert_eq!(all_words("José's CAFÉ"), ["jose", "cafe"]);
    assert_eq!(all_words("the dogs' Straße"), ["the", "dogs", "strasse"]);
    assert_eq!(all_words("snake_case v1.95"), ["snake", "case", "v1", "95"]);
    assert_eq!(all_words("İstanbul"), ["istanbul"]);
    assert_eq!(
        all_words("re\u{301}sume\u{301} pass\u{200B}word co\u{AD}op"),
        ["resume", "password", "coop"]
    );
    assert_eq!(all_words(" … \u{0} --"), Vec::<String>::new());
}

#[test]
fn scripts_without_spaces_are_found_in_pairs() {
    assert_eq!(all_words("東京都 Tokyo"), ["東京", "京都", "tokyo"]);
    assert_eq!(all_words("猫"), ["猫"]);
}

#[test]
fn terms_are_stems_without_stop_words() {
    assert_eq!(
        terms("What were the painters painting?"),
        ["painter", "paint"]
    );
    assert_eq!(terms("who are you"), Vec::<String>::new());
}

#[test]
fn a_sentence_ends_where_a_reader_ends_it() {
    let text = "Dr. Ana paid 3.50 for it. \"Really?\" Yes!\n\n# Title\n1. first\n2. second";
    let found: Vec<_> = sentences(text).into_iter().map(|at| &text[at]).collect();
    let expected = [
        "Dr. Ana paid 3.50 for it.",
        "\"Really?\"",
        "Yes!",
        "# Title",
        "1. first",
        "2. second",
    ];
    assert_eq!(found, expected);
}

#[test]
fn prose_leaves_out_what_machines_read() {
    let text = "[![Build](https://x.org/b.svg)](https://x.org) <p align=\"center\">Fast & <b>small</b></p>\n\
                [book]: https://x.org/book\nSee www.x.org/a or [the `api` docs][book], width 3 < 4.\n\
                ```sh\ncargo run\n```\n";
    assert_eq!(
        prose(text),
        " Fast & small\nSee  or the `api` docs, width 3 < 4.\n"
    );
    let talk = "I <3 it! Where were we? How [very] odd.";
    assert_eq!(prose(talk), talk);
}

#[test]
fn chunks_follow_the_structure() {
    let body = "Some words that fill the section. ".repeat(12);
    let text = format!(
        "# Guide\n\nintro\n\n## Install\n\n{body}\n\n## Use\n\n```sh\n# not a heading\n```\n"
    );
    let chunks = Chunker::new().with_max_words(60).chunks(&text);
    let headings: Vec<_> = chunks.iter().map(|chunk| chunk.heading.as_str()).collect();
    assert_eq!(headings, ["Guide", "Guide > Install", "Guide > Use"]);
    assert!(text[chunks[2].range.clone()].contains("# not a heading"));
}

#[test]
fn a_cut_inside_a_section_repeats_the_last_short_sentence() {
    let text: String = (0..40)
        .map(|n| format!("Sentence number {n} stands here. "))
        .collect();
    let chunks = Chunker::new().with_max_words(50).chunks(&text);
    assert!(chunks.len() > 2);
    for pair in chunks.windows(2) {
        assert!(
            pair[1].range.start < pair[0].range.end,
            "no overlap at {:?}",
            pair[1].range
        );
    }
}

#[test]
fn huge_and_hostile_documents_stay_bounded() {
    let chunker = Chunker::new();
    for text in [
        "x".repeat(2_000_000),
        "a ".repeat(1_000_000),
        ".".repeat(1_000_000),
        "\n".repeat(1_000_000),
        "# h\n".repeat(100_000),
        "🦀".repeat(300_000),
        format!("```\n{}", "code \n".repeat(200_000)),
    ] {
        for chunk in chunker.chunks(&text) {
            assert!(chunk.range.len() <= chunker.max_bytes());
        }
    }
}

proptest! {
    #[test]
    fn no_word_of_a_document_is_lost(text in "[a-z#.!?\\n `é]{0,600}", size in 20..80_usize) {
        let mut held = vec![false; text.len()];
        for chunk in Chunker::new().with_max_words(size).chunks(&text) {
            prop_assert!(text.is_char_boundary(chunk.range.start));
            prop_assert!(!text[chunk.range.clone()].trim().is_empty());
            held[chunk.range].fill(true);
        }
        for (at, c) in text.char_indices() {
            prop_assert!(c.is_whitespace() || held[at], "lost {c:?} at {at}");
        }
    }

    #[test]
    fn sentences_are_in_order_and_hold_every_word(text in "\\PC{0,300}") {
        let mut end = 0;
        for sentence in sentences(&text) {
            prop_assert!(text[end..sentence.start].trim().is_empty());
            end = sentence.end;
        }
        prop_assert!(text[end..].trim().is_empty());
    }

    #[test]
    fn any_text_has_prose(text in "[\\[\\]()<>!#`hw./: é\\n]{0,200}") {
        prop_assert!(prose(&text).len() <= text.len());
    }

    #[test]
    fn any_text_has_words(text in "\\PC{0,200}") {
        for word in words(&text) {
            prop_assert!(!word.is_empty() && word.len() <= 72);
        }
    }
}
