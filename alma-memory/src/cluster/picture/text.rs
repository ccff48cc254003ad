//! Text of anyone, made harmless: escaped for HTML, without control characters, of bounded length.

/// Escapes `text` and keeps at most `most` characters of it.
///
/// Control characters, line breaks and what turns the direction of writing become spaces; of marks
/// that stand on a letter two are kept, so that no name grows over others.
pub(super) fn escaped(text: &str, most: usize) -> String {
    let mut out = String::new();
    let (mut count, mut marks) = (0, 0);
    for c in text.trim().chars() {
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if marks > 2 {
            continue;
        }
        if count == most {
            out.push('…');
            break;
        }
        count += 1;
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() || is_format(c) => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// How many letters wide `text` is about, cut to `most` characters; those of East Asia count twice.
pub(super) fn width(text: &str, most: usize) -> usize {
    let letters = text.trim().chars().filter(|&c| !is_mark(c));
    letters
        .take(most + 1)
        .map(|c| if c < '\u{1100}' { 1 } else { 2 })
        .sum()
}

/// Whether it is a combining mark, of the blocks that have nothing else.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

/// Whether it turns the direction of writing, or separates lines without being a control character.
const fn is_format(c: char) -> bool {
    matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}')
}

/// So many rows.
pub(super) fn rows(number: usize) -> String {
    match number {
        1 => "1 row".to_owned(),
        _ => format!("{} rows", count(number)),
    }
}

/// A count with its thousands set apart.
pub(super) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number of any size in three significant digits.
pub(super) fn figure(number: f64) -> String {
    match number.abs() {
        0.0 => "0".to_owned(),
        0.001..1_000_000.0 => {
            let places = (2 - number.abs().log10().floor() as i32).max(0) as usize;
            let text = format!("{number:.places$}");
            if text.contains('.') {
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            } else {
                text
            }
        }
        _ => format!("{number:.2e}"),
    }
}

/// A share of a whole in per cent.
pub(super) fn per_cent(part: usize, whole: usize) -> String {
    format!("{:.1} %", 100.0 * part as f64 / whole.max(1) as f64)
}
