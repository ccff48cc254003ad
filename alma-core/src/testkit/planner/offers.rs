//! What the suite puts on offer.

use crate::{
    Digest, Effect, JobKind, Mission, MissionId, Offer, Schema, ToolInfo, ToolName,
    testkit::clause::Clause as _,
};

/// A tool that takes texts under these names and gives a text.
pub(super) fn tool(name: &str, description: &str, inputs: &[&str]) -> ToolInfo {
    let text = || Schema::of_type("string");
    ToolInfo::new(
        ToolName::new(name).must("ToolName: the suite's names are valid"),
        description,
        Schema::object(inputs.iter().map(|input| (*input, text()))),
        text(),
        Effect::None,
        Vec::new(),
        Digest::of(name.as_bytes()),
    )
}

pub(super) fn weather() -> ToolInfo {
    tool(
        "weather_forecast",
        "tells the weather forecast for a city",
        &["city"],
    )
}

/// Three tools and a kind of job, far apart from each other.
pub(super) fn offer() -> Offer {
    let text = || Schema::of_type("string");
    let mut offer = Offer::tools(vec![
        tool(
            "translate_text",
            "translates a text into another language",
            &["text", "language"],
        ),
        weather(),
        tool("resize_image", "resizes an image file", &["path", "width"]),
    ]);
    offer.kinds.push(JobKind::new(
        "backup_archive",
        "makes a backup archive of a folder",
        Schema::object([("folder", text())]),
        text(),
    ));
    offer
}

pub(super) fn mission(goal: &str) -> Mission {
    Mission::new(MissionId::from_bytes([5; 16]), goal)
}
