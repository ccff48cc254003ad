//! The walk: what each scope does, what it may see, and what must look the same to it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    time::Duration,
};

use alma_core::{
    Alma, Call, Case, Claim, Consolidate, ConsolidationId, Digest, Draft, Erasure, ErasureId,
    Error, ErrorKind, Example, Fault, ForgeOutcome, Grant, JobId, JobQuery, Mission, MissionId,
    Mode, Need, NewEvent, NewJob, Observation, OutcomeQuery, PageRequest, Query, RecordId,
    RecordQuery, Result, Scope, Selection, StreamId, ToolName, ToolSpec, Trust, Version, Worker,
    testkit::Draws,
};
use serde_json::json;

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
const WORDS: [&str; 6] = ["river", "mountain", "letter", "bread", "window", "music"];

/// What is watched, in the order of what [`walk`] answers.
pub(super) const PARTS: [&str; 6] = ["memory", "ledger", "executor", "jobs", "tools", "offers"];
const MEMORY: usize = 0;
const LEDGER: usize = 1;
const EXECUTOR: usize = 2;
const JOBS: usize = 3;
const TOOLS: usize = 4;
const OFFERS: usize = 5;

const LEASE: Duration = Duration::from_secs(600);

/// What one scope has, and what the others try to get at.
struct Shadow {
    scope: Scope,
    /// Stands in every text of this scope, and nowhere else.
    mark: String,
    records: Vec<RecordId>,
    runs: Vec<ConsolidationId>,
    streams: BTreeMap<StreamId, Version>,
    jobs: Vec<JobId>,
    claims: Vec<Claim>,
    tools: Vec<Digest>,
    missions: Vec<MissionId>,
    /// What it ordered to be erased: these ids it knows, whosever they are.
    erased: BTreeSet<RecordId>,
}

struct Walk<'a> {
    parts: &'a Parts,
    alma: Alma,
    draws: Draws,
    shadows: Vec<Shadow>,
    seen: [u64; PARTS.len()],
}

