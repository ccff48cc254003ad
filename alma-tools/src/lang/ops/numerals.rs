//! Operations between numbers and how they are written.

use super::{
    super::{
        Meter, Stop, Value,
        op::{
            Shape::{Item, Number, Numbers, Text},
            Spec, Take,
        },
        value::MAX_EXACT,
    },
    count, finite, integer, item, number, row, show_number, text, whole,
};

const T: Take = Take::Subject(Text);
const N: Take = Take::Any(Number);
const K: Take = Take::Setting(Number);

pub(super) static TABLE: &[Spec] = &[
    row(
        "show",
        &[Take::Any(Item)],
        Text,
        2,
        |a, m| show(item(a, 0)?, m),
        "text string",
    ),
    row(
        "parse_number",
        &[T],
        Number,
        2,
        |a, _| parse(text(a, 0)?),
        "number numeric value integer",
    ),
    row(
        "fixed",
        &[N, K],
        Text,
        2,
        |a, m| fixed(number(a, 0)?, count(a, 1)?, m),
        "decimals decimal places fixed cents money format amount",
    ),
    row(
        "thousands",
        &[N],
        Text,
        3,
        |a, m| thousands(number(a, 0)?, m),
        "thousands commas separator grouping",
    ),
    row(
        "in_base",
        &[N, K],
        Text,
        3,
        |a, m| in_base(whole(a, 0)?, whole(a, 1)?, m),
        "binary hexadecimal hex octal base",
    ),
    row(
        "from_base",
        &[T, K],
        Number,
        3,
        |a, _| from_base(text(a, 0)?, whole(a, 1)?),
        "binary hexadecimal hex octal base",
    ),
    row(
        "roman",
        &[N],
        Text,
        4,
        |a, m| m.text(&roman(whole(a, 0)?)?),
        "roman numeral numerals",
    ),
    row(
        "from_roman",
        &[T],
        Number,
        4,
        |a, _| from_roman(text(a, 0)?),
        "roman numeral numerals",
    ),
    row(
        "ordinal",
        &[N],
        Text,
        4,
        |a, m| ordinal(whole(a, 0)?, m),
        "ordinal suffix st nd rd th",
    ),
    row(
        "char_code",
        &[T],
        Number,
        4,
        |a, _| char_code(text(a, 0)?),
        "code ascii unicode letter position alphabet",
    ),
    row(
        "from_code",
        &[N],
        Text,
        4,
        |a, m| from_code(whole(a, 0)?, m),
        "code ascii unicode letter column",
    ),
    row(
        "digit_list",
        &[N],
        Numbers,
        3,
        |a, m| digit_list(whole(a, 0)?, m),
        "digits digit sum",
    ),
];

fn show(item: &Value, meter: &mut Meter) -> Result<Value, Stop> {
    match item {
        Value::Number(number) => meter.text(&show_number(*number)),
        Value::Bool(yes) => meter.text(if *yes { "true" } else { "false" }),
        Value::Text(_) => Ok(item.clone()),
        Value::Date(date) => meter.text(&date.to_string()),
        Value::Null => meter.text("null"),
        Value::List(_) => Err(Stop::Domain("a list has no single way to be written")),
    }
}

fn parse(text: &str) -> Result<Value, Stop> {
    let text = text.trim();
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.');
    let number = text.parse::<f64>().ok().filter(|_| text.chars().all(plain));
    match number {
        Some(number) if number.fract() != 0.0 || number.abs() <= MAX_EXACT => finite(number),
        _ => Err(Stop::Domain("a text is not a number")),
    }
}

fn fixed(number: f64, decimals: usize, meter: &mut Meter) -> Result<Value, Stop> {
    if decimals > 12 {
        return Err(Stop::Domain("there are more than 12 decimals"));
    }
    meter.text(&format!("{number:.decimals$}"))
}

fn thousands(number: f64, meter: &mut Meter) -> Result<Value, Stop> {
    let plain = show_number(number);
    let (sign, digits) = plain
        .strip_prefix('-')
        .map_or(("", plain.as_str()), |rest| ("-", rest));
    let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut out = String::from(sign);
    for (at, c) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out.push_str(fraction);
    meter.text(&out)
}

fn radix(base: i64) -> Result<u32, Stop> {
    u32::try_from(base)
        .ok()
        .filter(|base| (2..=36).contains(base))
        .ok_or(Stop::Domain("a base is not from 2 to 36"))
}

fn in_base(number: i64, base: i64, meter: &mut Meter) -> Result<Value, Stop> {
    let base = radix(base)?;
    let mut rest = number.unsigned_abs();
    let mut digits = Vec::new();
    loop {
        // Below the base, which is at most 36.
        let digit = u32::try_from(rest % u64::from(base)).unwrap_or(0);
        digits.extend(char::from_digit(digit, base));
        rest /= u64::from(base);
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        digits.push('-');
    }
    meter.text(&digits.iter().rev().collect::<String>())
}

fn from_base(text: &str, base: i64) -> Result<Value, Stop> {
    let number = i64::from_str_radix(text, radix(base)?);
    integer(number.map_err(|_| Stop::Domain("a text is not a number of this base"))?)
}

const NUMERALS: [(i64, &str); 13] = [
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
];

fn roman(number: i64) -> Result<String, Stop> {
    if !(1..=3999).contains(&number) {
        return Err(Stop::Domain("a Roman numeral is not from 1 to 3999"));
    }
    let mut rest = number;
    let mut out = String::new();
    for (value, letters) in NUMERALS {
        while rest >= value {
            out.push_str(letters);
            rest -= value;
        }
    }
    Ok(out)
}

fn from_roman(text: &str) -> Result<Value, Stop> {
    let mut rest = text;
    let mut number = 0;
    for (value, letters) in NUMERALS {
        // More than 3999 is no numeral, however long the text.
        while number <= 3999
            && let Some(after) = rest.strip_prefix(letters)
        {
            number += value;
            rest = after;
        }
    }
    // Writing it again refuses forms such as IIII.
    match roman(number) {
        Ok(written) if written == text => integer(number),
        _ => Err(Stop::Domain("a text is not a Roman numeral")),
    }
}

fn ordinal(number: i64, meter: &mut Meter) -> Result<Value, Stop> {
    let tail = number.unsigned_abs() % 100;
    let suffix = match (tail / 10, tail % 10) {
        (1, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    meter.text(&format!("{number}{suffix}"))
}

fn char_code(text: &str) -> Result<Value, Stop> {
    let first = text.chars().next();
    let c = first.ok_or(Stop::Domain("a text is empty"))?;
    integer(i64::from(u32::from(c)))
}

fn from_code(code: i64, meter: &mut Meter) -> Result<Value, Stop> {
    let c = u32::try_from(code).ok().and_then(char::from_u32);
    let c = c.ok_or(Stop::Domain("a number is no character"))?;
    meter.text(c.encode_utf8(&mut [0; 4]))
}

fn digit_list(number: i64, meter: &mut Meter) -> Result<Value, Stop> {
    let digits = number.unsigned_abs().to_string();
    let digits = digits
        .bytes()
        .map(|byte| Value::Number(f64::from(byte - b'0')));
    meter.list(digits.collect())
}
