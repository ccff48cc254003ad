//! Dates and times of day as people write them.

const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "jan",
    "feb",
    "mar",
    "apr",
    "jun",
    "jul",
    "aug",
    "sep",
    "sept",
    "oct",
    "nov",
    "dec",
];

/// The length of a date such as `2024-01-31`, `1/31/2024` or `January 31, 2024`.
pub(super) fn date_length(text: &str) -> Option<usize> {
    let run = text.find(char::is_whitespace).unwrap_or(text.len());
    let run = text[..run].trim_end_matches([',', '.', ';', '!', '?', ')', '\'', '"', ':']);
    let parts: Vec<&str> = run.split(['-', '/']).collect();
    if parts.len() == 3 && parts.iter().all(|part| is_number(part)) {
        let lengths = [parts[0].len(), parts[1].len(), parts[2].len()];
        if matches!(lengths, [4, 1..=2, 1..=2] | [1..=2, 1..=2, 2 | 4]) {
            return Some(run.len());
        }
    }
    spelt_date(text)
}

/// The length of a date such as `October 10th 2023`, `10 October` or `January 1, 2024`.
fn spelt_date(text: &str) -> Option<usize> {
    let mut words = Words { text, at: 0 };
    let first = words.next()?;
    let mut end = words.at;
    if is_month(first) && first.chars().next().is_some_and(char::is_uppercase) {
        let day_or_year = words.next().filter(|word| is_day(word) || is_year(word))?;
        end = words.at;
        if is_day(day_or_year) && words.next().is_some_and(is_year) {
            end = words.at;
        }
        return Some(end);
    }
    if is_day(first) {
        let mut month = words.next()?;
        if month == "of" {
            month = words.next()?;
        }
        if !is_month(month) {
            return None;
        }
        end = end.max(words.at);
        if words.next().is_some_and(is_year) {
            end = words.at;
        }
        return Some(end);
    }
    None
}

/// Words separated by spaces, with one comma allowed after each.
struct Words<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let rest = &self.text[self.at..];
        let rest = rest.strip_prefix(',').unwrap_or(rest);
        let rest = rest.trim_start_matches(' ');
        let start = self.text.len() - rest.len();
        let end = rest
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(rest.len());
        if end == 0 {
            return None;
        }
        self.at = start + end;
        Some(&rest[..end])
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_month(word: &str) -> bool {
    MONTHS.contains(&word.to_ascii_lowercase().as_str())
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && is_number(word) && matches!(&word[..2], "18" | "19" | "20" | "21")
}

fn is_day(word: &str) -> bool {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let ending = &word[digits.len()..];
    matches!(ending, "" | "st" | "nd" | "rd" | "th")
        && is_number(digits)
        && digits
            .parse::<u8>()
            .is_ok_and(|day| (1..=31).contains(&day))
}

/// The length of `10:00`, `10:00:00`, `10:00 AM` or `7pm`.
pub(super) fn time_length(text: &str) -> Option<usize> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut end = digits(text);
    if !(1..=2).contains(&end) {
        return None;
    }
    let mut colon = false;
    while text[end..].starts_with(':') && digits(&text[end + 1..]) == 2 {
        end += 3;
        colon = true;
    }
    let rest = text[end..].trim_start_matches(' ');
    let spaces = text.len() - end - rest.len();
    let half = rest
        .get(..2)
        .filter(|half| half.eq_ignore_ascii_case("am") || half.eq_ignore_ascii_case("pm"));
    match half {
        Some(_) if !rest[2..].starts_with(char::is_alphanumeric) && spaces <= 1 => {
            Some(end + spaces + 2)
        }
        _ => colon.then_some(end),
    }
}
