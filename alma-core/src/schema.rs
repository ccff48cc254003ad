//! Schemas: a small, decidable part of JSON Schema 2020-12, checked both ways at every tool.

use serde::{Deserialize, Serialize, de};
use serde_json::{Map, Value};

use crate::{Error, Result, digest::clip};

/// A JSON schema of the part of 2020-12 that Alma checks itself.
///
/// Keywords: `type` (one name or a list), `properties`, `required`, `additionalProperties`
/// (a boolean), `items`, `enum`, `const`, `minimum`, `maximum`, `minLength`, `maxLength`,
/// `minItems`, `maxItems`; and for readers `title`, `description`, `default`, `examples`, `format`,
/// `$schema`. Any other keyword is refused, so that no schema promises a check that nobody
/// makes. `{}` admits everything.
///
/// # Examples
/// ```
/// use alma_core::Schema;
/// use serde_json::json;
/// let schema = Schema::new(json!({"type": "object", "required": ["n"],
///     "properties": {"n": {"type": "integer", "minimum": 0}}}))?;
/// assert!(schema.check(&json!({"n": 3})).is_ok());
/// assert!(schema.check(&json!({"n": -1})).is_err());
/// # Ok::<(), alma_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Schema(Value);

const TYPES: [&str; 7] = [
    "null", "boolean", "integer", "number", "string", "array", "object",
];
const MAX_DEPTH: usize = 32;

impl Schema {
    /// A schema, once every keyword in it is known and well formed.
    ///
    /// # Errors
    /// `InvalidInput` that names the place and the keyword.
    pub fn new(schema: Value) -> Result<Self> {
        well_formed(&schema, "#", 0)?;
        Ok(Self(schema))
    }

    /// The schema that admits everything.
    #[must_use]
    pub fn any() -> Self {
        Self(Value::Object(Map::new()))
    }

    /// A schema with one `type`; an unknown name admits everything.
    #[must_use]
    pub fn of_type(name: &str) -> Self {
        if TYPES.contains(&name) {
            Self(serde_json::json!({ "type": name }))
        } else {
            Self::any()
        }
    }

    /// An object with these properties, all of them required, and no others.
    pub fn object<N: Into<String>>(properties: impl IntoIterator<Item = (N, Self)>) -> Self {
        let mut map = Map::new();
        for (name, schema) in properties {
            map.insert(name.into(), schema.0);
        }
        let required: Vec<_> = map.keys().cloned().collect();
        Self(serde_json::json!({
            "type": "object", "properties": map, "required": required, "additionalProperties": false,
        }))
    }

    /// The schema as JSON.
    #[must_use]
    pub const fn as_value(&self) -> &Value {
        &self.0
    }

    /// Checks a value.
    ///
    /// # Errors
    /// `InvalidInput` that names the place in the value and what was expected there.
    pub fn check(&self, value: &Value) -> Result<()> {
        check(&self.0, value, "$")
    }

    /// The names of the properties of an object schema, in the order of their text.
    #[must_use]
    pub fn properties(&self) -> Vec<&str> {
        let mut names: Vec<_> = self
            .0
            .get("properties")
            .and_then(Value::as_object)
            .map(|map| map.keys().map(String::as_str).collect())
            .unwrap_or_default();
        names.sort_unstable();
        names
    }

    /// The names of the properties that must be there.
    #[must_use]
    pub fn required(&self) -> Vec<&str> {
        self.0
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default()
    }

    /// The schema of one property; everything when the schema does not say, nothing when it admits no such property.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<Self> {
        match self.0.get("properties").and_then(|map| map.get(name)) {
            Some(schema) => Some(Self(schema.clone())),
            None if self.0.get("additionalProperties") == Some(&Value::Bool(false)) => None,
            None if self.types().is_empty() || self.types().contains(&"object") => {
                Some(Self::any())
            }
            None => None,
        }
    }

    /// The types it admits; empty when it admits every type.
    #[must_use]
    pub fn types(&self) -> Vec<&str> {
        match self.0.get("type") {
            Some(Value::String(name)) => vec![name],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether some value of `self` may be a value of `wanted`, judged by types alone.
    #[must_use]
    pub fn may_feed(&self, wanted: &Self) -> bool {
        let (mine, theirs) = (self.types(), wanted.types());
        mine.is_empty()
            || theirs.is_empty()
            || mine.iter().any(|name| {
                theirs.contains(name)
                    || (*name == "integer" && theirs.contains(&"number"))
                    || (*name == "number" && theirs.contains(&"integer"))
            })
    }
}

impl<'de> Deserialize<'de> for Schema {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Self::new(Value::deserialize(input)?).map_err(de::Error::custom)
    }
}

