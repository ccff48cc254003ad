//! Values of several words: names of people and places, and lists of quoted texts.

use serde_json::Value;

use super::{
    is_action,
    token::{Token, TokenKind, is_stop},
    value::{Stated, ValueKind, is_currency, is_language, number_word},
};

/// `'a', 'b' and 'c'` is also a list of three.
pub(super) fn join_lists(tokens: &[Token], stated: &mut Vec<Stated>) {
    let mut lists = Vec::new();
    let mut at = 0;
    while at < stated.len() {
        let mut items = vec![stated[at].value.clone()];
        let (first, mut end) = (stated[at].first, stated[at].end);
        let mut next = at + 1;
        while stated[at].quoted && next < stated.len() {
            let between = &tokens[end..stated[next].first];
            let joined = !between.is_empty()
                && between.len() <= 2
                && between
                    .iter()
                    .all(|token| token.is_mark(',') || token.word == "and" || token.word == "or");
            if !stated[next].quoted || !joined {
                break;
            }
            items.push(stated[next].value.clone());
            end = stated[next].end;
            next += 1;
        }
        if items.len() > 1 {
            lists.push(Stated {
                kind: ValueKind::List,
                quoted: true,
                name: Vec::new(),
                value: Value::from(items),
                first,
                end,
            });
        }
        at = next;
    }
    stated.extend(lists);
}

/// Runs of capitalised words that do not merely open a sentence, languages and currencies.
pub(super) fn find_names(text: &str, tokens: &[Token], stated: &mut Vec<Stated>) {
    let mut at = 0;
    while at < tokens.len() {
        let kind = if is_language(&tokens[at].word) {
            ValueKind::Language
        } else if is_currency(&tokens[at].stem) && !follows_number(tokens, at) {
            ValueKind::Currency
        } else if starts_name(tokens, at) {
            ValueKind::Name
        } else {
            at += 1;
            continue;
        };
        let mut end = at + 1;
        if kind == ValueKind::Name {
            end = name_end(tokens, at);
        }
        let last = &tokens[end - 1];
        let kind = if kind == ValueKind::Name && is_currency(&last.stem) {
            ValueKind::Currency
        } else {
            kind
        };
        let span = &text[tokens[at].start..last.end];
        let span = span.strip_suffix("'s").unwrap_or(span);
        stated.push(Stated {
            kind,
            quoted: false,
            name: Vec::new(),
            value: Value::from(span),
            first: at,
            end,
        });
        at = end;
    }
}

/// `100 dollars` is an amount rather than a currency to convert to.
fn follows_number(tokens: &[Token], at: usize) -> bool {
    tokens[at].stem == "dollar" && at > 0 && matches!(tokens[at - 1].kind, TokenKind::Value(_))
}

fn name_end(tokens: &[Token], at: usize) -> usize {
    let mut end = at + 1;
    let capital = |at: usize| {
        tokens
            .get(at)
            .is_some_and(|token| token.kind == TokenKind::Word && token.capital)
    };
    while end < tokens.len() {
        let bridge = matches!(
            tokens[end].word.as_str(),
            "of" | "de" | "la" | "the" | "for"
        ) || tokens[end].is_mark('&')
            || tokens[end].is_mark('.') && is_abbreviation(&tokens[end - 1]);
        if capital(end) && !is_language(&tokens[end].word) {
            end += 1;
        } else if bridge && capital(end + 1) && !is_stop(&tokens[end + 1].word) {
            end += 2;
        } else {
            break;
        }
    }
    let placed = at > 0
        && matches!(
            tokens[at - 1].word.as_str(),
            "in" | "near" | "at" | "around" | "of"
        );
    let listed = tokens
        .get(end + 2)
        .is_some_and(|token| token.is_mark(',') || token.word == "and" || token.capital);
    if placed
        && !listed
        && tokens.get(end).is_some_and(|token| token.is_mark(','))
        && capital(end + 1)
        && starts_name(tokens, end + 1)
    {
        end += 2;
    }
    end
}

/// Whether a full stop after this word does not end a sentence.
pub(super) fn is_abbreviation(token: &Token) -> bool {
    token.word.chars().count() == 1 && token.word != "i"
        || token.word.contains('.')
        || matches!(
            token.word.as_str(),
            "inc"
                | "corp"
                | "ltd"
                | "co"
                | "mr"
                | "mrs"
                | "ms"
                | "dr"
                | "st"
                | "vs"
                | "e.g"
                | "i.e"
                | "no"
        )
}

fn starts_name(tokens: &[Token], at: usize) -> bool {
    let token = &tokens[at];
    if token.kind != TokenKind::Word || !token.capital || is_stop(&token.word) {
        return false;
    }
    let opens = at == 0
        || matches!(
            tokens[at - 1].kind,
            TokenKind::Mark('.' | '!' | '?' | ':' | ';')
        );
    let followed = tokens.get(at + 1).is_some_and(|next| next.capital);
    !(opens && (is_action(&token.stem) || !followed && token.word.len() > 3))
        && (followed || number_word(&token.word).is_none())
}
