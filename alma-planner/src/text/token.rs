//! Cutting a goal into words, values and marks.

use serde_json::Value;

use super::{
    names::{find_names, join_lists},
    stem,
    value::{Stated, ValueKind, number_word, value_at},
};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A word.
    Word,
    /// A value, by its index among the stated ones.
    Value(usize),
    /// A punctuation mark.
    Mark(char),
}

/// One token of a goal.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: TokenKind,
    /// The word in lower case; empty for values and marks.
    pub(crate) word: String,
    /// Its stem; empty for values and marks.
    pub(crate) stem: String,
    /// Whether it carries meaning for retrieval.
    content: bool,
    /// Whether it starts with a capital letter.
    pub(crate) capital: bool,
    /// Where it starts in the text.
    pub(crate) start: usize,
    /// Where it ends in the text.
    pub(crate) end: usize,
}

impl Token {
    /// Whether this is the mark.
    pub(crate) fn is_mark(&self, mark: char) -> bool {
        self.kind == TokenKind::Mark(mark)
    }

    /// Whether this is a word that carries meaning for retrieval.
    pub(crate) const fn is_content(&self) -> bool {
        self.content
    }
}

/// Cuts `text` into tokens and finds the values that it states.
pub(crate) fn read(text: &str) -> (Vec<Token>, Vec<Stated>) {
    let mut tokens: Vec<Token> = Vec::new();
    let mut stated: Vec<Stated> = Vec::new();
    let mut at = 0;
    let mut after_word = false;
    while let Some(next) = text[at..].chars().next() {
        let here = at;
        if next.is_whitespace() {
            at += next.len_utf8();
            after_word = false;
            continue;
        }
        let mut token = Token {
            kind: TokenKind::Mark(next),
            word: String::new(),
            stem: String::new(),
            content: false,
            capital: false,
            start: here,
            end: here,
        };
        if let Some((kind, value, length)) =
            value_at(&text[here..], text[..here].chars().next_back(), after_word)
        {
            at += length;
            token.kind = TokenKind::Value(stated.len());
            stated.push(Stated {
                kind,
                quoted: matches!(next, '\'' | '"' | '`' | '\u{2018}' | '\u{201c}' | '\u{ab}'),
                name: Vec::new(),
                value,
                first: tokens.len(),
                end: tokens.len() + 1,
            });
            after_word = false;
        } else if next.is_alphanumeric() {
            at += word_length(&text[here..]);
            token.capital = next.is_uppercase();
            token.word = text[here..at].to_lowercase();
            if let Some(root) = token.word.strip_suffix("'s") {
                token.word = root.to_owned();
            }
            token.kind = TokenKind::Word;
            token.content = !is_stop(&token.word);
            if let Some(number) = number_word(&token.word) {
                stated.push(Stated {
                    kind: ValueKind::Number,
                    quoted: false,
                    name: Vec::new(),
                    value: Value::from(number),
                    first: tokens.len(),
                    end: tokens.len() + 1,
                });
            }
            token.stem = stem(&token.word);
            after_word = true;
        } else {
            at += next.len_utf8();
            after_word = false;
        }
        token.end = at;
        tokens.push(token);
    }
    join_lists(&tokens, &mut stated);
    find_names(text, &tokens, &mut stated);
    stated.sort_by_key(|value| (value.first, value.end));
    reindex(&mut tokens, &stated);
    (tokens, stated)
}

/// The values were sorted: points the tokens that are values at them again.
fn reindex(tokens: &mut [Token], stated: &[Stated]) {
    for (index, value) in stated.iter().enumerate() {
        for token in &mut tokens[value.first..value.end] {
            if let TokenKind::Value(at) = &mut token.kind {
                *at = index;
            }
        }
    }
}

fn word_length(text: &str) -> usize {
    let mut end = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, next)) = chars.next() {
        let joins = matches!(
            next,
            '-' | '\'' | '\u{2019}' | '/' | '.' | '&' | '_' | '+' | '#'
        ) && chars
            .peek()
            .is_some_and(|(_, after)| after.is_alphanumeric())
            && end > 0;
        if !next.is_alphanumeric() && !joins {
            break;
        }
        end = at + next.len_utf8();
    }
    end
}

/// The words of an identifier: `get_carsAvailable2` is get, cars, available, 2.
pub(crate) fn name_words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let chars: Vec<char> = name.chars().collect();
    for (at, &next) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let after = chars.get(at + 1);
        let starts = next.is_uppercase()
            && (before.is_some_and(char::is_lowercase)
                || before.is_some_and(char::is_uppercase)
                    && after.is_some_and(|c| c.is_lowercase()));
        if !next.is_alphanumeric() || starts {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            if !next.is_alphanumeric() {
                continue;
            }
        }
        word.extend(next.to_lowercase());
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Words that say nothing about which tool is wanted.
pub(crate) fn is_stop(word: &str) -> bool {
    const STOP: &[&str] = &[
        "a",
        "able",
        "about",
        "after",
        "all",
        "also",
        "am",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "based",
        "be",
        "been",
        "before",
        "between",
        "both",
        "but",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "each",
        "every",
        "finally",
        "following",
        "for",
        "from",
        "had",
        "has",
        "have",
        "he",
        "help",
        "her",
        "here",
        "him",
        "his",
        "how",
        "i",
        "i'd",
        "i'll",
        "i'm",
        "if",
        "in",
        "including",
        "into",
        "is",
        "it",
        "its",
        "itself",
        "just",
        "kindly",
        "let",
        "like",
        "may",
        "me",
        "might",
        "mine",
        "must",
        "my",
        "myself",
        "need",
        "next",
        "no",
        "not",
        "now",
        "of",
        "on",
        "one",
        "only",
        "or",
        "our",
        "ours",
        "out",
        "over",
        "own",
        "per",
        "please",
        "s",
        "shall",
        "she",
        "should",
        "so",
        "some",
        "such",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "to",
        "too",
        "up",
        "upon",
        "us",
        "using",
        "very",
        "via",
        "want",
        "wants",
        "was",
        "we",
        "were",
        "what",
        "what's",
        "when",
        "which",
        "while",
        "who",
        "whose",
        "will",
        "with",
        "within",
        "would",
        "you",
        "your",
    ];
    STOP.binary_search(&word).is_ok()
}
