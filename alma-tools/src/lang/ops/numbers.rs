//! Operations on numbers.

use super::{
    super::{
        Meter, Stop, Value,
        op::{
            Shape::{Bool, Number},
            Spec, Take,
        },
    },
    commuting, count, finite, integer, number, row, whole,
};

const N: Take = Take::Any(Number);
const K: Take = Take::Plain(Number);
const SET: Take = Take::Setting(Number);

pub(super) static TABLE: &[Spec] = &[
    commuting(row(
        "add",
        &[N, N],
        Number,
        2,
        |a, _| finite(number(a, 0)? + number(a, 1)?),
        "add plus sum total next increase",
    )),
    row(
        "sub",
        &[N, N],
        Number,
        2,
        |a, _| finite(number(a, 0)? - number(a, 1)?),
        "subtract minus difference less remaining range",
    ),
    commuting(row(
        "mul",
        &[N, N],
        Number,
        2,
        |a, _| finite(number(a, 0)? * number(a, 1)?),
        "multiply times product area square double",
    )),
    row(
        "div",
        &[N, N],
        Number,
        2,
        |a, _| divide(number(a, 0)?, number(a, 1)?),
        "divide divided ratio per half mean average",
    ),
    row(
        "quotient",
        &[N, N],
        Number,
        3,
        |a, _| floored(number(a, 0)?, number(a, 1)?, |a, b| (a / b).floor()),
        "quotient integer whole division",
    ),
    row(
        "remainder",
        &[N, N],
        Number,
        3,
        |a, _| floored(number(a, 0)?, number(a, 1)?, |a, b| a - b * (a / b).floor()),
        "remainder modulo mod digit last",
    ),
    row(
        "power",
        &[N, N],
        Number,
        3,
        |a, _| finite(number(a, 0)?.powf(number(a, 1)?)),
        "power exponent squared cubed compound",
    ),
    row(
        "negate",
        &[N],
        Number,
        2,
        |a, _| finite(-number(a, 0)?),
        "negate negative opposite",
    ),
    row(
        "abs",
        &[N],
        Number,
        2,
        |a, _| finite(number(a, 0)?.abs()),
        "absolute magnitude distance",
    ),
    row(
        "sign",
        &[N],
        Number,
        3,
        |a, _| finite(sign(number(a, 0)?)),
        "sign",
    ),
    commuting(row(
        "least",
        &[N, N],
        Number,
        2,
        |a, _| finite(number(a, 0)?.min(number(a, 1)?)),
        "smaller minimum least limit most clip",
    )),
    commuting(row(
        "greatest",
        &[N, N],
        Number,
        2,
        |a, _| finite(number(a, 0)?.max(number(a, 1)?)),
        "larger maximum greatest largest limit clip",
    )),
    row(
        "clamp",
        &[N, K, K],
        Number,
        3,
        |a, _| clamp(number(a, 0)?, number(a, 1)?, number(a, 2)?),
        "clamp clip limit range bounds between",
    ),
    row(
        "floor",
        &[N],
        Number,
        2,
        |a, _| finite(number(a, 0)?.floor()),
        "floor down whole integer",
    ),
    row(
        "ceiling",
        &[N],
        Number,
        3,
        |a, _| finite(number(a, 0)?.ceil()),
        "ceiling up whole integer",
    ),
    row(
        "round",
        &[N],
        Number,
        2,
        |a, m| round(number(a, 0)?, 0, m),
        "round rounded nearest whole integer",
    ),
    row(
        "round_to",
        &[N, SET],
        Number,
        2,
        |a, m| round(number(a, 0)?, count(a, 1)?, m),
        "round rounded decimals cents places",
    ),
    row(
        "root",
        &[N],
        Number,
        3,
        |a, _| finite(number(a, 0)?.sqrt()),
        "square root hypotenuse distance",
    ),
    commuting(row(
        "gcd",
        &[N, N],
        Number,
        3,
        |a, m| integer(gcd(whole(a, 0)?, whole(a, 1)?, m)?),
        "greatest common divisor gcd",
    )),
    commuting(row(
        "lcm",
        &[N, N],
        Number,
        3,
        |a, m| lcm(whole(a, 0)?, whole(a, 1)?, m),
        "least common multiple lcm",
    )),
    row(
        "factorial",
        &[N],
        Number,
        4,
        |a, _| factorial(count(a, 0)?),
        "factorial permutations",
    ),
    row(
        "fibonacci",
        &[N],
        Number,
        4,
        |a, _| fibonacci(count(a, 0)?),
        "fibonacci",
    ),
    row(
        "percent_of",
        &[N, N],
        Number,
        3,
        |a, _| divide(100.0 * number(a, 0)?, number(a, 1)?),
        "percent percentage share proportion",
    ),
    row(
        "add_percent",
        &[N, N],
        Number,
        3,
        |a, _| finite(number(a, 0)? * (100.0 + number(a, 1)?) / 100.0),
        "percent tax vat tip interest increase growth compound markup",
    ),
    row(
        "less_percent",
        &[N, N],
        Number,
        3,
        |a, _| finite(number(a, 0)? * (100.0 - number(a, 1)?) / 100.0),
        "percent discount reduced decrease off sale",
    ),
    row(
        "grow",
        &[N, N, N],
        Number,
        4,
        |a, _| finite(number(a, 0)? * (1.0 + number(a, 1)? / 100.0).powf(number(a, 2)?)),
        "compound interest growth grow yearly annual",
    ),
    row(
        "less",
        &[N, N],
        Bool,
        2,
        |a, _| Ok(Value::Bool(number(a, 0)? < number(a, 1)?)),
        "less below under above greater over than positive negative",
    ),
    row(
        "at_most",
        &[N, N],
        Bool,
        2,
        |a, _| Ok(Value::Bool(number(a, 0)? <= number(a, 1)?)),
        "most least than equal",
    ),
    row(
        "is_even",
        &[N],
        Bool,
        3,
        |a, _| Ok(Value::Bool(whole(a, 0)? % 2 == 0)),
        "even odd parity",
    ),
    row(
        "is_odd",
        &[N],
        Bool,
        3,
        |a, _| Ok(Value::Bool(whole(a, 0)? % 2 != 0)),
        "odd even parity",
    ),
    row(
        "is_whole",
        &[N],
        Bool,
        4,
        |a, _| Ok(Value::Bool(number(a, 0)?.fract() == 0.0)),
        "whole integer perfect",
    ),
    row(
        "is_prime",
        &[N],
        Bool,
        4,
        |a, m| prime(whole(a, 0)?, m),
        "prime primes",
    ),
    row(
        "divides",
        &[N, N],
        Bool,
        3,
        |a, _| divides(number(a, 0)?, number(a, 1)?),
        "divide divides divisible factor factors multiple multiples",
    ),
];

