//! The walk: what each scope does, what it may see, and what must look the same to it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

use alma_core::{
    Alma, Claim, ConsolidationId, Digest, JobId, MissionId, RecordId, Result, Scope, StreamId,
    Version, testkit::Draws,
};

use super::Parts;

/// Scopes whose paths are prefixes, neighbours or look-alikes of each other.
const SCOPES: [&str; 7] = [
    "home",
    "home/ana",
    "home/ana/x",
    "home/an",
    "home/anab",
    "Home/ana",
    "home-ana",
];
pub(super) const WORDS: [&str; 6] = ["river", "mountain", "letter", "bread", "window", "music"];

/// What is watched, in the order of what [`walk`] answers.
pub(super) const PARTS: [&str; 6] = ["memory", "ledger", "executor", "jobs", "tools", "offers"];
pub(super) const MEMORY: usize = 0;
pub(super) const LEDGER: usize = 1;
pub(super) const EXECUTOR: usize = 2;
pub(super) const JOBS: usize = 3;
pub(super) const TOOLS: usize = 4;
pub(super) const OFFERS: usize = 5;

/// What one scope has, and what the others try to get at.
pub(super) struct Shadow {
    pub(super) scope: Scope,
    /// Stands in every text of this scope, and nowhere else.
    pub(super) mark: String,
    pub(super) records: Vec<RecordId>,
    pub(super) runs: Vec<ConsolidationId>,
    pub(super) streams: BTreeMap<StreamId, Version>,
    pub(super) jobs: Vec<JobId>,
    pub(super) claims: Vec<Claim>,
    pub(super) tools: Vec<Digest>,
    pub(super) missions: Vec<MissionId>,
    /// What it ordered to be erased: these ids it knows, whosever they are.
    pub(super) erased: BTreeSet<RecordId>,
}

pub(super) struct Walk<'a> {
    pub(super) parts: &'a Parts,
    pub(super) alma: Alma,
    pub(super) draws: Draws,
    pub(super) shadows: Vec<Shadow>,
    pub(super) seen: [u64; PARTS.len()],
}

/// An answer: what leaked, by which part.
pub(super) type Step = Result<(), String>;

/// Works `ops` random operations by seven scopes, on every part at once; how many answers of each part showed a scope
/// its own words, or the first leak.
///
/// No answer may hold a word of another scope, and whatever is asked with an id of another scope is answered as with
/// an id that nobody has.
pub(super) async fn walk(parts: &Parts, seed: u64, ops: u64) -> Result<[u64; PARTS.len()], String> {
    let mut draws = Draws::new(seed);
    let shadows = SCOPES.iter().enumerate().map(|(place, path)| Shadow {
        scope: Scope::new(path).unwrap(),
        mark: format!("mark{place}x{}", draws.below(1_000_000)),
        records: Vec::new(),
        runs: Vec::new(),
        streams: BTreeMap::new(),
        jobs: Vec::new(),
        claims: Vec::new(),
        tools: Vec::new(),
        missions: Vec::new(),
        erased: BTreeSet::new(),
    });
    let mut walk = Walk {
        parts,
        alma: parts.alma(),
        shadows: shadows.collect(),
        draws: Draws::new(seed),
        seen: [0; PARTS.len()],
    };
    for mine in 0..SCOPES.len() {
        walk.forge(mine).await?;
    }
    for op in 0..ops {
        let (mine, other) = (
            walk.draws.below(SCOPES.len()),
            walk.draws.below(SCOPES.len()),
        );
        let step = match walk.draws.below(100) {
            0..30 => walk.memory(mine, other).await,
            30..50 => walk.ledger(mine, other).await,
            50..65 => walk.executor(mine, other).await,
            65..80 => walk.jobs(mine, other).await,
            80..95 => walk.tools(mine, other).await,
            _ => walk.offers(mine, other).await,
        };
        step.map_err(|leak| format!("{leak} (operation {op} of seed {seed})"))?;
    }
    Ok(walk.seen)
}

impl Walk<'_> {
    /// Fails when an answer to `mine` holds a word of another scope.
    pub(super) fn look(&mut self, part: usize, mine: usize, answer: &impl Debug) -> Step {
        let text = format!("{answer:?}");
        for (place, other) in self.shadows.iter().enumerate() {
            if place != mine && text.contains(&other.mark) {
                let (own, name) = (&self.shadows[mine].scope, PARTS[part]);
                return Err(format!("{name}: {own} is shown words of {}", other.scope));
            }
        }
        self.seen[part] += u64::from(text.contains(&self.shadows[mine].mark));
        Ok(())
    }

    /// Fails when asking with another scope's id is answered otherwise than asking with nobody's.
    pub(super) fn alike<T: Debug>(
        &mut self,
        part: usize,
        mine: usize,
        foreign: (Result<T>, String),
        unknown: (Result<T>, String),
    ) -> Step {
        self.look(part, mine, &foreign.0)?;
        let told = |(answer, id): &(Result<T>, String)| {
            let answer = match answer {
                Ok(value) => format!("{value:?}"),
                Err(error) => format!("{:?} {error} {:?}", error.kind(), error.remedy()),
            };
            let short = id.get(..12).unwrap_or(id);
            answer.replace(id.as_str(), "…").replace(short, "…")
        };
        let (foreign, unknown) = (told(&foreign), told(&unknown));
        if foreign == unknown {
            return Ok(());
        }
        Err(format!(
            "{}: a foreign id is answered {foreign}, an unknown one {unknown}",
            PARTS[part]
        ))
    }

    pub(super) fn bytes(&mut self) -> [u8; 16] {
        let (high, low) = (self.draws.next(), self.draws.next());
        (u128::from(high) << 64 | u128::from(low)).to_be_bytes()
    }

    /// A text of the scope; few enough that much is said again.
    pub(super) fn text(&mut self, mine: usize) -> String {
        let word = WORDS[self.draws.below(WORDS.len())];
        format!("{} {word} {}", self.shadows[mine].mark, self.draws.below(4))
    }
}
