//! Prose: what a text says, without what only machines read.

/// The prose of a Markdown or plain text: without code blocks, addresses, images, HTML tags,
/// the targets of links, and heading marks. Plain talk passes unchanged.
///
/// # Examples
/// ```
/// use alma_memory::text::prose;
/// let text = "# Use\n\nSee [the book](https://example.org/book) first.\n\n```\nlet x = 1;\n```\n";
/// assert_eq!(prose(text), "Use\n\n\nSee the book first.\n\n");
/// ```
#[must_use]
pub fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut fenced = false;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start();
        if bare.starts_with("```") || bare.starts_with("~~~") {
            fenced = !fenced;
            continue;
        }
        if fenced || defines_link(bare) {
            continue;
        }
        let marks = bare.bytes().take_while(|&byte| byte == b'#').count();
        let heading = (1..=6).contains(&marks) && bare[marks..].starts_with(' ');
        if heading {
            strip_inline(&bare[marks + 1..], &mut out);
            // What follows is no part of it.
            out.push('\n');
        } else if !is_rule(bare) {
            strip_inline(line, &mut out);
        }
    }
    out
}

/// Whether a line is drawn and not written: under a heading, between sections, in a table.
fn is_rule(line: &str) -> bool {
    line.trim_end().len() >= 3
        && line
            .trim_end()
            .bytes()
            .all(|byte| matches!(byte, b'=' | b'-' | b'*' | b'_' | b'|' | b':' | b' '))
}

/// Whether a line only names the target of a link: `[name]: address`.
fn defines_link(line: &str) -> bool {
    line.starts_with('[')
        && line
            .find("]:")
            .is_some_and(|end| !line[1..end].contains(['[', ']']))
}

fn strip_inline(line: &str, out: &mut String) {
    let mut rest = line;
    while let Some(at) = rest.find(['<', 'h', 'w', '!', '[']) {
        out.push_str(&rest[..at]);
        let begins_word = !out.ends_with(char::is_alphanumeric);
        rest = &rest[at..];
        let skipped = match rest.as_bytes().first() {
            Some(b'<') => tag(rest),
            Some(b'h' | b'w') if begins_word => address(rest),
            Some(b'!') if rest.starts_with("![") => link(&rest[1..]).map(|(_, end)| end + 1),
            Some(b'[') => link(rest).map(|(inside, end)| {
                strip_inline(inside, out);
                end
            }),
            _ => None,
        };
        match skipped {
            Some(end) => rest = &rest[end..],
            None => {
                // One of the five, so one byte.
                out.push_str(&rest[..1]);
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
}

/// The length of an HTML tag or comment at the start of `text`.
fn tag(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('<')?;
    let named = inside.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
    let end = inside.find(['>', '<'])?;
    (named && inside[end..].starts_with('>')).then_some(end + 2)
}

/// The length of a web address at the start of `text`.
fn address(text: &str) -> Option<usize> {
    let known = ["https://", "http://", "www."]
        .iter()
        .any(|start| text.starts_with(start));
    known.then(|| {
        text.find(|c: char| {
            c.is_whitespace() || matches!(c, ')' | '>' | '"' | '\'' | '`' | ']' | '|')
        })
        .unwrap_or(text.len())
    })
}

/// What stands in the brackets of a link at the start of `text`, and the length of the whole.
fn link(text: &str) -> Option<(&str, usize)> {
    let mut depth = 0;
    let close = text.char_indices().take(2_000).find_map(|(at, c)| {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(at)
    })?;
    let (inside, after) = (&text[1..close], &text[close + 1..]);
    let end = match after.as_bytes().first()? {
        b'(' => after.find(')')?,
        b'[' => after.find(']')?,
        _ => return None,
    };
    Some((inside, close + 1 + end + 1))
}
