//! Text: sentences, as ranges of bytes, so that whoever picks one can cite its place.

use std::ops::Range;

/// The sentences of `text` as ranges of bytes, in order, without surrounding white space.
///
/// A sentence ends after `.`, `!`, `?` (and closing quotes) before white space, at the full
/// stops of scripts that write none, at an empty line, and before a list item or heading.
///
/// # Examples
/// ```
/// use alma_core::text::sentences;
/// let text = "It runs. Does it?\n\n- yes";
/// let found: Vec<_> = sentences(text).into_iter().map(|at| &text[at]).collect();
/// assert_eq!(found, ["It runs.", "Does it?", "- yes"]);
/// ```
#[must_use]
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let mut after = at + c.len_utf8();
        let ends = match c {
            '.' | '!' | '?' => {
                after += closing_marks(&text[after..]);
                let tail = &text[after..];
                (tail.is_empty() || tail.starts_with(char::is_whitespace))
                    && !abbreviated(&text[start..=at])
            }
            '\u{3002}' | '\u{FF01}' | '\u{FF1F}' => true,
            '\n' => begins_block(&text[after..]),
            _ => false,
        };
        if ends {
            push(text, start..after, &mut found);
            start = after;
            while chars.next_if(|&(next, _)| next < after).is_some() {}
        }
    }
    push(text, start..text.len(), &mut found);
    found
}

/// The bytes of the quotes and brackets that close a sentence behind its mark; few at most,
/// so that long runs of them cost no time.
fn closing_marks(tail: &str) -> usize {
    tail.chars()
        .take(4)
        .take_while(|c| matches!(c, '"' | '\'' | ')' | '\u{201D}' | '\u{2019}'))
        .map(char::len_utf8)
        .sum()
}

/// Whether the line at the start of `rest` begins something new.
fn begins_block(rest: &str) -> bool {
    let line = rest.trim_start_matches([' ', '\t']);
    let numbered = line
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .starts_with(". ")
        && line.starts_with(|c: char| c.is_ascii_digit());
    line.starts_with(['\n', '\r', '#', '|', '>'])
        || line.starts_with("- ")
        || line.starts_with("* ")
        || line.starts_with("+ ")
        || line.starts_with("```")
        || numbered
}

/// Whether the text up to a full stop ends in an initial, a list number or a usual short form.
fn abbreviated(text: &str) -> bool {
    let Some(body) = text.strip_suffix('.') else {
        return false;
    };
    let word = body
        .rsplit(|c: char| c.is_whitespace() || c == '(')
        .next()
        .unwrap_or_default();
    let single = word.chars().count() == 1;
    let list_number = body.trim_start().chars().all(|c| c.is_ascii_digit());
    let lower = word.to_lowercase();
    single
        || (list_number && !word.is_empty())
        || matches!(
            lower.as_str(),
            "mr" | "mrs" | "ms" | "dr" | "prof" | "st" | "vs" | "e.g" | "i.e" | "etc" | "no" | "cf"
        )
}

/// Adds `range` without its surrounding white space, unless nothing is left.
fn push(text: &str, range: Range<usize>, found: &mut Vec<Range<usize>>) {
    let piece = &text[range.clone()];
    let trimmed = piece.trim();
    if !trimmed.is_empty() {
        let start = range.start + (piece.len() - piece.trim_start().len());
        found.push(start..start + trimmed.len());
    }
}
