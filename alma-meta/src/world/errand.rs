//! Errands, and the tools that they take.

use alma_core::{Digest, Effect, Schema, ToolInfo, ToolName};

use crate::Draws;

/// Name, description, inputs, output.
type Described = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static str,
);

pub(super) const TOOLS: [Described; 12] = [
    (
        "fetch_page",
        "Fetch a web page from its url.",
        &["url"],
        "page",
    ),
    (
        "extract_text",
        "Extract the plain text of a page.",
        &["page"],
        "text",
    ),
    (
        "summarise_text",
        "Summarise a text in a few sentences.",
        &["text"],
        "summary",
    ),
    (
        "translate_text",
        "Translate a text into another language.",
        &["text", "language"],
        "translation",
    ),
    (
        "count_words",
        "Count the words of a text.",
        &["text"],
        "count",
    ),
    (
        "read_file",
        "Read the text of a file from its path.",
        &["path"],
        "text",
    ),
    (
        "weather_forecast",
        "Give the weather forecast for a city.",
        &["city"],
        "forecast",
    ),
    (
        "convert_currency",
        "Convert an amount of money into another currency.",
        &["amount", "currency"],
        "converted",
    ),
    (
        "find_contact",
        "Find the address of a person in the contacts.",
        &["person"],
        "address",
    ),
    (
        "sort_numbers",
        "Sort a list of numbers.",
        &["numbers"],
        "sorted",
    ),
    (
        "plan_route",
        "Plan a route between an origin and a destination.",
        &["origin", "destination"],
        "route",
    ),
    (
        "book_table",
        "Book a table in a restaurant for an evening.",
        &["restaurant", "evening"],
        "booking",
    ),
];

/// A goal in plain and in looser words, and the tools that it takes.
pub(super) struct Errand {
    pub(super) goal: String,
    pub(super) tools: &'static [&'static str],
}

/// A drawn errand; in plain words unless `loose` ones may come, too.
pub(super) fn errand(draws: &mut Draws, loose_too: bool) -> Errand {
    let mut of = |items: &[&'static str]| draws.pick(items).copied().unwrap_or_default();
    let city = of(&["Lisbon", "Oslo", "Kyoto", "Quito"]);
    let url = of(&[
        "https://paper.example/today",
        "https://news.example/a",
        "https://wiki.example/tea",
    ]);
    let path = of(&["notes/meeting.txt", "letters/june.txt", "drafts/speech.txt"]);
    let language = of(&["German", "Spanish", "Japanese"]);
    let person = of(&["Amara", "Bruno", "Celeste"]);
    let (tools, plain, loose): (&[&str], String, String) = match draws.below(9) {
        0 => (
            &["weather_forecast"],
            format!("What is the weather forecast for the city {city}?"),
            format!("Will I need an umbrella in {city} tomorrow? Ask the forecast"),
        ),
        1 => (
            &["find_contact"],
            format!("Find the address of the person {person} in my contacts"),
            format!("Where does {person} live? Look the address up"),
        ),
        2 => (
            &["read_file", "count_words"],
            format!("Read the file {path} and count its words"),
            format!("How many words does the file {path} have?"),
        ),
        3 => (
            &["read_file", "translate_text"],
            format!("Read the file {path}, then translate the text into {language}"),
            format!("I need the file {path} in {language}"),
        ),
        4 => (
            &["read_file", "summarise_text"],
            format!("Read the file {path} and summarise the text"),
            format!("Give me a short version of the file {path}"),
        ),
        5 => (
            &["fetch_page", "extract_text", "summarise_text"],
            format!("Fetch the page {url}, extract its text and summarise the text"),
            format!("Sum up what {url} says"),
        ),
        6 => (
            &["fetch_page", "extract_text", "count_words"],
            format!("Fetch the page {url}, extract the text and count the words"),
            format!("How long is the text at {url}, in words?"),
        ),
        7 => (
            &["convert_currency"],
            "Convert an amount of 250 euros into the currency dollars".to_owned(),
            "How much are 250 euros in dollars?".to_owned(),
        ),
        _ => (
            &["plan_route"],
            format!("Plan a route from the origin {city} to the destination Vienna"),
            format!("How do I get from {city} to Vienna?"),
        ),
    };
    let loosely = draws.below(2) == 1 && loose_too;
    let goal = if loosely { loose } else { plain };
    Errand { goal, tools }
}

pub(super) fn tool(
    name: &str,
    description: &str,
    inputs: &[&str],
    output: &str,
    effect: Effect,
) -> Option<ToolInfo> {
    let text = || Schema::of_type("string");
    let input = Schema::object(inputs.iter().map(|name| (*name, text())));
    let output = Schema::object([(output, text())]);
    let code = Digest::of(name.as_bytes());
    Some(ToolInfo::new(
        ToolName::new(name).ok()?,
        description,
        input,
        output,
        effect,
        Vec::new(),
        code,
    ))
}

/// The tools whose names pass, in a drawn order.
pub(super) fn offered(draws: &mut Draws, wanted: impl Fn(&str) -> bool) -> Vec<ToolInfo> {
    let mut tools: Vec<ToolInfo> = TOOLS
        .iter()
        .filter(|(name, ..)| wanted(name))
        .filter_map(|(name, description, inputs, output)| {
            tool(name, description, inputs, output, Effect::None)
        })
        .collect();
    draws.shuffle(&mut tools);
    tools
}
