//! What a description says about the operations that a program will need.

use std::collections::BTreeSet;

use crate::lang::{Form, Op, all_ops};

/// The weight of each operation and form, for one description.
pub(crate) struct Weights {
    ops: Vec<(Op, u8)>,
    words: BTreeSet<String>,
}

impl Weights {
    pub(crate) fn new(description: &str) -> Self {
        let words: BTreeSet<String> = description
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(stem)
            .collect();
        let mut ranked: Vec<(usize, Op)> = all_ops()
            .map(|op| (hints(op.words(), &words), op))
            .collect();
        // What is hinted at more comes first, so that it stands for what agrees with it.
        ranked.sort_by_key(|(hints, _)| std::cmp::Reverse(*hints));
        let ops = ranked
            .into_iter()
            .map(|(hints, op)| (op, weigh(op.weight(), hints)))
            .collect();
        Self { ops, words }
    }

    /// All operations with their weights.
    pub(crate) fn ops(&self) -> &[(Op, u8)] {
        &self.ops
    }

    /// The weight of a form.
    pub(crate) fn form(&self, form: Form) -> u8 {
        let (weight, words) = match form {
            Form::Map => (2, "each all every"),
            Form::Filter => (2, "only keep keeping those whose without remove filter"),
            Form::CountIf => (2, "count many number"),
            Form::All | Form::Any => (2, "whether all any some every no"),
            Form::Find => (3, "first find"),
            Form::TakeWhile | Form::DropWhile => (4, "while until leading trailing"),
            Form::SortBy => (3, "sort sorted order by"),
            Form::MaxBy => (3, "longest largest most highest best"),
            Form::MinBy => (3, "shortest smallest least lowest closest"),
            Form::ZipWith => (3, "element wise pairwise dot both"),
            Form::Adjacent => (4, "adjacent neighbours consecutive next successive"),
            Form::Fold | Form::Scan => (4, "running cumulative fold"),
        };
        weigh(weight, hints(words, &self.words))
    }
}

/// How many of the words that hint at an operation occur.
fn hints(hints: &str, words: &BTreeSet<String>) -> usize {
    let hints: BTreeSet<String> = hints.split(' ').map(stem).collect();
    hints.intersection(words).count()
}

/// One hint makes an operation cheaper; a second one only what is dear by itself.
fn weigh(weight: u8, hints: usize) -> u8 {
    match hints {
        0 => weight,
        1 => weight - 1,
        _ => (weight - 1).min(2),
    }
}

/// A word without its most common endings; crude, and the same on both sides.
fn stem(word: &str) -> String {
    let word = word.to_lowercase();
    for ending in ["ing", "ed", "es", "s"] {
        if let Some(rest) = word.strip_suffix(ending)
            && rest.len() >= 3
        {
            return rest.to_owned();
        }
    }
    word
}
