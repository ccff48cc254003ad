//! Which ways to write dates and times the examples show.

use std::collections::BTreeSet;

use crate::lang::{DatePattern, MONTHS, TimePattern, Value, WEEKDAYS};

use super::{
    Task,
    bank::{PatternTerm, Patterns},
    constants::texts,
};

/// The most patterns of one sort.
const MOST: usize = 20;

/// The patterns that fit all texts of a parameter (to read), or all outputs (to write).
pub(crate) fn patterns(task: &Task<'_>) -> Patterns {
    let mut read_date = BTreeSet::new();
    let mut read_time = BTreeSet::new();
    for at in 0..task.params.len() {
        let column: Vec<&str> = task
            .samples
            .iter()
            .flat_map(|s| texts(std::slice::from_ref(&s.input[at])))
            .collect();
        for candidate in dates(&column) {
            if reads_all(&candidate, &column) {
                read_date.insert(candidate);
            }
        }
        for candidate in times(&column) {
            let pattern = candidate.parse::<TimePattern>();
            if pattern.is_ok_and(|p| column.iter().all(|text| p.read(text).is_some())) {
                read_time.insert(candidate);
            }
        }
    }
    let outputs: Vec<&str> = task
        .samples
        .iter()
        .flat_map(|s| texts(std::slice::from_ref(&s.output)))
        .collect();
    let mut write_date: BTreeSet<String> = dates(&outputs).into_iter().collect();
    let write_time: BTreeSet<String> = times(&outputs).into_iter().collect();
    if !read_date.is_empty() {
        // A date that is computed is often written as the one that was read, or field by field.
        write_date.extend(read_date.iter().filter(|p| !p.ends_with('*')).cloned());
        write_date.extend(["dddd", "ddd", "MMMM", "MMM", "YYYY", "MM", "DD"].map(str::to_owned));
    }
    Patterns {
        read_date: terms(read_date),
        write_date: terms(write_date),
        read_time: terms(read_time),
        write_time: terms(write_time),
    }
}

fn reads_all(pattern: &str, column: &[&str]) -> bool {
    pattern
        .parse::<DatePattern>()
        .is_ok_and(|p| column.iter().all(|text| p.read(text).is_some()))
}

fn terms(patterns: BTreeSet<String>) -> Vec<PatternTerm> {
    let mut ranked: Vec<(u8, String)> = patterns
        .into_iter()
        .map(|pattern| (cost(&pattern), pattern))
        .collect();
    ranked.sort();
    ranked.truncate(MOST);
    ranked
        .into_iter()
        .map(|(cost, pattern)| PatternTerm {
            value: Value::text(pattern),
            cost,
        })
        .collect()
}

/// Year first, or day first, is likelier than month first; literal words and leftovers are not likely.
fn cost(pattern: &str) -> u8 {
    let literal = pattern.contains('[') || pattern.contains('*');
    let month_first = pattern.starts_with('M') && !pattern.starts_with("MMM");
    let lone = !pattern.contains(|c: char| !c.is_ascii_alphabetic()) && pattern.len() <= 4;
    1 + u8::from(literal) + u8::from(month_first) + u8::from(lone)
}

/// What a run of one sort of characters is.
#[derive(Clone, Copy, PartialEq)]
enum Sort {
    Digits,
    Letters,
    Signs,
}

fn runs(text: &str) -> Vec<(Sort, &str)> {
    let sort = |c: char| {
        if c.is_ascii_digit() {
            Sort::Digits
        } else if c.is_alphabetic() {
            Sort::Letters
        } else {
            Sort::Signs
        }
    };
    let mut out = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, c) in text.char_indices() {
        if before.is_some_and(|before| before != sort(c)) {
            out.extend(before.map(|sort| (sort, &text[start..at])));
            start = at;
        }
        before = Some(sort(c));
    }
    out.extend(before.map(|sort| (sort, &text[start..])));
    out
}

/// The texts cut into runs, when all have the same sorts of runs and the same signs between.
fn aligned<'a>(column: &[&'a str]) -> Option<Vec<(Sort, Vec<&'a str>)>> {
    let rows: Vec<_> = column.iter().map(|text| runs(text)).collect();
    let first = rows.first()?;
    if first.is_empty() || first.len() > 14 {
        return None;
    }
    let mut out = Vec::new();
    for (at, (sort, _)) in first.iter().enumerate() {
        let mut parts = Vec::new();
        for row in &rows {
            let (other, part) = row.get(at)?;
            if other != sort || row.len() != first.len() {
                return None;
            }
            parts.push(*part);
        }
        let same = parts.iter().all(|part| *part == parts[0]);
        if *sort == Sort::Signs && !same {
            return None;
        }
        out.push((*sort, parts));
    }
    Some(out)
}