fn well_formed(schema: &Value, at: &str, depth: usize) -> Result<()> {
    let fault = |why: String| {
        Error::invalid(format!("cannot use the schema at {at}: {why}"))
            .with_remedy("see the keywords in the documentation of Schema")
    };
    if depth > MAX_DEPTH {
        return Err(fault(format!("it is nested more than {MAX_DEPTH} deep")));
    }
    let map = schema
        .as_object()
        .ok_or_else(|| fault("it is no object".into()))?;
    for (keyword, value) in map {
        let wrong = || fault(format!("'{keyword}' has a value of the wrong form"));
        match keyword.as_str() {
            "type" => {
                let known =
                    |value: &Value| value.as_str().is_some_and(|name| TYPES.contains(&name));
                let fits = match value {
                    Value::Array(names) => !names.is_empty() && names.iter().all(known),
                    one => known(one),
                };
                if !fits {
                    return Err(wrong());
                }
            }
            "properties" => {
                for (name, schema) in value.as_object().ok_or_else(wrong)? {
                    well_formed(
                        schema,
                        &format!("{at}/properties/{}", clip(name)),
                        depth + 1,
                    )?;
                }
            }
            "items" => well_formed(value, &format!("{at}/items"), depth + 1)?,
            "required" => {
                let names = value.as_array().ok_or_else(wrong)?;
                if !names.iter().all(Value::is_string) {
                    return Err(wrong());
                }
            }
            "additionalProperties" => {
                value.as_bool().ok_or_else(wrong)?;
            }
            "enum" | "examples" => {
                value.as_array().ok_or_else(wrong)?;
            }
            "minimum" | "maximum" => {
                value.as_f64().ok_or_else(wrong)?;
            }
            "minLength" | "maxLength" | "minItems" | "maxItems" => {
                value.as_u64().ok_or_else(wrong)?;
            }
            "title" | "description" | "format" | "$schema" => {
                value.as_str().ok_or_else(wrong)?;
            }
            "const" | "default" => {}
            _ => {
                return Err(fault(format!(
                    "the keyword '{}' is not known",
                    clip(keyword)
                )));
            }
        }
    }
    Ok(())
}

fn is_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|n| n.fract() == 0.0)
        }
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

/// Numbers compare by value, so that `1` and `1.0` are one, as the specification has it.
fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

fn check(schema: &Value, value: &Value, at: &str) -> Result<()> {
    let fault = |what: String| {
        Err(Error::invalid(format!(
            "cannot accept the value at {at}: {what}"
        )))
    };
    let get = |keyword: &str| schema.get(keyword);
    let size = |keyword: &str| get(keyword).and_then(Value::as_u64);

    match get("type") {
        Some(Value::String(name)) if !is_type(value, name) => {
            return fault(format!("expected {name}, got {}", shown(value)));
        }
        Some(Value::Array(names))
            if !names
                .iter()
                .filter_map(Value::as_str)
                .any(|name| is_type(value, name)) =>
        {
            return fault(format!(
                "expected one of {}, got {}",
                Value::Array(names.clone()),
                shown(value)
            ));
        }
        _ => {}
    }
    if let Some(options) = get("enum").and_then(Value::as_array)
        && !options.iter().any(|option| same(option, value))
    {
        return fault(format!("{} is none of the listed values", shown(value)));
    }
    if let Some(only) = get("const")
        && !same(only, value)
    {
        return fault(format!("expected {}", shown(only)));
    }
    match value {
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or(f64::NAN);
            if let Some(least) = get("minimum").and_then(Value::as_f64)
                && number < least
            {
                return fault(format!("{number} is below {least}"));
            }
            if let Some(most) = get("maximum").and_then(Value::as_f64)
                && number > most
            {
                return fault(format!("{number} is above {most}"));
            }
        }
        Value::String(text) => {
            let length = text.chars().count() as u64;
            if size("minLength").is_some_and(|least| length < least) {
                return fault(format!("a text of {length} characters is too short"));
            }
            if size("maxLength").is_some_and(|most| length > most) {
                return fault(format!("a text of {length} characters is too long"));
            }
        }
        Value::Array(items) => {
            let length = items.len() as u64;
            if size("minItems").is_some_and(|least| length < least) {
                return fault(format!("a list of {length} items is too short"));
            }
            if size("maxItems").is_some_and(|most| length > most) {
                return fault(format!("a list of {length} items is too long"));
            }
            if let Some(each) = get("items") {
                for (i, item) in items.iter().enumerate() {
                    check(each, item, &format!("{at}[{i}]"))?;
                }
            }
        }
        Value::Object(map) => {
            for name in get("required")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let name = name.as_str().unwrap_or_default();
                if !map.contains_key(name) {
                    return fault(format!("'{name}' is missing"));
                }
            }
            let properties = get("properties").and_then(Value::as_object);
            let closed = get("additionalProperties") == Some(&Value::Bool(false));
            for (name, item) in map {
                match properties.and_then(|properties| properties.get(name)) {
                    Some(schema) => check(schema, item, &format!("{at}.{}", clip(name)))?,
                    None if closed => return fault(format!("'{}' is not expected", clip(name))),
                    None => {}
                }
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
    Ok(())
}

fn shown(value: &Value) -> String {
    clip(&value.to_string())
}
