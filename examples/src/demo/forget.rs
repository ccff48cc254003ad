//! Forgetting one document: the receipt, and a search through the bytes of the home.

use std::{collections::BTreeSet, fs, path::Path};

use alma_core::{Citation, Mode, Result, Selection};
use serde_json::json;

use super::{
    records_of,
    sources::Sources,
    stage::{Stage, broken, write},
};
use crate::{commands::forget::in_words, home::Home};

/// Forgets the document that the first answer rests on.
pub(super) async fn forget(
    home: &Home,
    stage: &Stage,
    found: &Sources,
    cited: &[Citation],
) -> Result<()> {
    let source = cited
        .first()
        .map(|citation| citation.source.clone())
        .ok_or_else(|| broken("no answer rests on a document"))?;
    let phrase = only_there(found, &source).ok_or_else(|| {
        broken(&format!(
            "{source} says nothing that no other document says"
        ))
    })?;
    let before = files_with(home.place().root(), &phrase)?;
    let selection = Selection::Source(source.clone());
    let receipt = home.handle().forget(&selection, Mode::Erase).await?;
    let after = files_with(home.place().root(), &phrase)?;
    write(home, "receipt.json", &receipt)?;
    if !records_of(home, &source).await?.is_empty() {
        return Err(broken("a forgotten document is still listed"));
    }
    stage.item(
        &json!({
            "step": "forget", "source": source, "phrase": phrase, "receipt": receipt,
            "files_with_it_before": before.len(), "files_with_it_after": after.len(),
        }),
        format!(
            "{source}\n{}\na sentence that stands in no other document, searched in the bytes of every file of the home:\n\
             found before: {}; found after: {}",
            in_words(&receipt),
            if before.is_empty() { "no" } else { "yes" },
            if after.is_empty() { "no" } else { "yes" }
        ),
    )
}

/// The longest line of a document that stands in no other one.
fn only_there(found: &Sources, source: &str) -> Option<String> {
    let texts = || found.crates.iter().flat_map(|one| &one.texts);
    let others: BTreeSet<&str> = texts()
        .filter(|text| text.source != source)
        .flat_map(|text| text.text.lines())
        .map(str::trim)
        .collect();
    texts()
        .find(|text| text.source == source)?
        .text
        .lines()
        .map(str::trim)
        // Lines of plain words: what is escaped in JSON would hide from a byte search.
        .filter(|line| line.is_ascii() && !line.contains(['"', '\\']) && !others.contains(line))
        .filter(|line| line.len() <= 120)
        .max_by_key(|line| line.len())
        .map(str::to_owned)
}

/// The files below a directory whose bytes hold a phrase.
fn files_with(root: &Path, phrase: &str) -> Result<Vec<std::path::PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(bytes) = fs::read(&path)
                && bytes
                    .windows(phrase.len())
                    .any(|window| window == phrase.as_bytes())
            {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