/// An answer: what leaked, by which part.
type Step = Result<(), String>;

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
    fn look(&mut self, part: usize, mine: usize, answer: &impl Debug) -> Step {
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
    fn alike<T: Debug>(
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

    fn bytes(&mut self) -> [u8; 16] {
        let (high, low) = (self.draws.next(), self.draws.next());
        (u128::from(high) << 64 | u128::from(low)).to_be_bytes()
    }

    /// A text of the scope; few enough that much is said again.
    fn text(&mut self, mine: usize) -> String {
        let word = WORDS[self.draws.below(WORDS.len())];
        format!("{} {word} {}", self.shadows[mine].mark, self.draws.below(4))
    }

    async fn memory(&mut self, mine: usize, other: usize) -> Step {
        let memory = &self.parts.memory;
        let scope = self.shadows[mine].scope.clone();
        let foreign = self.draws.pick(&self.shadows[other].records).copied();
        let (known, unknown) = (
            foreign.unwrap_or(RecordId::from_bytes([1; 16])),
            RecordId::from_bytes(self.bytes()),
        );
        let ids = |id| RecordQuery::ids(vec![id]);
        let first = PageRequest::first(50);
        match self.draws.below(300) {
            0..130 => {
                let text = self.text(mine);
                let mut observation = if self.draws.below(8) == 0 {
                    let id = MissionId::from_bytes([self.draws.below(20) as u8; 16]);
                    let case = Case::new(id, text, Draft::default(), true);
                    case.to_observation(Vec::new()).unwrap()
                } else {
                    Observation::text(text)
                        .with_source(format!("source-{}", self.draws.below(3)))
                        .with_position(self.draws.below(12) as u64)
                };
                if self.draws.below(6) == 0 {
                    observation.derived_from = vec![known];
                }
                let made = memory.remember(&scope, vec![observation]).await;
                self.shadows[mine].records.extend(made.unwrap_or_default());
                Ok(())
            }
            130..210 => {
                let text = format!("{} {}", self.text(other), self.text(mine));
                let query = Query::text(text).with_k(1 + self.draws.below(10));
                let hits = memory.recall(&scope, &query).await.map(|found| found.hits);
                self.look(MEMORY, mine, &hits)
            }
            210..240 => {
                let query = RecordQuery::source(format!("source-{}", self.draws.below(3)));
                let page = memory.records(&scope, &query, &first).await;
                self.look(MEMORY, mine, &page)
            }
            240..270 if mine != other => {
                let foreign = memory.records(&scope, &ids(known), &first).await;
                let nobodys = memory.records(&scope, &ids(unknown), &first).await;
                self.alike(
                    MEMORY,
                    mine,
                    (foreign, known.to_string()),
                    (nobodys, unknown.to_string()),
                )
            }
            270..290 if mine != other && !self.shadows[mine].erased.contains(&known) => {
                let forget = async |id, mode| memory.forget(&scope, &Selection::id(id), mode).await;
                let mode = *self
                    .draws
                    .pick(&[Mode::DryRun, Mode::Erase, Mode::Distrust])
                    .unwrap();
                let theirs = self.shadows[other].scope.clone();
                let before = memory.records(&theirs, &ids(known), &first).await;
                let foreign = forget(known, mode).await;
                let nobodys = forget(unknown, mode).await;
                let after = memory.records(&theirs, &ids(known), &first).await;
                if format!("{before:?}") != format!("{after:?}") {
                    return Err(format!("memory: {scope} changed a record of {theirs}"));
                }
                self.alike(
                    MEMORY,
                    mine,
                    (foreign, known.to_string()),
                    (nobodys, unknown.to_string()),
                )
            }
            290..294 if mine != other => {
                let run = self.draws.pick(&self.shadows[other].runs).copied();
                let Some(run) = run else { return Ok(()) };
                let unknown = ConsolidationId::from_bytes(self.bytes());
                let foreign = memory.undo(&scope, run).await;
                let nobodys = memory.undo(&scope, unknown).await;
                self.alike(
                    MEMORY,
                    mine,
                    (foreign, run.to_string()),
                    (nobodys, unknown.to_string()),
                )
            }
            294 => {
                let own = self.draws.pick(&self.shadows[mine].records).copied();
                let Some(own) = own else { return Ok(()) };
                let receipt = memory
                    .forget(&scope, &Selection::id(own), Mode::Erase)
                    .await;
                self.look(MEMORY, mine, &receipt)
            }
            295 => {
                let order = Consolidate::new(format!("night-{}", self.shadows[mine].runs.len()));
                let made = memory.consolidate(&scope, &order.with_min_topic(3)).await;
                self.shadows[mine]
                    .runs
                    .extend(made.iter().map(|made| made.id));
                self.look(MEMORY, mine, &made)
            }
            _ => Ok(()),
        }
    }

    async fn ledger(&mut self, mine: usize, other: usize) -> Step {
        let ledger = &self.parts.ledger;
        let scope = self.shadows[mine].scope.clone();
        let name = match self.draws.below(2) {
            0 => format!("common/{}", self.draws.below(10)),
            _ => format!("{}/{}", self.shadows[mine].mark, self.draws.below(10)),
        };
        let stream = StreamId::new(name).unwrap();
        match self.draws.below(20) {
            0..9 => {
                let at = self.shadows[mine].streams.get(&stream).copied();
                let made_of = self.draws.pick(&self.shadows[mine].records).copied();
                let event = NewEvent::new("said", json!({"text": self.text(mine)}))
                    .with_sources(made_of.into_iter().collect());
                let at = at.unwrap_or_default();
                let version = ledger.append(&scope, &stream, at, vec![event]).await;
                if let Ok(version) = version {
                    self.shadows[mine].streams.insert(stream, version);
                }
                Ok(())
            }
            9..14 => {
                let events = ledger.read(&scope, &stream, Version(0), 20).await;
                self.look(LEDGER, mine, &events)
            }
            14..16 => {
                let page = PageRequest::first(50);
                let streams = ledger.streams(&scope, "", &page).await;
                self.look(LEDGER, mine, &streams)
            }
            16..18 if mine != other => {
                let foreign = StreamId::new(format!("{}/1", self.shadows[other].mark)).unwrap();
                let unknown = StreamId::new("nobody/1").unwrap();
                let theirs = ledger.read(&scope, &foreign, Version(0), 20).await;
                let nobodys = ledger.read(&scope, &unknown, Version(0), 20).await;
                self.alike(
                    LEDGER,
                    mine,
                    (theirs, foreign.to_string()),
                    (nobodys, unknown.to_string()),
                )
            }
            18 if mine != other => {
                let foreign = self.draws.pick(&self.shadows[other].records).copied();
                let Some(foreign) = foreign else {
                    return Ok(());
                };
                let unknown = RecordId::from_bytes(self.bytes());
                let erase = async |id: RecordId| {
                    let what = Erasure::new(ErasureId::of_parts(&[id.as_bytes()]), vec![id]);
                    ledger.erase(&scope, &what.with_more_following()).await
                };
                self.shadows[mine].erased.insert(foreign);
                let theirs = erase(foreign).await;
                let nobodys = erase(unknown).await;
                self.alike(
                    LEDGER,
                    mine,
                    (theirs, foreign.to_string()),
                    (nobodys, unknown.to_string()),
                )
            }
            _ => Ok(()),
        }
    }

    async fn executor(&mut self, mine: usize, other: usize) -> Step {
        let executor = &self.parts.executor;
        let scope = self.shadows[mine].scope.clone();
        let foreign = self.draws.pick(&self.shadows[other].jobs).copied();
        let unknown = JobId::from_bytes(self.bytes());
        match self.draws.below(20) {
            0..8 => {
                let key = format!("job-{}", self.draws.below(2_000));
                let job = NewJob::new("tell", key, json!({"text": self.text(mine)}));
                let made = executor
                    .submit(&scope, vec![job.with_group("common")])
                    .await;
                self.shadows[mine].jobs.extend(made.unwrap_or_default());
                Ok(())
            }
            8..12 => {
                let query = OutcomeQuery::all().with_limit(20);
                let outcomes = executor.outcomes(&scope, &query).await;
                self.look(EXECUTOR, mine, &outcomes)
            }
            12..16 => {
                let own = self.draws.pick(&self.shadows[mine].jobs).copied();
                let status = executor.status(&scope, &Vec::from_iter(own)).await;
                // A status has no words of its own: that it is there is all that it tells.
                self.seen[EXECUTOR] += u64::from(own.is_some() && status.is_ok());
                self.look(EXECUTOR, mine, &status)
            }
            16..20 if mine != other && foreign.is_some() => {
                let foreign = foreign.unwrap_or(unknown);
                if self.draws.below(2) == 0 {
                    let theirs = executor.status(&scope, &[foreign]).await;
                    let nobodys = executor.status(&scope, &[unknown]).await;
                    let ids = (foreign.to_string(), unknown.to_string());
                    self.alike(EXECUTOR, mine, (theirs, ids.0), (nobodys, ids.1))
                } else {
                    let theirs = executor.cancel(&scope, &[foreign]).await;
                    let nobodys = executor.cancel(&scope, &[unknown]).await;
                    let ids = (foreign.to_string(), unknown.to_string());
                    self.alike(EXECUTOR, mine, (theirs, ids.0), (nobodys, ids.1))
                }
            }
            _ => Ok(()),
        }
    }

    async fn jobs(&mut self, mine: usize, other: usize) -> Step {
        let jobs = &self.parts.jobs;
        let scope = self.shadows[mine].scope.clone();
        match self.draws.below(20) {
            0..3 => {
                let key = format!("job-{}", self.draws.below(2_000));
                let job = NewJob::new("tell", key, json!({"text": self.text(mine)}));
                let made = jobs.enqueue(&scope, vec![job]).await;
                self.shadows[mine].jobs.extend(made.unwrap_or_default());
                Ok(())
            }
            3..8 => {
                let worker = Worker::new("worker", vec!["tell".into()], vec![scope]);
                let leases = jobs.claim(&worker, 1 + self.draws.below(3), LEASE).await;
                let claims = leases.iter().flatten().map(|lease| lease.claim());
                self.shadows[mine].claims.extend(claims);
                self.look(JOBS, mine, &leases)
            }
            8..12 => {
                let Some(claim) = self.shadows[mine].claims.pop() else {
                    return Ok(());
                };
                let text = self.text(mine);
                match self.draws.below(4) {
                    0 => {
                        let fault =
                            Fault::new(ErrorKind::InvalidInput, format!("cannot tell {text}"));
                        let state = jobs.fail(&scope, claim, fault).await;
                        self.look(JOBS, mine, &state)
                    }
                    1 => {
                        let released = jobs.release(&scope, claim).await;
                        self.look(JOBS, mine, &released)
                    }
                    _ => {
                        let done = jobs.complete(&scope, claim, json!({"said": text})).await;
                        self.look(JOBS, mine, &done)
                    }
                }
            }
            12..15 => {
                let page = PageRequest::first(20);
                let listed = jobs.jobs(&scope, &JobQuery::default(), &page).await;
                self.look(JOBS, mine, &listed)
            }
            15..19 if mine != other => {
                let foreign = self.draws.pick(&self.shadows[other].claims).copied();
                let Some(foreign) = foreign else {
                    return Ok(());
                };
                let unknown = Claim::new(JobId::from_bytes(self.bytes()), foreign.token);
                let ids = (foreign.job.to_string(), unknown.job.to_string());
                let fault = || Fault::from(Error::invalid("cannot"));
                let (theirs, nobodys) = match self.draws.below(4) {
                    0 => {
                        let call = async |claim| jobs.release(&scope, claim).await;
                        (call(foreign).await, call(unknown).await)
                    }
                    1 => {
                        let call =
                            async |claim| jobs.complete(&scope, claim, json!("stolen")).await;
                        (call(foreign).await, call(unknown).await)
                    }
                    2 => {
                        let call = async |claim| jobs.fail(&scope, claim, fault()).await.map(drop);
                        (call(foreign).await, call(unknown).await)
                    }
                    _ => {
                        let theirs = jobs.renew(&scope, &[foreign], LEASE).await;
                        let nobodys = jobs.renew(&scope, &[unknown], LEASE).await;
                        return self.alike(JOBS, mine, (theirs, ids.0), (nobodys, ids.1));
                    }
                };
                self.alike(JOBS, mine, (theirs, ids.0), (nobodys, ids.1))
            }
            19 if mine != other => {
                let foreign = self.draws.pick(&self.shadows[other].jobs).copied();
                let Some(foreign) = foreign else {
                    return Ok(());
                };
                let unknown = JobId::from_bytes(self.bytes());
                let theirs = jobs.replay(&scope, &[foreign]).await;
                let nobodys = jobs.replay(&scope, &[unknown]).await;
                let ids = (foreign.to_string(), unknown.to_string());
                self.alike(JOBS, mine, (theirs, ids.0), (nobodys, ids.1))
            }
            _ => Ok(()),
        }
    }

    /// Two tools: one whose program holds the scope's mark, and one that any forge can build. Their names are the same
    /// in every scope.
    async fn forge(&mut self, mine: usize) -> Step {
        let mark = self.shadows[mine].mark.clone();
        let words = [
            "one",
            "two words",
            "x",
            "Mixed Case",
            "three more words",
            "seven",
            "Up",
            "no 8",
            "last one",
        ];
        let greeted = words.map(|text| (text, format!("{mark} {text}")));
        let shouted = words.map(|text| (text, text.to_uppercase()));
        for (name, pairs) in [("greet", greeted), ("shout", shouted)] {
            let examples = pairs.map(|(text, output)| Example {
                input: json!({"text": text}),
                output: json!(output),
            });
            let about = format!("{name}s a text for {mark}");
            let spec = ToolSpec::new(ToolName::new(name).unwrap(), about, examples.into());
            let scope = self.shadows[mine].scope.clone();
            let outcome = self.parts.tools.forge(&scope, &spec).await;
            if let Ok(ForgeOutcome::Accepted { tool, .. }) = &outcome {
                self.shadows[mine].tools.push(tool.info.digest);
            }
            self.look(TOOLS, mine, &outcome)?;
        }
        Ok(())
    }

    async fn tools(&mut self, mine: usize, other: usize) -> Step {
        let tools = &self.parts.tools;
        let scope = self.shadows[mine].scope.clone();
        let call =
            |tool: Digest| Call::new(tool, json!({"text": "x"}), "key").with_trust(Trust::Owner);
        match self.draws.below(20) {
            0..5 => {
                let need = Need::text(format!("greets a text for {}", self.shadows[other].mark));
                let found = tools.find(&scope, &need, 5).await;
                self.look(TOOLS, mine, &found)
            }
            5..8 => {
                let listed = tools.list(&scope, &PageRequest::first(50)).await;
                self.look(TOOLS, mine, &listed)
            }
            8..13 => {
                let own = self.draws.pick(&self.shadows[mine].tools).copied();
                let Some(own) = own else { return Ok(()) };
                let result = tools.call(&scope, call(own), &Grant::nothing()).await;
                self.look(TOOLS, mine, &result)
            }
            13..20 if mine != other => {
                let foreign = self.draws.pick(&self.shadows[other].tools).copied();
                let Some(foreign) = foreign else {
                    return Ok(());
                };
                let unknown = Digest::of(&self.bytes());
                let ids = (foreign.to_string(), unknown.to_string());
                if self.draws.below(2) == 0 {
                    let grant = Grant::nothing();
                    let theirs = tools.call(&scope, call(foreign), &grant).await;
                    let nobodys = tools.call(&scope, call(unknown), &grant).await;
                    self.alike(TOOLS, mine, (theirs, ids.0), (nobodys, ids.1))
                } else {
                    let theirs = tools.retire(&scope, &foreign).await;
                    let nobodys = tools.retire(&scope, &unknown).await;
                    self.alike(TOOLS, mine, (theirs, ids.0), (nobodys, ids.1))
                }
            }
            _ => Ok(()),
        }
    }

    async fn offers(&mut self, mine: usize, other: usize) -> Step {
        let handle = self.alma.within(self.shadows[mine].scope.clone());
        if self.draws.below(4) == 0 && mine != other {
            let foreign = self.draws.pick(&self.shadows[other].missions).copied();
            let Some(foreign) = foreign else {
                return Ok(());
            };
            let unknown = MissionId::from_bytes(self.bytes());
            let theirs = handle.mission(foreign).await;
            let nobodys = handle.mission(unknown).await;
            let ids = (foreign.to_string(), unknown.to_string());
            return self.alike(OFFERS, mine, (theirs, ids.0), (nobodys, ids.1));
        }
        let id = MissionId::from_bytes(self.bytes());
        let report = handle.run(Mission::new(id, self.text(mine))).await;
        self.shadows[mine].missions.push(id);
        self.look(OFFERS, mine, &report)?;
        let offers = std::mem::take(&mut *self.parts.offers.0.lock().unwrap());
        self.look(OFFERS, mine, &offers)
    }
}