fn divide(a: f64, b: f64) -> Result<Value, Stop> {
    if b == 0.0 {
        return Err(Stop::Domain("a number is divided by zero"));
    }
    finite(a / b)
}

fn floored(a: f64, b: f64, f: fn(f64, f64) -> f64) -> Result<Value, Stop> {
    if b == 0.0 {
        return Err(Stop::Domain("a number is divided by zero"));
    }
    finite(f(a, b))
}

fn sign(number: f64) -> f64 {
    if number > 0.0 {
        1.0
    } else if number < 0.0 {
        -1.0
    } else {
        0.0
    }
}

fn clamp(number: f64, low: f64, high: f64) -> Result<Value, Stop> {
    if low > high {
        return Err(Stop::Domain("the lower bound is above the upper"));
    }
    finite(number.clamp(low, high))
}

/// To the nearest with so many decimals, exact ties to the even digit: what printing with so many decimals gives.
fn round(number: f64, decimals: usize, meter: &mut Meter) -> Result<Value, Stop> {
    if decimals > 12 {
        return Err(Stop::Domain("there are more than 12 decimals"));
    }
    meter.step(4)?;
    let rounded = format!("{number:.decimals$}").parse::<f64>();
    finite(rounded.unwrap_or(f64::NAN))
}

pub(super) fn gcd(a: i64, b: i64, meter: &mut Meter) -> Result<i64, Stop> {
    let (mut a, mut b) = (a.abs(), b.abs());
    while b != 0 {
        meter.step(1)?;
        (a, b) = (b, a % b);
    }
    Ok(a)
}

fn lcm(a: i64, b: i64, meter: &mut Meter) -> Result<Value, Stop> {
    let shared = gcd(a, b, meter)?;
    if shared == 0 {
        return integer(0);
    }
    let product = (a / shared).checked_mul(b);
    integer(
        product
            .ok_or(Stop::Domain("a whole number is too large"))?
            .abs(),
    )
}

fn factorial(n: usize) -> Result<Value, Stop> {
    // 18! is the last below 2^53.
    if n > 18 {
        return Err(Stop::Domain("a whole number is too large"));
    }
    integer((1..=n as i64).product())
}

fn fibonacci(n: usize) -> Result<Value, Stop> {
    // The 78th is the last below 2^53.
    if n > 78 {
        return Err(Stop::Domain("a whole number is too large"));
    }
    let (mut a, mut b) = (0, 1);
    for _ in 0..n {
        (a, b) = (b, a + b);
    }
    integer(a)
}

fn prime(n: i64, meter: &mut Meter) -> Result<Value, Stop> {
    let mut divisor = 2;
    while divisor * divisor <= n {
        meter.step(1)?;
        if n % divisor == 0 {
            return Ok(Value::Bool(false));
        }
        divisor += 1;
    }
    Ok(Value::Bool(n > 1))
}

fn divides(a: f64, b: f64) -> Result<Value, Stop> {
    if a == 0.0 {
        return Err(Stop::Domain("a number is divided by zero"));
    }
    Ok(Value::Bool(b % a == 0.0))
}
