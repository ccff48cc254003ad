//! The tools on offer, prepared for retrieval and linking.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use alma_core::{Effect, Offer, Schema};

use super::{
    port::{Port, ports},
    retrieve,
};
use crate::text::{is_action, is_change, is_stop, name_words, read, senses, stem};

/// One tool, read.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Its name.
    pub(crate) name: String,
    /// The stems of its name.
    pub(crate) stems: Vec<String>,
    /// What it shares with its siblings: the part of the name before the last full stop, or the first words.
    pub(crate) family: Vec<String>,
    /// The stem of the verb that says what it does.
    pub(crate) verb: String,
    /// Whether it changes something in the world, by what it declares or by its verb.
    pub(crate) changes: bool,
    /// What goes in.
    pub(crate) inputs: Vec<Port>,
    /// What comes out.
    pub(crate) outputs: Vec<Port>,
}

/// A stem that occurs in the tools.
#[derive(Debug, Default)]
pub(super) struct Term {
    /// The tools that have it, and how much of it.
    pub(super) postings: Vec<(usize, f64)>,
    /// What it may mean.
    pub(super) senses: &'static [u16],
}

/// All tools on offer with the statistics of their words.
#[derive(Debug)]
pub(crate) struct Catalog {
    /// The tools in the order given.
    pub(crate) entries: Vec<Entry>,
    /// Every stem of the tools, in the order of the text.
    pub(super) terms: BTreeMap<String, Term>,
    /// The stems of all names, for telling names of things from words of tools.
    vocabulary: BTreeSet<String>,
    verbs: BTreeSet<String>,
}

/// How much a word counts by where it stands.
const NAME: f64 = 3.0;
const DESCRIPTION: f64 = 1.6;
const INPUT: f64 = 0.7;
const OUTPUT: f64 = 0.8;
const ABOUT: f64 = 0.25;
/// How many words name the output of a tool that gives no object.
const THINGS: usize = 3;

impl Catalog {
    /// Reads all that is on offer: tools first, then kinds of jobs, which may do anything.
    pub(crate) fn new(offer: &Offer) -> Self {
        let mut catalog = Self {
            entries: Vec::new(),
            terms: BTreeMap::new(),
            vocabulary: BTreeSet::new(),
            verbs: BTreeSet::new(),
        };
        for tool in &offer.tools {
            catalog.add(
                tool.name.as_str(),
                &tool.description,
                &tool.input,
                &tool.output,
                tool.effect,
            );
        }
        for kind in &offer.kinds {
            catalog.add(
                &kind.name,
                &kind.description,
                &kind.input,
                &kind.output,
                kind.effect,
            );
        }
        catalog.find_families();
        catalog
    }

    /// Whether a stem opens the description or name of a tool.
    pub(crate) fn is_verb(&self, stem: &str) -> bool {
        self.verbs.contains(stem)
    }

    /// Whether a stem occurs in the name of a tool.
    pub(crate) fn knows(&self, stem: &str) -> bool {
        self.vocabulary.contains(stem)
    }

    /// Whether a stem occurs anywhere in the tools.
    pub(crate) fn has(&self, stem: &str) -> bool {
        self.terms.contains_key(stem)
    }

    /// The tools that a goal most likely needs, at most `most`, in the order of the offer.
    pub(crate) fn likely(&self, goal: &str, most: usize) -> Vec<usize> {
        let (tokens, _) = read(goal);
        let mut scores = vec![0.0; self.entries.len()];
        for (word, weight) in retrieve::query(&tokens, &[]) {
            for (sum, score) in scores.iter_mut().zip(retrieve::scores(self, &word)) {
                *sum += weight * score;
            }
        }
        let mut ranked: Vec<usize> = (0..scores.len()).collect();
        ranked.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
        ranked.truncate(most);
        ranked.sort_unstable();
        ranked
    }

    /// How rare a stem is among the tools: high for telling words.
    pub(crate) fn rarity(&self, stem: &str) -> f64 {
        let count = self.terms.get(stem).map_or(0, |term| term.postings.len()) as f64;
        let all = self.entries.len() as f64;
        (1.0 + (all - count + 0.5) / (count + 0.5)).ln()
    }

    fn add(
        &mut self,
        name: &str,
        description: &str,
        input: &Schema,
        output: &Schema,
        effect: Effect,
    ) {
        let index = self.entries.len();
        let stems: Vec<String> = name_words(name).iter().map(|word| stem(word)).collect();
        let inputs = ports(input);
        let mut outputs = ports(output);
        let about: Vec<String> = name_words(description)
            .iter()
            .filter(|word| !is_stop(word))
            .map(|word| stem(word))
            .collect();
        let verb = about.first().or(stems.first()).cloned().unwrap_or_default();
        if outputs.is_empty() {
            // What gives no object gives one thing: what its description names after the verb.
            let things = about.iter().filter(|word| **word != verb).take(THINGS);
            outputs.push(Port::whole(output, things.cloned().collect()));
        }
        let mut weights: BTreeMap<String, f64> = BTreeMap::new();
        let mut field = |words: &mut dyn Iterator<Item = &String>, weight: f64| {
            let words: Vec<&String> = words.collect();
            // A tool with a hundred outputs is not a hundred times as likely to be meant.
            let weight = weight * (8.0 / words.len().max(8) as f64).sqrt();
            for word in words {
                *weights.entry(word.clone()).or_default() += weight;
            }
        };
        field(&mut stems.iter(), NAME);
        field(&mut about.iter(), DESCRIPTION);
        field(&mut inputs.iter().flat_map(|port| &port.stems), INPUT);
        let named = outputs.iter().filter(|port| !port.name.is_empty());
        field(&mut named.flat_map(|port| &port.stems), OUTPUT);
        field(
            &mut inputs
                .iter()
                .flat_map(|port| &port.about)
                .filter(|word| !is_stop(word)),
            ABOUT,
        );
        for (word, weight) in weights {
            let senses = senses(&word);
            let term = self.terms.entry(word).or_default();
            term.senses = senses;
            term.postings.push((index, weight));
        }
        self.vocabulary.extend(stems.iter().cloned());
        self.verbs.insert(verb.clone());
        self.entries.push(Entry {
            name: name.to_owned(),
            stems,
            family: Vec::new(),
            changes: effect > Effect::Read || is_change(&verb),
            verb,
            inputs,
            outputs,
        });
    }

    /// A family is a prefix of the name that at least two tools share: `Hotels.`, `Product_Search_`.
    fn find_families(&mut self) {
        let mut shared: HashMap<Vec<String>, usize> = HashMap::new();
        for entry in &self.entries {
            for length in 1..entry.stems.len() {
                *shared.entry(entry.stems[..length].to_vec()).or_default() += 1;
            }
        }
        for entry in &mut self.entries {
            let dotted = entry
                .name
                .rsplit_once('.')
                .map_or(0, |(head, _)| name_words(head).len());
            let longest = (1..entry.stems.len())
                .rev()
                .find(|length| shared[&entry.stems[..*length]] > 1)
                .unwrap_or(0);
            let length = if dotted > 0 { dotted } else { longest };
            let family = &entry.stems[..length];
            // A shared verb (`get_…`, `calculate_…`) makes no family.
            if length > 1 || length == 1 && !is_action(&family[0]) {
                entry.family = family.to_vec();
            }
        }
    }
}
