//! The values that a goal states: quoted text, numbers, dates, addresses, names.

use serde_json::Value;

use super::date::{date_length, time_length};

/// What a stated value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueKind {
    /// Text in quotation marks.
    Quoted,
    /// A plain number, in digits or as a word.
    Number,
    /// A number with a currency.
    Money,
    /// A number with a percent sign.
    Percent,
    /// A calendar date.
    Date,
    /// A time of day.
    Time,
    /// A telephone number.
    Phone,
    /// An address on the web.
    Url,
    /// An address for mail.
    Email,
    /// A path of files.
    Path,
    /// Capitalised words: a person, a place, a company, a code.
    Name,
    /// A language.
    Language,
    /// A currency, by name or by code.
    Currency,
    /// A list in brackets, or several quoted texts in a row.
    List,
}

/// A value that a goal states, and where.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stated {
    /// What it looks like.
    pub(crate) kind: ValueKind,
    /// Whether it stands in quotation marks, whatever it looks like.
    pub(crate) quoted: bool,
    /// The stems of the name under which it was given; empty when it was read from the text.
    pub(crate) name: Vec<String>,
    /// The value itself.
    pub(crate) value: Value,
    /// The index of its first token.
    pub(crate) first: usize,
    /// The index after its last token.
    pub(crate) end: usize,
}

/// Reads a value at the start of `text`, which follows `before`; gives its kind, its JSON and its length in bytes.
pub(super) fn value_at(
    text: &str,
    before: Option<char>,
    after_word: bool,
) -> Option<(ValueKind, Value, usize)> {
    if after_word {
        return None;
    }
    // Nobody quotes for longer, nor writes a longer address: looking further would make reading slow.
    let (far, near) = (clipped(text, 2_048), clipped(text, 64));
    let first = text.chars().next()?;
    if !first.is_alphanumeric() && !matches!(first, '/' | '.' | '~' | '-' | '$' | '€' | '£' | '¥')
    {
        return quoted(far).or_else(|| bracketed(far));
    }
    // Within a run of marks no address begins; looking on from each of them would take for ever.
    let apart = before.is_none_or(|c| c.is_whitespace() || "([{<\"'`,;:=".contains(c));
    let address = apart.then(|| address(far)).flatten();
    address.or_else(|| dated(near)).or_else(|| numeric(near))
}

fn clipped(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

fn quoted(text: &str) -> Option<(ValueKind, Value, usize)> {
    let open = text.chars().next()?;
    let close = match open {
        '\'' => '\'',
        '"' => '"',
        '`' => '`',
        '\u{2018}' => '\u{2019}',
        '\u{201c}' => '\u{201d}',
        '\u{ab}' => '\u{bb}',
        _ => return None,
    };
    let inner = &text[open.len_utf8()..];
    let end = inner.char_indices().find_map(|(at, next)| {
        let follows = inner[at + next.len_utf8()..].chars().next();
        // An apostrophe inside a word does not close what an apostrophe opened.
        (next == close && !follows.is_some_and(char::is_alphanumeric)).then_some(at)
    })?;
    let body = &inner[..end];
    if body.trim().is_empty() || body.contains('\n') && close == '\'' {
        return None;
    }
    let length = open.len_utf8() + end + close.len_utf8();
    let kind = dated(body)
        .or_else(|| time_length(body).map(|length| (ValueKind::Time, Value::Null, length)))
        .or_else(|| address(body))
        .filter(|(_, _, length)| *length == body.len())
        .map_or(ValueKind::Quoted, |(kind, ..)| kind);
    Some((kind, Value::from(body), length))
}

fn bracketed(text: &str) -> Option<(ValueKind, Value, usize)> {
    let inner = text.strip_prefix('[')?;
    let end = inner.find(']')?;
    let items: Vec<Value> = inner[..end]
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| {
            let bare = item.trim_matches(['\'', '"', '`']);
            if bare.len() == item.len() {
                serde_json::from_str(item).unwrap_or_else(|_| Value::from(item))
            } else {
                Value::from(bare)
            }
        })
        .collect();
    (!items.is_empty()).then(|| (ValueKind::List, Value::from(items), end + 2))
}

fn address(text: &str) -> Option<(ValueKind, Value, usize)> {
    if text.starts_with('.') && !text.starts_with("./") {
        return None;
    }
    let run =
        text.find(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"' | '\'' | ')' | '>'));
    let run = text[..run.unwrap_or(text.len())].trim_end_matches(['.', '!', '?', ':']);
    let lower = run.get(..8).unwrap_or(run).to_ascii_lowercase();
    let kind = if ["http://", "https://", "www."]
        .iter()
        .any(|head| lower.starts_with(head))
    {
        ValueKind::Url
    } else if run
        .split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('@'))
    {
        ValueKind::Email
    } else if (run.starts_with('/') || run.starts_with("./") || run.starts_with("~/"))
        && run.len() > 2
        && run.contains(char::is_alphabetic)
        || is_file(run)
    {
        ValueKind::Path
    } else {
        return None;
    };
    Some((kind, Value::from(run), run.len()))
}

/// Endings of names that are hosts rather than files.
const HOSTS: [&str; 7] = ["com", "org", "net", "edu", "gov", "io", "dev"];

