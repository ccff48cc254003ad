//! How an inventory is planned: read each manifest, split each licence into its choices, report.

use alma_core::Schema;
use alma_planner::{Run, Source, Template, TemplateStep};

use super::{READ, REPORT};

/// The tool that splits a licence at its slashes, the old way to write a choice. No home has it
/// from the start: it is forged from examples.
pub const FORGED: &str = "licence-parts";

/// The template of goals that speak of an inventory of licences.
#[must_use]
pub fn template() -> Template {
    let step = |name: &str, path: &[&str]| Source::Step {
        name: name.to_owned(),
        path: path.iter().map(|part| (*part).to_owned()).collect(),
    };
    let tool = |name: &str| Run::Tool(name.to_owned());
    Template::new("licence-inventory", "inventory licence|license")
        .with_input("crates", Schema::of_type("array"))
        .with_input("file", Schema::of_type("string"))
        .with_step(
            TemplateStep::new("read", tool(READ))
                .for_each("crates")
                .with("crate", Source::Item(Vec::new())),
        )
        .with_step(
            TemplateStep::new("parts", tool(FORGED))
                .for_each("crates")
                .with("licence", step("read", &["licence"])),
        )
        .with_step(
            TemplateStep::new("report", tool(REPORT))
                .with("file", Source::Input("file".to_owned()))
                .with("crates", Source::Input("crates".to_owned()))
                .with("licences", step("parts", &[])),
        )
}
