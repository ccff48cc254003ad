//! The inventory that people read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::attention;

/// One crate of the inventory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The crate and its version.
    pub name: String,
    /// Its licence in today's form.
    pub licence: String,
}

/// The inventory as Markdown: which crates are under which licence, and which need attention.
#[must_use]
pub fn report(entries: &[Entry]) -> String {
    let mut by_licence: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut open: Vec<(String, &str)> = Vec::new();
    for entry in entries {
        by_licence
            .entry(&entry.licence)
            .or_default()
            .push(&entry.name);
        if let Some(why) = attention(&entry.licence) {
            open.push((why, &entry.name));
        }
    }
    let mut groups: Vec<(&str, Vec<&str>)> = by_licence.into_iter().collect();
    groups.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then(a.0.cmp(b.0)));
    open.sort();

    let mut text = format!(
        "# Inventory of licences\n\n{} crates, {} licences, {} crates need attention.\n\n\
         ## Need attention\n\n",
        entries.len(),
        groups.len(),
        open.len()
    );
    if open.is_empty() {
        text.push_str("None: each crate offers terms that ask for a notice only.\n");
    }
    for (why, name) in open {
        text.push_str(&format!("- {name}: {why}\n"));
    }
    text.push_str("\n## By licence\n");
    for (licence, mut names) in groups {
        names.sort_unstable();
        let title = if licence.is_empty() {
            "none named"
        } else {
            licence
        };
        text.push_str(&format!(
            "\n### {title} ({})\n\n{}\n",
            names.len(),
            names.join(", ")
        ));
    }
    text
}
