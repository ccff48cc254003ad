//! The demo's input is on every machine that built it.

use alma_examples::demo::sources::sources;

#[test]
fn the_sources_of_this_build_are_found_in_a_stable_order() {
    let first = sources().unwrap();
    let second = sources().unwrap();
    let names = |found: &alma_examples::demo::sources::Sources| {
        found
            .crates
            .iter()
            .map(|one| format!("{} {} {}", one.name, one.version, one.texts.len()))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&first), names(&second));
    assert!(first.crates.len() > 100, "{} crates", first.crates.len());
    let serde = first.crates.iter().find(|one| one.name == "serde").unwrap();
    assert!(serde.manifest.contains("MIT OR Apache-2.0"));
    assert!(
        serde
            .texts
            .iter()
            .any(|text| text.source.ends_with("/README.md"))
    );
}