/// Whether it looks like the name of a file: `notes/list.json`, but not `e.g`, `2.5` or `example.com`.
fn is_file(run: &str) -> bool {
    let Some((stem, ending)) = run.rsplit_once('.') else {
        return false;
    };
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    stem.len() > 1
        && stem.starts_with(char::is_alphanumeric)
        && stem.chars().all(plain)
        && (2..=5).contains(&ending.len())
        && ending.starts_with(|c: char| c.is_ascii_lowercase())
        && ending
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        && !HOSTS.contains(&ending)
}

fn dated(text: &str) -> Option<(ValueKind, Value, usize)> {
    let length = date_length(text)?;
    Some((ValueKind::Date, Value::from(&text[..length]), length))
}

fn numeric(text: &str) -> Option<(ValueKind, Value, usize)> {
    let money = text
        .chars()
        .next()
        .filter(|c| matches!(c, '$' | '€' | '£' | '¥'));
    let start = money.map_or(0, char::len_utf8);
    let rest = &text[start..];
    let sign = usize::from(rest.starts_with('-'));
    if !rest[sign..].starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if money.is_none() {
        if let Some(length) = time_length(rest) {
            return Some((ValueKind::Time, Value::from(&rest[..length]), length));
        }
        if let Some(length) = telephone(rest) {
            return Some((ValueKind::Phone, Value::from(&rest[..length]), length));
        }
    }
    let (number, length) = plain_number(&rest[sign..])?;
    let number = if sign == 1 { negative(number) } else { number };
    let end = start + sign + length;
    let after = &text[end..];
    if money.is_some() {
        return Some((ValueKind::Money, number, end));
    }
    if after.starts_with('%') {
        return Some((ValueKind::Percent, number, end + 1));
    }
    // `3rd`, `4k` and `10km` are words of their own, `10-K` a name; `4-star` is four.
    let glued = after.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        || after.starts_with('-') && after[1..].starts_with(char::is_uppercase);
    (!glued).then_some((ValueKind::Number, number, end))
}

fn negative(number: Value) -> Value {
    match (number.as_i64(), number.as_f64()) {
        (Some(whole), _) => Value::from(-whole),
        (None, Some(real)) => Value::from(-real),
        (None, None) => number,
    }
}

fn plain_number(text: &str) -> Option<(Value, usize)> {
    let bytes = text.as_bytes();
    let mut end = 0;
    let mut digits = String::new();
    while end < bytes.len() {
        let groups = bytes[end] == b','
            && bytes.len() >= end + 4
            && bytes[end + 1..end + 4].iter().all(u8::is_ascii_digit)
            && !bytes.get(end + 4).is_some_and(u8::is_ascii_digit);
        let point = bytes[end] == b'.' && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
        if bytes[end].is_ascii_digit() || point {
            digits.push(bytes[end] as char);
        } else if !groups {
            break;
        }
        end += 1;
    }
    let value = match digits.parse::<i64>() {
        Ok(whole) => Value::from(whole),
        Err(_) => Value::from(digits.parse::<f64>().ok().filter(|real| real.is_finite())?),
    };
    Some((value, end))
}

/// The length of a number in at least two groups (`555-1234`) or of ten digits and more.
fn telephone(text: &str) -> Option<usize> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '-')
        .unwrap_or(text.len());
    let run = text[..end].trim_end_matches('-');
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    let groups: Vec<&str> = run.split('-').collect();
    let grouped = groups.len() > 1
        && groups.iter().all(|group| (2..=4).contains(&group.len()))
        && (7..=15).contains(&digits)
        && groups.len() < 6;
    let plain = groups.len() == 1 && (10..=15).contains(&digits);
    (grouped || plain).then_some(run.len())
}

/// The number that a word names.
pub(super) fn number_word(word: &str) -> Option<i64> {
    const WORDS: &[&str] = &[
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    match word {
        "single" => Some(1),
        "dozen" => Some(12),
        "hundred" => Some(100),
        "thousand" => Some(1000),
        _ => WORDS
            .iter()
            .position(|name| *name == word)
            .map(|at| at as i64),
    }
}

/// Whether a word in lower case is a language.
pub(super) fn is_language(word: &str) -> bool {
    const LANGUAGES: &[&str] = &[
        "arabic",
        "bengali",
        "bulgarian",
        "catalan",
        "chinese",
        "croatian",
        "czech",
        "danish",
        "dutch",
        "english",
        "estonian",
        "finnish",
        "french",
        "german",
        "greek",
        "hebrew",
        "hindi",
        "hungarian",
        "indonesian",
        "irish",
        "italian",
        "japanese",
        "korean",
        "latin",
        "latvian",
        "lithuanian",
        "malay",
        "mandarin",
        "norwegian",
        "persian",
        "polish",
        "portuguese",
        "romanian",
        "russian",
        "serbian",
        "slovak",
        "slovenian",
        "spanish",
        "swahili",
        "swedish",
        "tamil",
        "thai",
        "turkish",
        "ukrainian",
        "urdu",
        "vietnamese",
        "welsh",
    ];
    LANGUAGES.binary_search(&word).is_ok()
}

/// Whether a stem names a currency.
pub(super) fn is_currency(stem: &str) -> bool {
    const CURRENCIES: &[&str] = &[
        "aud", "bitcoin", "brl", "btc", "cad", "chf", "cny", "dollar", "eth", "ethereum", "eur",
        "euro", "franc", "gbp", "inr", "jpy", "krona", "ltc", "mxn", "peso", "rupe", "sek", "usd",
        "won", "xrp", "yen", "yuan",
    ];
    CURRENCIES.binary_search(&stem).is_ok()
}
