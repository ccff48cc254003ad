//! Figures on public retrieval sets, to tune by: `ALMA_DATA=… cargo test -p alma-memory -- --ignored --nocapture figures`.

#![expect(clippy::print_stdout, reason = "figures are printed")]

use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    time::Instant,
};

use alma_core::{Memory, Observation, Query, RecordId, RecordKind, Scope, sqlite::Database};
use alma_memory::SqliteMemory;
use flate2::read::GzDecoder;
use serde_json::Value;

fn lines(path: &Path) -> Vec<String> {
    let packed = path.with_extension("jsonl.gz");
    if path.exists() {
        BufReader::new(File::open(path).unwrap())
            .lines()
            .map(Result::unwrap)
            .collect()
    } else {
        let file = GzDecoder::new(File::open(packed).unwrap());
        BufReader::new(file).lines().map(Result::unwrap).collect()
    }
}

fn values(path: &Path) -> Vec<Value> {
    lines(path)
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn scope(value: &Value) -> Scope {
    Scope::new(value["metadata"]["scope"].as_str().unwrap_or("all")).unwrap()
}

fn observation(document: &Value) -> Observation {
    let facts = &document["metadata"];
    let id = document["_id"].as_str().unwrap();
    let mut observation = Observation::text(document["text"].as_str().unwrap());
    match facts["seq"].as_u64() {
        // Turns of one conversation follow each other; other documents stand alone.
        Some(seq) => {
            let conversation = facts["scope"].as_str().unwrap_or_default();
            observation = observation.with_source(conversation).with_position(seq);
        }
        None => observation = observation.with_source(id).with_kind(RecordKind::Document),
    }
    if let Some(time) = facts["iso"].as_str() {
        observation = observation.with_occurred(time.parse().unwrap());
    }
    for name in ["speaker", "image_caption"] {
        if let Some(word) = facts[name].as_str() {
            observation = observation.with_metadata(name, word);
        }
    }
    match document["title"].as_str() {
        Some(title) if !title.is_empty() => observation.with_metadata("title", title),
        _ => observation,
    }
}

#[derive(Default)]
struct Figures {
    count: usize,
    recall: [f64; 5],
    ndcg: f64,
}

const KS: [usize; 5] = [1, 5, 10, 20, 50];

impl Figures {
    fn add(&mut self, ranking: &[String], relevant: &[String]) {
        self.count += 1;
        for (sum, k) in self.recall.iter_mut().zip(KS) {
            let found = ranking
                .iter()
                .take(k)
                .filter(|id| relevant.contains(id))
                .count();
            *sum += found as f64 / relevant.len() as f64;
        }
        let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
        let gained: f64 = ranking
            .iter()
            .take(10)
            .enumerate()
            .filter(|(_, id)| relevant.contains(id))
            .map(|(rank, _)| gain(rank))
            .sum();
        self.ndcg += gained / (0..relevant.len().min(10)).map(gain).sum::<f64>();
    }

    fn print(&self, name: &str) {
        let share = |sum: f64| sum / self.count as f64;
        let recall: Vec<String> = KS
            .iter()
            .zip(self.recall)
            .map(|(k, sum)| format!("R@{k} {:.3}", share(sum)))
            .collect();
        println!(
            "{name:24} {} nDCG@10 {:.3} n={}",
            recall.join(" "),
            share(self.ndcg),
            self.count
        );
    }
}

async fn figures(set: &str, split: &str) {
    let folder = PathBuf::from(std::env::var("ALMA_DATA").unwrap()).join(set);
    let memory = SqliteMemory::open(Database::in_memory().unwrap())
        .await
        .unwrap();
    let mut names: HashMap<RecordId, String> = HashMap::new();
    let mut by_scope: BTreeMap<Scope, Vec<Observation>> = BTreeMap::new();
    for document in values(&folder.join("corpus.jsonl")) {
        let (scope, observation) = (scope(&document), observation(&document));
        names.insert(
            observation.id(&scope),
            document["_id"].as_str().unwrap().to_owned(),
        );
        by_scope.entry(scope).or_default().push(observation);
    }
    let begun = Instant::now();
    let mut count = 0;
    for (scope, observations) in by_scope {
        count += observations.len();
        memory.remember(&scope, observations).await.unwrap();
    }
    println!("{set}: {count} records remembered in {:?}", begun.elapsed());
    let mut relevant: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines(&folder.join(format!("qrels/{split}.tsv")))
        .iter()
        .skip(1)
    {
        let fields: Vec<&str> = line.split('\t').collect();
        if fields[2] != "0" {
            relevant
                .entry(fields[0].to_owned())
                .or_default()
                .push(fields[1].to_owned());
        }
    }
    let (mut all, mut by_category) = (Figures::default(), BTreeMap::<String, Figures>::new());
    let mut spent = Vec::new();
    let (mut answerable, mut foreign) = (Vec::new(), Vec::new());
    let queries = values(&folder.join("queries.jsonl"));
    for query in &queries {
        let id = query["_id"].as_str().unwrap();
        let Some(relevant) = relevant.get(id) else {
            continue;
        };
        if query["metadata"]["judged"] == Value::Bool(false) {
            continue;
        }
        let asked = Query::text(query["text"].as_str().unwrap()).with_k(50);
        let begun = Instant::now();
        let recall = memory.recall(&scope(query), &asked).await.unwrap();
        spent.push(begun.elapsed());
        assert_eq!(recall.hits.len(), 50);
        let ranking: Vec<String> = recall
            .hits
            .iter()
            .map(|hit| names[&hit.record.id].clone())
            .collect();
        all.add(&ranking, relevant);
        if let Some(category) = query["metadata"]["category"].as_str() {
            by_category
                .entry(category.to_owned())
                .or_default()
                .add(&ranking, relevant);
        }
        answerable.push(recall.nothing_relevant);
        if let Some(other) = queries
            .iter()
            .map(scope)
            .find(|other| *other != scope(query))
        {
            let recall = memory.recall(&other, &asked).await.unwrap();
            foreign.push(recall.nothing_relevant);
        }
    }
    all.print(set);
    for (category, figures) in by_category {
        figures.print(&format!("  {category}"));
    }
    spent.sort_unstable();
    println!(
        "  p50 {:?} p95 {:?}",
        spent[spent.len() / 2],
        spent[spent.len() * 95 / 100]
    );
    let abstained = |scores: &[f64]| {
        scores.iter().filter(|score| **score >= 0.5).count() as f64 / scores.len().max(1) as f64
    };
    println!(
        "  abstains: own {:.3}, foreign {:.3}",
        abstained(&answerable),
        abstained(&foreign)
    );
    let wins: f64 = answerable
        .iter()
        .flat_map(|own| foreign.iter().map(move |other| (own, other)))
        .map(|(own, other)| {
            if own < other {
                1.0
            } else if own == other {
                0.5
            } else {
                0.0
            }
        })
        .sum();
    println!(
        "  AUC {:.4}",
        wins / (answerable.len() * foreign.len()).max(1) as f64
    );
    if std::env::var_os("ALMA_SCORES").is_some() {
        for (name, scores) in [("own", &mut answerable), ("foreign", &mut foreign)] {
            scores.sort_unstable_by(f64::total_cmp);
            let at = |share: usize| {
                scores
                    .get(scores.len() * share / 100)
                    .copied()
                    .unwrap_or(0.0)
            };
            let shares: Vec<String> = (5..100)
                .step_by(10)
                .map(|share| format!("{:.2}", at(share)))
                .collect();
            println!("  {name}: {}", shares.join(" "));
        }
    }
}

#[tokio::test]
#[ignore = "needs ALMA_DATA"]
async fn figures_on_talk() {
    figures("locomo-dev", "dev").await;
}

#[tokio::test]
#[ignore = "needs ALMA_DATA"]
async fn figures_on_documents() {
    figures("scifact-dev", "dev").await;
}

/// Which share of the turns that questions rely on a summary of their session keeps, in a fifth of its words.
#[test]
#[ignore = "needs ALMA_DATA"]
fn figures_on_summaries() {
    use alma_memory::summary::summarise_among;
    let folder = PathBuf::from(std::env::var("ALMA_DATA").unwrap()).join("locomo-dev");
    let mut relied: HashMap<String, usize> = HashMap::new();
    for line in lines(&folder.join("qrels/dev.tsv")).iter().skip(1) {
        *relied
            .entry(line.split('\t').nth(1).unwrap().to_owned())
            .or_default() = 1;
    }
    let mut sessions: BTreeMap<(String, u64), Vec<(String, String)>> = BTreeMap::new();
    for turn in values(&folder.join("corpus.jsonl")) {
        let facts = &turn["metadata"];
        let session = (
            facts["scope"].to_string(),
            facts["session"].as_u64().unwrap(),
        );
        let text = turn["text"].as_str().unwrap().to_owned();
        sessions
            .entry(session)
            .or_default()
            .push((turn["_id"].as_str().unwrap().to_owned(), text));
    }
    let mut holders: HashMap<String, f64> = HashMap::new();
    let mut count = 0.0;
    for (_, text) in sessions.values().flatten() {
        let mut stems = alma_memory::text::terms(text);
        stems.sort();
        stems.dedup();
        stems
            .into_iter()
            .for_each(|stem| *holders.entry(stem).or_default() += 1.0);
        count += 1.0;
    }
    let (mut kept, mut all) = (0, 0);
    for turns in sessions.values() {
        let texts: Vec<&str> = turns.iter().map(|(_, text)| text.as_str()).collect();
        let words: usize = texts
            .iter()
            .map(|text| text.split_whitespace().count())
            .sum();
        let picks = summarise_among(&texts, words / 5, |stem| {
            (1.0 + count / holders.get(stem).copied().unwrap_or(1.0)).ln()
        });
        kept += picks
            .iter()
            .filter(|&&at| relied.contains_key(&turns[at].0))
            .count();
        all += turns
            .iter()
            .filter(|(id, _)| relied.contains_key(id))
            .count();
    }
    println!(
        "summaries keep {:.3} of {all} turns",
        kept as f64 / all as f64
    );
}

/// Topics over labelled sentences, with the embedder that needs no model.
#[tokio::test]
#[ignore = "needs ALMA_DATA"]
async fn figures_on_topics() {
    use alma_memory::cluster::{
        Clusterer, Dbscan, KMeansTopics, Noise, Optics, Rows, Topics,
        hdbscan::{Hdbscan, Metric},
    };
    use alma_memory::{embed::LexicalEmbedder, text::terms};
    use linfa::ParamGuard;
    let path = PathBuf::from(std::env::var("ALMA_DATA").unwrap()).join("banking77.csv.gz");
    let reader = BufReader::new(GzDecoder::new(File::open(path).unwrap()));
    let mut rows: Vec<(String, String)> = Vec::new();
    for line in reader
        .lines()
        .map(Result::unwrap)
        .filter(|line| line.ends_with(",test"))
    {
        let (rest, _) = line.rsplit_once(',').unwrap();
        let (text, label) = rest.rsplit_once(',').unwrap();
        rows.push((text.to_owned(), label.to_owned()));
    }
    let mut holders: HashMap<String, f32> = HashMap::new();
    for (text, _) in &rows {
        let mut stems = terms(text);
        stems.sort();
        stems.dedup();
        stems
            .into_iter()
            .for_each(|stem| *holders.entry(stem).or_default() += 1.0);
    }
    let count = rows.len() as f32;
    let rarity = |stem: &str| match holders.get(stem) {
        Some(&holders) if holders > 1.0 => (1.0 + count / holders).ln(),
        _ => 0.0,
    };
    let embedder = LexicalEmbedder::new();
    let vectors: Vec<f32> = rows
        .iter()
        .flat_map(|(text, _)| embedder.weighted(text, rarity))
        .collect();
    let hdbscan = Hdbscan::params(5).min_samples(2).metric(Metric::Cosine);
    let all: [(&str, &dyn Clusterer); 6] = [
        ("topics, noise kept", &Topics::params().noise(Noise::Keep)),
        ("topics, all assigned", &Topics::params()),
        ("hdbscan", &hdbscan.check().unwrap()),
        ("k-means", &KMeansTopics::new()),
        ("dbscan", &Dbscan::new(0.8)),
        ("optics", &Optics::new().with_tolerance(1.1)),
    ];
    for (name, clusterer) in all {
        let begun = Instant::now();
        let labels = clusterer
            .cluster(&Rows::new(&vectors, 256).unwrap(), 5)
            .unwrap();
        let spent = begun.elapsed();
        let topics = labels.iter().flatten().max().map_or(0, |last| last + 1);
        let noise = labels.iter().filter(|label| label.is_none()).count();
        // V over the rows that have a topic.
        let mut joint: HashMap<(u32, &str), f64> = HashMap::new();
        for (label, (_, truth)) in labels.iter().zip(&rows) {
            if let Some(label) = label {
                *joint.entry((*label, truth)).or_default() += 1.0;
            }
        }
        let total: f64 = joint.values().sum();
        let (mut by_topic, mut by_truth) = (HashMap::new(), HashMap::new());
        for ((topic, truth), count) in &joint {
            *by_topic.entry(topic).or_insert(0.0) += count;
            *by_truth.entry(truth).or_insert(0.0) += count;
        }
        let entropy = |counts: Vec<f64>| -> f64 {
            counts
                .iter()
                .map(|count| -count / total * (count / total).ln())
                .sum()
        };
        let (topic, truth) = (
            entropy(by_topic.values().copied().collect()),
            entropy(by_truth.values().copied().collect()),
        );
        let both = entropy(joint.values().copied().collect());
        let mutual = topic + truth - both;
        let largest = by_topic
            .values()
            .fold(0.0_f64, |max, count| max.max(*count));
        println!(
            "{name}: {topics} topics, {noise} of {} left out, V {:.3} (homogeneity {:.3}, completeness {:.3}), largest {largest}, {spent:?}",
            rows.len(),
            2.0 * mutual / (topic + truth),
            mutual / truth,
            mutual / topic,
        );
    }
}