/// The fields that a run of digits or letters may be; each alternative with the fields it uses up.
fn date_fields(sort: Sort, parts: &[&str]) -> Vec<(&'static str, &'static str)> {
    let all = |length: usize| parts.iter().all(|part| part.len() == length);
    let below = |most: u32| {
        parts
            .iter()
            .all(|part| part.parse::<u32>().is_ok_and(|n| (1..=most).contains(&n)))
    };
    let plain = parts
        .iter()
        .all(|part| !part.starts_with('0') && part.len() <= 2);
    let mut out = Vec::new();
    match sort {
        Sort::Digits => {
            if all(4) {
                out.push(("YYYY", "y"));
            }
            if all(8) {
                out.extend([
                    ("YYYYMMDD", "ymd"),
                    ("DDMMYYYY", "ymd"),
                    ("MMDDYYYY", "ymd"),
                ]);
            }
            if all(6) {
                out.extend([
                    ("YYMMDD", "ymd"),
                    ("DDMMYY", "ymd"),
                    ("MMDDYY", "ymd"),
                    ("YYYYMM", "ym"),
                ]);
            }
            if all(2) {
                for (field, name, most) in [("MM", "m", 12), ("DD", "d", 31)] {
                    if below(most) {
                        out.push((field, name));
                    }
                }
                out.push(("YY", "y"));
            }
            if plain && !(all(2) && parts.len() > 2) {
                for (field, name, most) in [("M", "m", 12), ("D", "d", 31)] {
                    if below(most) {
                        out.push((field, name));
                    }
                }
            }
            if all(1) && below(4) {
                out.push(("Q", "q"));
            }
        }
        Sort::Letters => {
            let named = |names: &[&str], length: Option<usize>| {
                parts.iter().all(|part| {
                    names
                        .iter()
                        .any(|name| *part == &name[..length.unwrap_or(name.len())])
                })
            };
            for (names, long, short, used) in [
                (&MONTHS[..], "MMMM", "MMM", "m"),
                (&WEEKDAYS[..], "dddd", "ddd", "w"),
            ] {
                if named(names, None) {
                    out.push((long, used));
                } else if named(names, Some(3)) {
                    out.push((short, used));
                }
            }
        }
        Sort::Signs => {}
    }
    out
}

/// All date patterns in which all of `column` may be written.
fn dates(column: &[&str]) -> Vec<String> {
    let mut out = whole(column, date_fields);
    // A date with something after it, as a timestamp has.
    let heads: Option<Vec<&str>> = column
        .iter()
        .map(|text| text.find(['T', ' ']).map(|at| &text[..at]))
        .collect();
    if let Some(heads) = heads {
        let dates = whole(&heads, date_fields);
        out.extend(
            dates
                .into_iter()
                .filter(|pattern| reads_all(pattern, &heads))
                .map(|pattern| pattern + "*"),
        );
    }
    out
}

fn times(column: &[&str]) -> Vec<String> {
    let digits = column
        .iter()
        .all(|text| text.contains(|c: char| c.is_ascii_digit()));
    if !digits {
        return Vec::new();
    }
    let patterns = whole(column, time_fields);
    // A lone number is no time.
    patterns
        .into_iter()
        .filter(|p| p.contains(['m', 'A', 'a']) && p.contains(['H', 'h', 's']))
        .collect()
}

fn time_fields(sort: Sort, parts: &[&str]) -> Vec<(&'static str, &'static str)> {
    let below = |least: u32, most: u32| {
        parts.iter().all(|part| {
            part.parse::<u32>()
                .is_ok_and(|n| (least..most).contains(&n))
        })
    };
    let two = parts.iter().all(|part| part.len() == 2);
    let plain = parts
        .iter()
        .all(|part| part.len() == 1 || !part.starts_with('0'));
    let mut out = Vec::new();
    match sort {
        Sort::Digits => {
            if two {
                out.push(("HH", "h"));
                if below(1, 13) {
                    out.push(("hh", "h"));
                }
                if below(0, 60) {
                    out.extend([("mm", "m"), ("ss", "s")]);
                }
            }
            if plain {
                out.push(("H", "h"));
                if below(1, 13) {
                    out.push(("h", "h"));
                }
                out.extend([("m", "m"), ("s", "s")]);
            }
        }
        Sort::Letters => {
            if parts.iter().all(|part| matches!(*part, "AM" | "PM")) {
                out.push(("A", "a"));
            }
            if parts.iter().all(|part| matches!(*part, "am" | "pm")) {
                out.push(("a", "a"));
            }
        }
        Sort::Signs => {}
    }
    out
}

/// The names that a field of this sort may have, with what each writes.
type Fields = fn(Sort, &[&str]) -> Vec<(&'static str, &'static str)>;

/// All patterns for `column` that use no field twice.
fn whole(column: &[&str], fields: Fields) -> Vec<String> {
    let Some(parts) = aligned(column) else {
        return Vec::new();
    };
    let mut partial: Vec<(String, String)> = vec![(String::new(), String::new())];
    for (sort, texts) in &parts {
        let mut next = Vec::new();
        let same = texts.iter().all(|text| text == &texts[0]);
        for (pattern, used) in &partial {
            for (field, uses) in fields(*sort, texts) {
                if !uses.chars().any(|c| used.contains(c)) && ordered(used, uses) {
                    next.push((format!("{pattern}{field}"), format!("{used}{uses}")));
                }
            }
            if *sort == Sort::Signs {
                next.push((format!("{pattern}{}", texts[0]), used.clone()));
            } else if *sort == Sort::Letters && same && texts[0].len() <= 12 {
                next.push((format!("{pattern}[{}]", texts[0]), used.clone()));
            }
        }
        next.truncate(64);
        partial = next;
    }
    partial
        .into_iter()
        .filter(|(_, used)| !used.is_empty())
        .map(|(pattern, _)| pattern)
        .collect()
}

/// Hours, minutes and seconds stand in this order; the fields of dates in any.
fn ordered(used: &str, next: &str) -> bool {
    match next {
        "h" => !used.contains(['m', 's']),
        "s" => used.contains('m'),
        _ => true,
    }
}
