//! Clauses: the parts of a goal that each ask for one thing.

use std::ops::Range;

use super::{Stated, Token, TokenKind, ValueKind, is_action, is_stop, names::is_abbreviation};

/// One request within a goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clause {
    /// Its tokens.
    pub(crate) tokens: Range<usize>,
    /// The tokens whose values it may use: more than its own where it is one item of a list.
    pub(crate) values: Range<usize>,
    /// Whether it opens with a verb of its own.
    pub(crate) verb: bool,
    /// Whether it tells something rather than asks: `the ticker is IBM`, `I will leave on Monday`.
    pub(crate) tells: bool,
}

/// Splits a goal at sentence ends, at words such as *then*, and where a comma or *and* leads to a new verb.
///
/// `known` tells further verbs: those that open the descriptions of the tools on offer.
pub(crate) fn clauses(
    tokens: &[Token],
    stated: &[Stated],
    known: &dyn Fn(&str) -> bool,
) -> Vec<Clause> {
    let reader = Reader {
        tokens,
        stated,
        known,
    };
    let mut out = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at < tokens.len() {
        let Some(after) = reader.boundary(at) else {
            at += 1;
            continue;
        };
        out.extend(reader.clause(start..at));
        start = after;
        at = after;
    }
    out.extend(reader.clause(start..tokens.len()));
    out
}

struct Reader<'a> {
    tokens: &'a [Token],
    stated: &'a [Stated],
    known: &'a dyn Fn(&str) -> bool,
}

impl Reader<'_> {
    /// Where the next clause starts if a boundary lies at `at`.
    fn boundary(&self, at: usize) -> Option<usize> {
        let token = &self.tokens[at];
        match token.kind {
            TokenKind::Mark('.') if !self.ends_sentence(at) => None,
            TokenKind::Mark('.' | ';' | '!' | '?') => Some(self.skip_links(at + 1)),
            TokenKind::Mark(',') => {
                let next = self.skip_links(at + 1);
                (self.said_then(at + 1..next) || self.opens(next)).then_some(next)
            }
            TokenKind::Word if is_link(&token.word) => {
                let next = self.skip_links(at);
                (self.said_then(at..next) || self.opens(next)).then_some(next)
            }
            _ => None,
        }
    }

    /// `Apple Inc. from 2021` goes on; `in Chicago. I will` does not.
    fn ends_sentence(&self, at: usize) -> bool {
        let Some(next) = self.tokens.get(at + 1) else {
            return true;
        };
        let abbreviated = at > 0 && is_abbreviation(&self.tokens[at - 1]);
        let small = next.kind == TokenKind::Word && !next.capital && !self.opens(at + 1);
        let starts = is_action(&next.stem) || is_stop(&next.word);
        !small && (starts || !abbreviated)
    }

    /// Whether the linking words alone say that a new step begins.
    fn said_then(&self, links: Range<usize>) -> bool {
        self.tokens[links].iter().any(|token| {
            matches!(
                token.word.as_str(),
                "then" | "finally" | "afterwards" | "lastly"
            )
        })
    }

    /// Passes over *and then*, *after that*, *finally*.
    fn skip_links(&self, mut at: usize) -> usize {
        while let Some(token) = self.tokens.get(at) {
            let next = self.tokens.get(at + 1);
            let next_word = next.map_or("", |next| next.word.as_str());
            at += match token.word.as_str() {
                "after" if matches!(next_word, "that" | "this" | "which") => 2,
                "next" if next.is_some_and(|next| next.is_mark(',')) => 2,
                word if is_link(word) => 1,
                _ if token.is_mark(',') => 1,
                _ => break,
            };
        }
        at
    }

    /// Whether a request with a verb of its own starts at `at`.
    fn opens(&self, mut at: usize) -> bool {
        let mut infinitive = false;
        while self
            .tokens
            .get(at)
            .is_some_and(|token| is_lead(&token.word))
        {
            infinitive |= self.tokens[at].word == "to";
            at += 1;
        }
        let Some(token) = self
            .tokens
            .get(at)
            .filter(|token| token.kind == TokenKind::Word)
        else {
            return false;
        };
        // `gyms in London and their reviews` asks for two things.
        if matches!(token.word.as_str(), "their" | "its")
            && at > 0
            && self.tokens[at - 1].word == "and"
        {
            return true;
        }
        if matches!(
            token.word.as_str(),
            "what" | "who" | "how" | "where" | "when" | "which"
        ) {
            return !infinitive;
        }
        let inflected = token.word.ends_with(['s', 'd', 'g']) && token.word != token.stem;
        let verb = self.is_verb(token);
        if inflected || !verb || is_stop(&token.word) {
            return false;
        }
        infinitive || !is_noun_too(&token.word) || self.governs(at + 1)
    }

    fn tells(&self, tokens: &[Token]) -> bool {
        let word = |at: usize| tokens.get(at).map_or("", |token| token.word.as_str());
        let question = matches!(
            word(0),
            "what" | "who" | "how" | "where" | "when" | "which" | "is" | "are"
        );
        let promise = word(0) == "i'll"
            || word(0) == "i" && matches!(word(1), "will" | "am" | "have" | "live");
        let opens = tokens.first().is_some_and(|first| self.is_verb(first));
        let copula = tokens
            .iter()
            .any(|token| matches!(token.word.as_str(), "is" | "are" | "was"));
        !question
            && (promise || copula && !opens && !tokens.iter().any(|token| token.word == "want"))
    }

    fn is_verb(&self, token: &Token) -> bool {
        is_action(&token.stem) || (self.known)(&token.stem)
    }

    /// Whether what stands at `at` is the object of a verb rather than the continuation of a noun.
    fn governs(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|next| match next.kind {
            TokenKind::Word => is_object(&next.word),
            TokenKind::Value(index) => self.stated[index].kind == ValueKind::Number,
            TokenKind::Mark(_) => false,
        })
    }

    fn clause(&self, range: Range<usize>) -> Option<Clause> {
        let meaningful =
            |token: &Token| token.is_content() || matches!(token.kind, TokenKind::Value(_));
        self.tokens[range.clone()]
            .iter()
            .any(meaningful)
            .then(|| Clause {
                verb: self.opens(range.start),
                tells: self.tells(&self.tokens[range.clone()]),
                values: range.clone(),
                tokens: range,
            })
    }
}

