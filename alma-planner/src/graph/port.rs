//! Ports: what goes into a tool and what comes out, and what kind of value each takes.

use alma_core::Schema;
use serde_json::Value;

use crate::text::{ValueKind, name_words, stem};

/// The kind of value that a port takes, guessed from its name and schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// An opaque handle, such as the id of something that another tool found.
    Id,
    /// Yes or no.
    Flag,
    /// A calendar date.
    Date,
    /// A time of day.
    Time,
    /// A quantity.
    Number,
    /// A town, an address, a station.
    Place,
    /// A web address or a path.
    Address,
    /// An electronic mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A language.
    Language,
    /// A currency.
    Currency,
    /// A short code.
    Code,
    /// What steers paging, sorting and limits: never worth a question.
    Control,
    /// The name of somebody or something.
    Name,
    /// What to look for, in words.
    Query,
    /// Several values.
    List,
    /// Any text.
    Text,
}

/// One named input or output of a tool.
#[derive(Clone, Debug)]
pub(crate) struct Port {
    /// The name in the schema; empty for the whole of an output that is no object.
    pub(crate) name: String,
    /// The stems of the words of the name.
    pub(crate) stems: Vec<String>,
    /// The stems of its description.
    pub(crate) about: Vec<String>,
    /// What it takes or gives.
    pub(crate) slot: Slot,
    /// Whether the tool cannot run without it.
    pub(crate) required: bool,
}

/// The properties of an object schema, in the order of their names.
pub(crate) fn ports(schema: &Schema) -> Vec<Port> {
    let required = schema.required();
    let properties = schema
        .as_value()
        .get("properties")
        .and_then(Value::as_object);
    schema
        .properties()
        .into_iter()
        .filter_map(|name| Some((name, properties?.get(name)?)))
        .map(|(name, property)| Port::new(name, property, required.contains(&name)))
        .collect()
}

impl Port {
    /// A port with this name and schema.
    pub(crate) fn new(name: &str, schema: &Value, required: bool) -> Self {
        let words = name_words(name);
        let about = schema
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or("");
        Self {
            name: name.to_owned(),
            stems: words.iter().map(|word| stem(word)).collect(),
            about: name_words(about).iter().map(|word| stem(word)).collect(),
            slot: slot(&words, about, schema),
            required,
        }
    }

    /// The whole of an output that is no object; `things` are the stems of what it is.
    pub(crate) fn whole(schema: &Schema, things: Vec<String>) -> Self {
        Self {
            name: String::new(),
            slot: slot(&[], "", schema.as_value()),
            stems: things,
            about: Vec::new(),
            required: false,
        }
    }

    /// How well a stated value of this kind suits the port, from 0 to 1.
    pub(crate) fn takes(&self, kind: ValueKind) -> f64 {
        use ValueKind as K;
        match (self.slot, kind) {
            (Slot::Date, K::Date)
            | (Slot::Time, K::Time)
            | (Slot::Number, K::Number | K::Percent | K::Money)
            | (Slot::Address, K::Url | K::Path)
            | (Slot::Email, K::Email)
            | (Slot::Phone, K::Phone)
            | (Slot::List, K::List)
            | (Slot::Language, K::Language)
            | (Slot::Currency, K::Currency)
            | (Slot::Place | Slot::Name, K::Name)
            | (Slot::Name | Slot::Text | Slot::Query, K::Quoted) => 1.0,
            (Slot::Query, K::Name) => 0.8,
            (Slot::Query, K::List) => 0.5,
            (Slot::Place | Slot::Code | Slot::Language | Slot::Currency, K::Quoted) => 0.8,
            (Slot::Code | Slot::Currency, K::Name) => 0.6,
            (Slot::Text | Slot::Number | Slot::Name, K::List) => 0.6,
            (Slot::Text, K::Url | K::Path) => 0.5,
            (Slot::Phone, K::Number) => 0.5,
            (Slot::Date, K::Quoted) | (Slot::Time, K::Quoted | K::Date) => 0.5,
            (Slot::List, K::Quoted | K::Name) => 0.5,
            (Slot::Number | Slot::Phone | Slot::Email | Slot::Address, K::Quoted) => 0.4,
            (Slot::Id, K::Quoted | K::Number) => 0.4,
            (Slot::Text, K::Name) => 0.35,
            (Slot::Date | Slot::List, K::Number) => 0.3,
            (Slot::Control, K::Number) => 0.3,
            (
                Slot::Text,
                K::Date | K::Number | K::Money | K::Email | K::Phone | K::Language | K::Currency,
            ) => 0.3,
            _ => 0.0,
        }
    }
}

