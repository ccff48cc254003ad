//! Seeded workloads shared by the benchmarks: the same bytes in every run, on every machine.

pub mod agreement;
pub mod meter;
pub mod npy;

use alma_core::{Digest, Effect, NewJob, Observation, Schema, ToolInfo, ToolName};

/// A small generator of numbers (SplitMix64): benchmarks need repeatable input, not good randomness.
#[derive(Clone, Debug)]
pub struct Numbers(u64);

impl Numbers {
    /// Numbers that follow from `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in 0..1.
    pub fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1u64 << 24) as f32
    }

    /// A number below `bound`.
    pub const fn below(&mut self, bound: usize) -> usize {
        (self.bits() % bound as u64) as usize
    }
}

/// `rows` unit vectors of `dimension` numbers around one centre for each 50 rows, as sentence embeddings lie.
#[must_use]
pub fn mixture(rows: usize, dimension: usize, seed: u64) -> Vec<f32> {
    let mut numbers = Numbers::new(seed);
    let mut direction = |spread: f32| -> Vec<f32> {
        (0..dimension)
            .map(|_| (numbers.unit() - 0.5) * spread)
            .collect()
    };
    let centres: Vec<Vec<f32>> = (0..centres(rows)).map(|_| direction(2.0)).collect();
    let mut out = Vec::with_capacity(rows * dimension);
    for row in 0..rows {
        let mut vector = direction(0.8);
        let centre = &centres[row % centres.len()];
        vector
            .iter_mut()
            .zip(centre)
            .for_each(|(number, centre)| *number += centre);
        let length = vector
            .iter()
            .map(|number| number * number)
            .sum::<f32>()
            .sqrt();
        out.extend(vector.iter().map(|number| number / length));
    }
    out
}

/// By row of [`mixture`], which centre it lies around.
pub fn mixture_groups(rows: usize) -> impl Iterator<Item = u32> {
    (0..rows).map(move |row| (row % centres(rows)) as u32)
}

fn centres(rows: usize) -> usize {
    rows.div_ceil(50).max(1)
}

/// `rows` in 50 round blobs of different width, and each tenth row anywhere, with the blob of each.
#[must_use]
pub fn blobs(rows: usize, dimension: usize, seed: u64) -> (Vec<f32>, Vec<Option<u32>>) {
    let mut numbers = Numbers::new(seed);
    let mut place = || (0..dimension).map(|_| 20.0 * numbers.unit()).collect();
    let centres: Vec<Vec<f32>> = (0..50).map(|_| place()).collect();
    let widths: Vec<f32> = (0..50).map(|_| 0.05 + 0.45 * numbers.unit()).collect();
    let mut out = Vec::with_capacity(rows * dimension);
    let mut groups = Vec::with_capacity(rows);
    for row in 0..rows {
        let blob = (row % 10 != 9).then(|| numbers.below(50));
        match blob {
            None => out.extend((0..dimension).map(|_| 20.0 * numbers.unit())),
            Some(blob) => out.extend(centres[blob].iter().map(|centre| {
                // The sum of twelve numbers is close to a normal one.
                let normal = (0..12).map(|_| numbers.unit()).sum::<f32>() - 6.0;
                centre + widths[blob] * normal
            })),
        }
        groups.push(blob.map(|blob| blob as u32));
    }
    (out, groups)
}

const SUBJECTS: [&str; 12] = [
    "the harbour",
    "our garden",
    "the old printer",
    "a sourdough loaf",
    "the violin lesson",
    "the mountain hut",
    "the tax return",
    "my bicycle",
    "the reading group",
    "a broken window",
    "the solar panels",
    "the choir",
];
const EVENTS: [&str; 12] = [
    "needs a new coat of paint",
    "was finished on Tuesday",
    "costs more than we thought",
    "makes a strange noise",
    "was praised by everybody",
    "has to wait until spring",
    "was moved to the attic",
    "came out better than last time",
    "is closed for repairs",
    "surprised the neighbours",
    "takes about three hours",
    "was photographed at dawn",
];

/// `count` turns of one long conversation, no two alike.
#[must_use]
pub fn conversation(count: usize, seed: u64) -> Vec<Observation> {
    let mut numbers = Numbers::new(seed);
    (0..count)
        .map(|turn| {
            let subject = SUBJECTS[numbers.below(SUBJECTS.len())];
            let event = EVENTS[numbers.below(EVENTS.len())];
            let detail = numbers.below(10_000);
            Observation::text(format!(
                "I heard that {subject} {event}; they noted number {detail} in the book."
            ))
            .with_source("talk/bench")
            .with_position(turn as u64)
        })
        .collect()
}

/// `count` questions about [`conversation`].
#[must_use]
pub fn questions(count: usize, seed: u64) -> Vec<String> {
    let mut numbers = Numbers::new(seed);
    (0..count)
        .map(|_| {
            format!(
                "What about {} that {}?",
                SUBJECTS[numbers.below(SUBJECTS.len())],
                EVENTS[numbers.below(EVENTS.len())]
            )
        })
        .collect()
}

/// `count` jobs of kind `step` with keys of their own and small payloads; one in eight is urgent.
#[must_use]
pub fn jobs(count: usize, seed: u64) -> Vec<NewJob> {
    let mut numbers = Numbers::new(seed);
    (0..count)
        .map(|number| {
            let subject = SUBJECTS[numbers.below(SUBJECTS.len())];
            let payload = serde_json::json!({ "about": subject, "number": numbers.below(10_000) });
            NewJob::new("step", format!("step/{seed}/{number}"), payload)
                .with_group(format!("mission/{}", number / 100))
                .with_priority(i32::from(numbers.below(8) == 0))
        })
        .collect()
}

/// `count` tools, each of which turns one noun into the next.
pub fn tools(count: usize) -> Vec<ToolInfo> {
    let text = || Schema::of_type("string");
    (0..count)
        .filter_map(|i| {
            let (from, to) = (format!("thing{i}"), format!("thing{}", i + 1));
            let name = ToolName::new(format!("make_{to}")).ok()?;
            let about = format!("Make a {to} out of a {from}");
            let code = Digest::of(about.as_bytes());
            let (input, output) = (
                Schema::object([(from, text())]),
                Schema::object([(to, text())]),
            );
            Some(ToolInfo::new(
                name,
                about,
                input,
                output,
                Effect::None,
                Vec::new(),
                code,
            ))
        })
        .collect()
}