fn is_link(word: &str) -> bool {
    matches!(
        word,
        "and" | "then" | "also" | "finally" | "afterwards" | "lastly" | "but" | "plus"
    )
}

/// Words that may stand between a link and its verb.
fn is_lead(word: &str) -> bool {
    matches!(
        word,
        "i" | "want"
            | "would"
            | "like"
            | "need"
            | "to"
            | "please"
            | "can"
            | "you"
            | "could"
            | "also"
            | "i'd"
            | "let"
            | "me"
            | "us"
            | "we"
            | "help"
            | "kindly"
            | "just"
            | "will"
    )
}

/// Verbs that are as often nouns.
fn is_noun_too(word: &str) -> bool {
    const NOUNS: &[&str] = &[
        "analysis", "book", "call", "change", "check", "cipher", "close", "count", "display",
        "draft", "drop", "email", "estimate", "exchange", "filter", "hash", "list", "look", "mail",
        "match", "measure", "message", "monitor", "new", "open", "order", "pick", "plan", "play",
        "post", "rank", "record", "rent", "report", "return", "ride", "run", "schedule", "search",
        "set", "share", "show", "start", "stop", "store", "stream", "study", "sum", "summary",
        "test", "text", "track", "use", "view", "visit", "watch", "work",
    ];
    NOUNS.contains(&word)
}

/// Words that follow a verb but no noun.
fn is_object(word: &str) -> bool {
    const OBJECTS: &[&str] = &[
        "a", "all", "an", "any", "back", "for", "four", "her", "him", "his", "if", "into", "it",
        "its", "me", "my", "one", "our", "out", "some", "that", "the", "their", "them", "these",
        "this", "those", "three", "two", "up", "us",
    ];
    OBJECTS.contains(&word)
}
