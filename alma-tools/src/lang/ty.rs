//! Types: a base and how many lists are around it.

use std::{fmt, str::FromStr};

use alma_core::{Error, Result};
use serde_json::Value as Json;

/// What lies inside the lists of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Base {
    /// True or false.
    Bool,
    /// A number.
    Number,
    /// Text.
    Text,
    /// A day.
    Date,
    /// Any JSON but objects: what lists of mixed things hold.
    Json,
}

/// A type of the language: `text`, `number`, `bool`, `date`, `json`, or lists of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Type {
    base: Base,
    depth: u8,
}

/// Lists in lists in lists are as deep as types go.
const MAX_DEPTH: u8 = 3;

impl Type {
    /// True or false.
    pub const BOOL: Self = Self::of(Base::Bool);
    /// A number.
    pub const NUMBER: Self = Self::of(Base::Number);
    /// Text.
    pub const TEXT: Self = Self::of(Base::Text);
    /// A day.
    pub const DATE: Self = Self::of(Base::Date);
    /// Any JSON but objects.
    pub const JSON: Self = Self::of(Base::Json);

    /// The type of single things of `base`.
    #[must_use]
    pub const fn of(base: Base) -> Self {
        Self { base, depth: 0 }
    }

    /// This base within `depth` lists; three are the most.
    #[must_use]
    pub fn lists(self, depth: u8) -> Self {
        Self {
            base: self.base,
            depth: depth.min(MAX_DEPTH),
        }
    }

    /// What lies inside all lists.
    #[must_use]
    pub const fn base(self) -> Base {
        self.base
    }

    /// How many lists are around the base.
    #[must_use]
    pub const fn depth(self) -> u8 {
        self.depth
    }

    /// The list of this type; `None` past three levels.
    #[must_use]
    pub fn list(self) -> Option<Self> {
        (self.depth < MAX_DEPTH).then_some(Self {
            base: self.base,
            depth: self.depth + 1,
        })
    }

    /// What a list of this type holds; `None` when it is no list.
    #[must_use]
    pub fn item(self) -> Option<Self> {
        self.depth.checked_sub(1).map(|depth| Self {
            base: self.base,
            depth,
        })
    }

    /// Whether values of the type have an order: single numbers, texts and dates.
    #[must_use]
    pub fn is_ordered(self) -> bool {
        self.depth == 0 && matches!(self.base, Base::Number | Base::Text | Base::Date)
    }

    /// The narrowest type that all of `samples` have; `None` for objects, lone nulls and lists too deep.
    ///
    /// Empty lists fit any list type; a list of unlike things is a list of `json`.
    #[must_use]
    pub fn infer<'a>(samples: impl IntoIterator<Item = &'a Json>) -> Option<Self> {
        let mut seen = Seen::Nothing;
        for sample in samples {
            seen = seen.join(Seen::of(sample)?);
        }
        seen.settle()
    }

    /// The JSON Schema of this type.
    #[must_use]
    pub fn schema(self) -> Json {
        if let Some(item) = self.item() {
            return serde_json::json!({"type": "array", "items": item.schema()});
        }
        match self.base {
            Base::Bool => serde_json::json!({"type": "boolean"}),
            Base::Number => serde_json::json!({"type": "number"}),
            Base::Text => serde_json::json!({"type": "string"}),
            Base::Date => serde_json::json!({"type": "string", "format": "date"}),
            Base::Json => serde_json::json!({}),
        }
    }
}

/// What is known of a type while samples are read.
#[derive(Clone, Copy, PartialEq)]
enum Seen {
    Nothing,
    /// This many lists around something not seen yet.
    Empty(u8),
    Type(Type),
}

impl Seen {
    fn of(sample: &Json) -> Option<Self> {
        Some(match sample {
            Json::Null => Self::Type(Type::JSON),
            Json::Bool(_) => Self::Type(Type::BOOL),
            Json::Number(_) => Self::Type(Type::NUMBER),
            Json::String(_) => Self::Type(Type::TEXT),
            Json::Object(_) => return None,
            Json::Array(items) => {
                let mut inner = Self::Nothing;
                for item in items {
                    inner = inner.join(Self::of(item)?);
                }
                match inner {
                    Self::Nothing => Self::Empty(1),
                    Self::Empty(depth) if depth < MAX_DEPTH => Self::Empty(depth + 1),
                    Self::Empty(_) => return None,
                    Self::Type(ty) => Self::Type(ty.list()?),
                }
            }
        })
    }

    fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, other) | (other, Self::Nothing) => other,
            (Self::Empty(a), Self::Empty(b)) => Self::Empty(a.max(b)),
            (Self::Empty(a), Self::Type(ty)) | (Self::Type(ty), Self::Empty(a)) => {
                if ty.depth >= a {
                    Self::Type(ty)
                } else {
                    Self::Type(Type::JSON)
                }
            }
            (Self::Type(a), Self::Type(b)) if a == b => Self::Type(a),
            (Self::Type(a), Self::Type(b)) => Self::Type(Type {
                base: Base::Json,
                depth: a.depth.min(b.depth),
            }),
        }
    }

    fn settle(self) -> Option<Type> {
        match self {
            Self::Nothing => None,
            Self::Empty(depth) => Some(Type {
                base: Base::Json,
                depth,
            }),
            Self::Type(ty) => (ty != Type::JSON).then_some(ty),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for _ in 0..self.depth {
            f.write_str("list<")?;
        }
        f.write_str(match self.base {
            Base::Bool => "bool",
            Base::Number => "number",
            Base::Text => "text",
            Base::Date => "date",
            Base::Json => "json",
        })?;
        for _ in 0..self.depth {
            f.write_str(">")?;
        }
        Ok(())
    }
}

impl FromStr for Type {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || {
            Error::invalid(format!("cannot read type '{text}'"))
                .with_remedy("write bool, number, text, date, json, or list<…> of one of them")
        };
        if let Some(inner) = text
            .strip_prefix("list<")
            .and_then(|rest| rest.strip_suffix('>'))
        {
            return inner
                .trim()
                .parse::<Self>()
                .ok()
                .and_then(Self::list)
                .ok_or_else(unknown);
        }
        Ok(Self::of(match text {
            "bool" => Base::Bool,
            "number" => Base::Number,
            "text" => Base::Text,
            "date" => Base::Date,
            "json" => Base::Json,
            _ => return Err(unknown()),
        }))
    }
}
