//! Summaries and labels without a model.

use alma_memory::summary::{Group, labels, summarise};
use proptest::prelude::*;

#[test]
fn facts_win_over_small_talk() {
    let units = [
        "Hey! How are you?",
        "That's great, thanks!",
        "Ana moved to Lisbon on 3 May 2024 and works at the harbour there.",
        "Oh wow, that is so cool!",
        "She adopted a grey parrot called Otto.",
    ];
    assert_eq!(summarise(&units, 22), [2, 4]);
}

#[test]
fn what_was_said_twice_is_picked_once() {
    let units = [
        "The boiler broke on Monday.",
        "The boiler broke on Monday.",
        "Rui repairs roofs.",
    ];
    assert_eq!(summarise(&units, 9), [0, 2]);
}

#[test]
fn nothing_gives_nothing() {
    assert!(summarise(&[], 10).is_empty());
    assert!(summarise(&["", "the of and"], 10).is_empty());
    assert!(summarise(&["five words are too many"], 4).is_empty());
    assert_eq!(labels(&[Group::default()], 3), [Vec::<String>::new()]);
}

#[test]
fn a_label_says_only_what_may_be_shown() {
    let group = Group {
        texts: vec!["secret garden", "secret garden", "the garden wall"],
        shown: vec!["the garden wall"],
    };
    let other = Group {
        texts: vec!["tax forms"],
        shown: vec!["tax forms"],
    };
    assert_eq!(labels(&[group, other], 2)[0], ["garden", "wall"]);
}

proptest! {
    #[test]
    fn a_summary_keeps_its_budget(
        units in proptest::collection::vec("[a-zA-Z0-9?!. ]{0,80}", 0..30),
        budget in 0..120_usize,
    ) {
        let units: Vec<&str> = units.iter().map(String::as_str).collect();
        let picks = summarise(&units, budget);
        let length: usize = picks.iter().map(|&at| units[at].split_whitespace().count()).sum();
        prop_assert!(length <= budget);
        prop_assert!(picks.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert_eq!(summarise(&units, budget), picks);
    }
}