fn slot(words: &[String], about: &str, schema: &Value) -> Slot {
    let kind = schema.get("type").and_then(Value::as_str);
    let last = words.last().map_or("", String::as_str);
    let first = words.first().map_or("", String::as_str);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    match kind {
        Some("boolean") => return Slot::Flag,
        Some("array") => return Slot::List,
        Some("integer" | "number") if !matches!(last, "id" | "phone") => return Slot::Number,
        _ => {}
    }
    if matches!(first, "is" | "has" | "include" | "can" | "allow" | "enable") {
        return Slot::Flag;
    }
    if has(CONTROLS) {
        return Slot::Control;
    }
    if matches!(last, "id" | "ids" | "identifier" | "uuid" | "key")
        && !has(&["name", "encryption", "secret"])
    {
        return Slot::Id;
    }
    let rules: &[(Slot, &[&str])] = &[
        (Slot::Email, &["email", "mail"]),
        (Slot::Phone, &["phone", "telephone", "mobile"]),
        (Slot::Currency, &["currency"]),
        (Slot::Language, &["language"]),
        (Slot::Number, AMOUNTS),
        (
            Slot::Address,
            &["url", "link", "website", "path", "uri", "file"],
        ),
        (
            Slot::Date,
            &["date", "day", "birthdate", "birthday", "deadline"],
        ),
        (Slot::Time, &["time"]),
        (
            Slot::Query,
            &["query", "q", "keyword", "keywords", "search", "topic"],
        ),
        (Slot::Name, NAMES),
        (Slot::Place, PLACES),
        (
            Slot::Code,
            &["code", "ticker", "symbol", "exchange", "format"],
        ),
        (Slot::Number, NUMBERS),
    ];
    if let Some((slot, _)) = rules.iter().find(|(_, names)| has(names)) {
        return *slot;
    }
    // A name such as `from` says nothing; its description may.
    let about = about.to_lowercase();
    let told = |words: &[&str]| words.iter().any(|word| about.contains(word));
    if told(&["yyyy"]) {
        Slot::Date
    } else if told(&["currency to", "currency of", "currency from"]) {
        Slot::Currency
    } else if told(&["language to", "language of"]) {
        Slot::Language
    } else {
        Slot::Text
    }
}

const CONTROLS: &[&str] = &[
    "cursor",
    "fields",
    "limit",
    "max",
    "offset",
    "page",
    "pagination",
    "sort",
    "token",
    "zoom",
];

const AMOUNTS: &[&str] = &[
    "amount",
    "cost",
    "count",
    "num",
    "number",
    "percent",
    "percentage",
    "period",
    "price",
    "rate",
];

const NAMES: &[&str] = &[
    "artist", "author", "client", "company", "customer", "director", "name", "song", "title",
    "username",
];

const PLACES: &[&str] = &[
    "address",
    "airport",
    "area",
    "city",
    "country",
    "destination",
    "location",
    "origin",
    "place",
    "region",
    "state",
    "station",
    "street",
    "town",
    "venue",
    "where",
];

const NUMBERS: &[&str] = &[
    "adults",
    "age",
    "allowance",
    "baths",
    "beds",
    "bill",
    "children",
    "decimal",
    "discount",
    "discounts",
    "distance",
    "duration",
    "expenses",
    "fare",
    "guests",
    "height",
    "interest",
    "length",
    "nights",
    "num1",
    "num2",
    "offset",
    "passengers",
    "party",
    "payment",
    "principal",
    "profit",
    "quantity",
    "radius",
    "rating",
    "revenue",
    "rooms",
    "salary",
    "score",
    "seats",
    "size",
    "speed",
    "tax",
    "temperature",
    "term",
    "tickets",
    "tip",
    "total",
    "weight",
    "width",
    "year",
    "days",
];
