//! Licence expressions are judged by the best choice that they offer.

use alma_examples::licences::{Entry, attention, report, stated};

#[test]
fn a_choice_counts_by_its_best_part_and_a_condition_by_all() {
    for fine in [
        "MIT",
        "MIT OR GPL-3.0",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
        "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT",
        "GPL-2.0 OR (LGPL-3.0 OR ISC)",
    ] {
        assert_eq!(attention(fine), None, "{fine}");
    }
    for (open, names) in [
        ("MPL-2.0", "MPL-2.0"),
        ("MIT AND GPL-3.0", "GPL-3.0"),
        ("GPL-2.0 WITH Classpath-exception-2.0", "Classpath"),
        ("", "no licence"),
        ("MIT OR", "no licence expression"),
        ("MIT/Apache-2.0", "no licence expression"),
        ("(MIT", "no licence expression"),
        ("MIT GPL-3.0", "no licence expression"),
    ] {
        let why = attention(open).unwrap();
        assert!(why.contains(names), "{open}: {why}");
    }
}

#[test]
fn a_manifest_gives_name_version_and_licence() {
    let found = stated("[package]\nname = 'a'\nversion = '1.0.0'\nlicense = 'MIT'\n").unwrap();
    assert_eq!((found.name.as_str(), found.licence.as_str()), ("a", "MIT"));
    assert_eq!(
        stated("[package]\nname = 'a'\nversion = '1'\n")
            .unwrap()
            .licence,
        ""
    );
    assert!(stated("[workspace]\n").is_err());
    assert!(stated("not toml").is_err());
}

#[test]
fn the_report_groups_by_licence_and_names_what_is_open() {
    let entry = |name: &str, licence: &str| Entry {
        name: name.into(),
        licence: licence.into(),
    };
    let text = report(&[
        entry("b 1", "MIT"),
        entry("a 1", "MIT"),
        entry("c 2", "MPL-2.0"),
    ]);
    assert!(
        text.contains("3 crates, 2 licences, 1 crates need attention"),
        "{text}"
    );
    assert!(
        text.contains("- c 2: it asks for more than a notice: MPL-2.0"),
        "{text}"
    );
    assert!(text.contains("### MIT (2)\n\na 1, b 1\n"), "{text}");
}
