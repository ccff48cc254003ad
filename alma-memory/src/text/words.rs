//! Words and terms: how text is cut up before anything counts it.

use std::borrow::Cow;

use frostem::{Algorithm, Stemmer};

use super::stop::is_stop_word;

/// Longer runs of letters (encoded data, mostly) are cut here, so that no term is huge.
const MAX_WORD: usize = 64;

/// The words of `text`: lower case, without accents, in order.
///
/// A word is a run of letters and digits; the English possessive `'s` is dropped. In
/// scripts that write without spaces (Chinese, Japanese, Thai) each pair of neighbouring
/// characters is a word, so that any part of a run can be found.
///
/// # Examples
/// ```
/// use alma_memory::text::words;
/// let found: Vec<_> = words("Zoë's tea-pot: 2 cups").collect();
/// assert_eq!(found, ["zoe", "tea", "pot", "2", "cups"]);
/// ```
pub fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    Words { rest: text }
        .filter(|run| !run.is_empty())
        .flat_map(|run| {
            if run.chars().next().is_some_and(is_unspaced) {
                pairs(run)
            } else {
                vec![fold(run)]
            }
        })
}

/// The terms of `text`: its words without stop words, reduced to their stems, in order.
///
/// # Examples
/// ```
/// use alma_memory::text::terms;
/// assert_eq!(terms("The dogs were running"), ["dog", "run"]);
/// ```
#[must_use]
pub fn terms(text: &str) -> Vec<String> {
    words(text)
        .filter(|word| !is_stop_word(word))
        .map(|word| stem(&word).into_owned())
        .collect()
}

/// The stem of one word that [`words`] gave.
#[must_use]
pub fn stem(word: &str) -> Cow<'_, str> {
    // The stemmer knows English; other scripts and numbers pass as they are.
    if word.is_ascii() && word.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        Stemmer::new(Algorithm::English).stem(word)
    } else {
        Cow::Borrowed(word)
    }
}

/// Cuts text into runs of one kind: spaced letters and digits, or unspaced script.
struct Words<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let start = self.rest.find(char::is_alphanumeric)?;
        let rest = &self.rest[start..];
        let unspaced = rest.chars().next().is_some_and(is_unspaced);
        let end = rest
            .find(|c: char| !is_silent(c) && (!c.is_alphanumeric() || is_unspaced(c) != unspaced))
            .unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        self.rest = possessive(after).unwrap_or(after);
        Some(run)
    }
}

/// What follows an English possessive at the start of `after`, if there is one.
fn possessive(after: &str) -> Option<&str> {
    let tail = after
        .strip_prefix('\'')
        .or_else(|| after.strip_prefix('\u{2019}'))?
        .strip_prefix(['s', 'S'])?;
    (!tail.starts_with(char::is_alphanumeric)).then_some(tail)
}

/// Marks above and below letters, soft hyphens, and what has no width: parts of a word that nobody types.
fn is_silent(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{300}'..='\u{36F}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}')
}

/// Characters of scripts that put no spaces between words.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

fn pairs(run: &str) -> Vec<String> {
    let chars: Vec<char> = run.chars().filter(|c| !is_silent(*c)).collect();
    if chars.len() == 1 {
        return vec![chars.iter().collect()];
    }
    chars.windows(2).map(|pair| pair.iter().collect()).collect()
}

fn fold(run: &str) -> String {
    let mut out = String::with_capacity(run.len().min(MAX_WORD));
    for c in run.chars().flat_map(char::to_lowercase) {
        if out.len() >= MAX_WORD {
            break;
        }
        match plain(c) {
            Some(letters) => out.push_str(letters),
            None if is_silent(c) => {}
            None => out.push(c),
        }
    }
    out
}

/// The plain letters that people type for an accented Latin letter.
fn plain(c: char) -> Option<&'static str> {
    if c.is_ascii() {
        return None;
    }
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì' | 'í' | 'î' | 'ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        _ => return None,
    })
}
