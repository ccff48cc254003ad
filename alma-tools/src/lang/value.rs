//! Values of the language, and their way from and to JSON.

use std::sync::Arc;

use jiff::civil::Date;
use serde_json::Value as Json;

use super::{Base, Type};

/// A value: what parameters, literals and results are.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// JSON's null; only inside lists of mixed things.
    Null,
    /// True or false.
    Bool(bool),
    /// A finite number; integers are exact up to 2^53.
    Number(f64),
    /// Text.
    Text(Arc<str>),
    /// A day of the proleptic Gregorian calendar; JSON sees it as `YYYY-MM-DD`.
    Date(Date),
    /// A list.
    List(Arc<[Value]>),
}

impl Value {
    /// A text.
    #[must_use]
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(Arc::from(text.as_ref()))
    }

    /// A list.
    #[must_use]
    pub fn list(items: impl Into<Vec<Self>>) -> Self {
        Self::List(Arc::from(items.into()))
    }

    /// Reads `json` as a value of `ty`; `None` when it is no such value.
    ///
    /// Objects are no values of the language, nor are lists nested more than 128 deep; integers
    /// beyond 2^53 are refused rather than rounded.
    #[must_use]
    pub fn from_json(json: &Json, ty: Type) -> Option<Self> {
        Self::read(json, ty, 0)
    }

    fn read(json: &Json, ty: Type, depth: usize) -> Option<Self> {
        let list = |items: &[Json], inner: Type| {
            let items: Option<Vec<_>> = items
                .iter()
                .map(|item| Self::read(item, inner, depth + 1))
                .collect();
            items.map(Self::list)
        };
        if depth > MAX_NESTING {
            return None;
        }
        if let Some(inner) = ty.item() {
            return list(json.as_array()?, inner);
        }
        match (ty.base(), json) {
            (Base::Bool | Base::Json, Json::Bool(yes)) => Some(Self::Bool(*yes)),
            (Base::Number | Base::Json, Json::Number(number)) => {
                let number = number.as_f64()?;
                let exact = number.fract() != 0.0 || number.abs() <= MAX_EXACT;
                (number.is_finite() && exact).then_some(Self::Number(number))
            }
            (Base::Text | Base::Json, Json::String(text)) => Some(Self::text(text)),
            (Base::Date, Json::String(text)) => text.parse().ok().map(Self::Date),
            (Base::Json, Json::Null) => Some(Self::Null),
            (Base::Json, Json::Array(items)) => list(items, ty),
            _ => None,
        }
    }

    /// The value as JSON; whole numbers become integers.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(yes) => Json::Bool(*yes),
            Self::Number(number) => number_json(*number),
            Self::Text(text) => Json::String(text.to_string()),
            Self::Date(date) => Json::String(date.to_string()),
            Self::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
        }
    }

    /// Equality in which numbers may differ by rounding noise (one part in 10^9).
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => same_number(*a, *b),
            (Self::List(a), Self::List(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.same(b))
            }
            _ => self == other,
        }
    }

    /// Bytes that the value holds, roughly.
    #[must_use]
    pub fn weight(&self) -> usize {
        match self {
            Self::Text(text) => 16 + text.len(),
            Self::List(items) => 16 + items.iter().map(Self::weight).sum::<usize>(),
            _ => 16,
        }
    }

    /// Whether the value belongs to `ty`.
    #[must_use]
    pub fn is(&self, ty: Type) -> bool {
        if let Some(inner) = ty.item() {
            return matches!(self, Self::List(items) if items.iter().all(|item| item.is(inner)));
        }
        match self {
            Self::Null => ty.base() == Base::Json,
            Self::Bool(_) => matches!(ty.base(), Base::Bool | Base::Json),
            Self::Number(number) => {
                number.is_finite() && matches!(ty.base(), Base::Number | Base::Json)
            }
            Self::Text(_) => matches!(ty.base(), Base::Text | Base::Json),
            Self::Date(_) => ty.base() == Base::Date,
            Self::List(items) => {
                ty.base() == Base::Json && items.iter().all(|item| item.is(Type::JSON))
            }
        }
    }
}

/// Lists nested deeper than this are no values, so that no walk through one exhausts the stack.
const MAX_NESTING: usize = 128;

/// The largest whole number below which all whole numbers are exact.
pub(crate) const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

fn number_json(number: f64) -> Json {
    if number.fract() == 0.0 && number.abs() <= MAX_EXACT {
        // In range by the test above.
        #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
        return Json::from(number as i64);
    }
    serde_json::Number::from_f64(number).map_or(Json::Null, Json::Number)
}

fn same_number(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}
