//! Words that ask for the same thing: a small table of everyday English, nothing about any tool.

/// Verbs that open a request, by what is wanted. A word may stand in several rows.
const ACTIONS: &[&[&str]] = &[
    &[
        "find", "search", "look", "lookup", "locate", "discover", "seek", "browse",
    ],
    &[
        "get", "fetch", "retrieve", "obtain", "return", "give", "show", "tell", "list", "display",
        "provide", "know", "pull", "read", "see", "view", "check",
    ],
    &[
        "buy", "purchase", "order", "book", "reserve", "rent", "hire", "schedule", "arrange", "get",
    ],
    &[
        "calculate",
        "compute",
        "determine",
        "work",
        "count",
        "sum",
        "measure",
        "estimate",
    ],
    &[
        "create", "make", "generate", "add", "build", "produce", "write", "draft", "compose", "new",
    ],
    &[
        "send", "text", "message", "notify", "deliver", "email", "mail", "forward", "share",
    ],
    &[
        "convert",
        "change",
        "transform",
        "turn",
        "exchange",
        "translate",
    ],
    &["translate", "localize"],
    &[
        "analyze", "analyse", "analysis", "examine", "assess", "evaluate", "inspect", "study",
    ],
    &["play", "listen", "watch", "hear", "stream"],
    &["delete", "remove", "erase", "drop", "cancel"],
    &["update", "edit", "modify", "change", "set", "rename"],
    &[
        "check",
        "verify",
        "validate",
        "test",
        "confirm",
        "proofread",
    ],
    &["run", "execute", "start", "launch", "invoke"],
    &["encrypt", "cipher", "encode", "hash"],
    &["summarize", "summarise", "summary", "condense", "shorten"],
    &["normalize", "normalise", "clean", "tidy"],
    &["count", "tally"],
    &["sort", "rank"],
    &["filter", "select", "choose", "pick"],
    &["merge", "combine", "join", "concatenate"],
    &["split", "divide", "separate"],
    &["download", "save", "store", "export"],
    &["record", "capture"],
    &["open", "close", "stop", "pause"],
    &["recommend", "suggest", "advise"],
    &["compare", "match"],
    &["extract", "parse"],
    &["apply", "use", "perform", "do"],
    &["stay", "travel", "go", "fly", "visit", "drop", "return"],
    &[
        "remind", "register", "track", "monitor", "upload", "call", "ask", "solve", "plan",
        "report",
    ],
];

/// Verbs that change something in the world: what they name is done only when it was asked for.
const CHANGES: &[&str] = &[
    "add", "book", "buy", "cancel", "create", "delete", "drop", "edit", "execute", "forward",
    "hire", "invoke", "launch", "mail", "message", "modify", "notify", "order", "play", "post",
    "purchase", "record", "remove", "rename", "rent", "reserve", "run", "save", "schedule", "send",
    "set", "share", "start", "stop", "store", "update", "upload", "write",
];

/// Things with several everyday names.
const THINGS: &[&[&str]] = &[
    &["movie", "film"],
    &["song", "track", "music", "tune"],
    &["car", "vehicle", "automobile"],
    &["cab", "taxi", "ride", "uber", "lift"],
    &[
        "event", "concert", "game", "match", "festival", "play", "show", "sport",
    ],
    &["house", "home", "apartment", "flat", "property"],
    &["hotel", "room", "accommodation"],
    &[
        "doctor",
        "physician",
        "medical",
        "gynecologist",
        "dermatologist",
        "specialist",
    ],
    &["dentist", "dental", "tooth"],
    &[
        "hair",
        "haircut",
        "salon",
        "stylist",
        "hairdresser",
        "barber",
    ],
    &["flight", "fly", "plane", "airline", "round", "roundtrip"],
    &["restaurant", "dinner", "lunch", "eat", "cuisine", "table"],
    &["recipe", "cook", "dish"],
    &["ticket", "seat"],
    &["visit", "tour"],
    &["sentence", "text", "phrase"],
    &[
        "description",
        "overview",
        "detail",
        "information",
        "info",
        "profile",
    ],
    &["stat", "statistic"],
    &["post", "reel"],
    &["price", "cost", "fee"],
    &["website", "site", "webpage", "url", "link"],
    &["sms", "text", "message"],
    &["data", "information"],
    &["calendar", "schedule", "agenda"],
    &["todo", "task", "checklist"],
    &["speed", "pace"],
    &["square", "squared"],
    &["place", "location", "city", "town", "area", "where"],
    &["weather", "temperature", "climate"],
    &["job", "position", "vacancy"],
    &["picture", "image", "photo"],
    &[
        "business",
        "agency",
        "bakery",
        "bank",
        "bar",
        "bookstore",
        "cafe",
        "clinic",
        "club",
        "dealer",
        "electrician",
        "florist",
        "garage",
        "groomer",
        "gym",
        "hospital",
        "laundry",
        "lawyer",
        "library",
        "market",
        "mechanic",
        "museum",
        "nightclub",
        "office",
        "pharmacy",
        "plumber",
        "pub",
        "school",
        "shop",
        "spa",
        "store",
        "studio",
        "supermarket",
    ],
    &["conversion", "convert"],
    &["emi", "installment", "instalment"],
    &["analysis", "analyze"],
    &["covid", "coronavirus", "covid-19", "pandemic"],
    &["crate", "package", "library"],
    &["licence", "license"],
    &["stock", "share", "equity"],
    &["follower", "fan"],
    &["similar", "related", "alike"],
    &["album", "single", "discography"],
    &["contact", "address", "phonebook"],
    &["meaning", "definition", "define"],
    &["remember", "memory", "recall"],
    &["author", "writer", "wrote"],
    &["meet", "meeting", "appointment"],
];

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use super::stem;

#[derive(Default)]
struct Table {
    rows: HashMap<String, Vec<u16>>,
    actions: u16,
    changes: HashSet<String>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table {
        actions: ACTIONS.len() as u16,
        changes: CHANGES.iter().map(|word| stem(word)).collect(),
        ..Table::default()
    };
    for (row, words) in ACTIONS.iter().chain(THINGS).enumerate() {
        for word in *words {
            table.rows.entry(stem(word)).or_default().push(row as u16);
        }
    }
    table
});

/// The rows in which a stem stands; two stems that share one may mean the same.
pub(crate) fn senses(stem: &str) -> &'static [u16] {
    TABLE.rows.get(stem).map_or(&[], Vec::as_slice)
}

/// Whether a stem can open a request.
pub(crate) fn is_action(stem: &str) -> bool {
    senses(stem).iter().any(|row| *row < TABLE.actions)
}

/// Whether a stem is a verb that changes something in the world.
pub(crate) fn is_change(stem: &str) -> bool {
    TABLE.changes.contains(stem)
}
