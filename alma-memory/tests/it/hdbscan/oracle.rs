//! HDBSCAN* by its definition, with nothing shared and nothing fast: all pairs, and the components
//! of every level looked up anew.

/// Labels, probabilities and stabilities.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) labels: Vec<Option<u32>>,
    pub(crate) probabilities: Vec<f64>,
    pub(crate) stabilities: Vec<f64>,
    /// The weights of the tree, ascending.
    pub(crate) weights: Vec<f64>,
}

struct Cluster {
    birth: f64,
    /// The λ at which each row leaves, of the rows that it was born with.
    leaves: Vec<(usize, f64)>,
    children: Vec<Cluster>,
}

type Level = (f64, f64);

struct Space {
    /// By pair: mutual reachability and distance.
    pairs: Vec<Vec<Level>>,
    levels: Vec<Level>,
    least: f64,
    smallest: usize,
}

pub(crate) fn cluster(
    rows: &[Vec<f64>],
    smallest: usize,
    neighbours: usize,
    leaf: bool,
    single: bool,
) -> Answer {
    let distance = |a: usize, b: usize| {
        let squares = rows[a].iter().zip(&rows[b]).map(|(x, y)| (x - y) * (x - y));
        squares.sum::<f64>().sqrt()
    };
    by(rows.len(), distance, smallest, neighbours, leaf, single)
}

/// The same by any distance; an infinite one connects nothing.
pub(crate) fn by(
    n: usize,
    distance: impl Fn(usize, usize) -> f64,
    smallest: usize,
    neighbours: usize,
    leaf: bool,
    single: bool,
) -> Answer {
    let mut answer = Answer {
        labels: vec![None; n],
        probabilities: vec![0.0; n],
        stabilities: Vec::new(),
        weights: Vec::new(),
    };
    if n < 2 {
        return answer;
    }
    let space = Space::new(n, distance, smallest, neighbours);
    answer.weights = space.weights(n);
    if n < smallest {
        return answer;
    }
    let root = space.grow((0..n).collect(), 0.0, space.levels.len());
    let mut chosen = Vec::new();
    choose(&root, leaf, single, true, &mut chosen);
    let mut owner = vec![None; n];
    for (at, cluster) in chosen.iter().enumerate() {
        for &(row, _) in &cluster.leaves {
            owner[row] = Some(at);
        }
    }
    let mut seen: Vec<usize> = Vec::new();
    for (row, at) in owner.into_iter().enumerate() {
        let Some(at) = at else { continue };
        let number = seen
            .iter()
            .position(|&other| other == at)
            .unwrap_or_else(|| {
                seen.push(at);
                answer.stabilities.push(stability(chosen[at]));
                seen.len() - 1
            });
        let death = death(chosen[at]);
        answer.labels[row] = Some(number as u32);
        answer.probabilities[row] = exit(chosen[at], row).min(death) / death;
    }
    answer
}

impl Space {
    fn new(
        n: usize,
        distance: impl Fn(usize, usize) -> f64,
        smallest: usize,
        neighbours: usize,
    ) -> Self {
        let core: Vec<f64> = (0..n)
            .map(|row| {
                let others = (0..n).filter(|&other| other != row);
                let mut all: Vec<f64> = others.map(|other| distance(row, other)).collect();
                all.sort_by(f64::total_cmp);
                all[neighbours.min(n - 1) - 1]
            })
            .collect();
        let pair = |a: usize, b: usize| {
            let d = distance(a, b);
            let weight = d.max(core[a]).max(core[b]);
            // Nothing is farther than what nothing connects.
            (weight, if weight.is_finite() { d } else { weight })
        };
        let pairs: Vec<Vec<Level>> = (0..n)
            .map(|a| (0..n).map(|b| pair(a, b)).collect())
            .collect();
        let mut levels: Vec<Level> = Vec::new();
        for (a, pairs) in pairs.iter().enumerate() {
            levels.extend_from_slice(&pairs[..a]);
        }
        levels.sort_by(|a, b| a.partial_cmp(b).unwrap());
        levels.dedup();
        let mut space = Self {
            pairs,
            levels,
            least: 1.0,
            smallest,
        };
        let weights = space.weights(n);
        space.least = weights
            .into_iter()
            .find(|&weight| weight > 0.0 && weight.is_finite())
            .unwrap_or(1.0);
        space
    }

    /// The components of `rows` under all pairs of at most this level.
    fn components(&self, rows: &[usize], level: Level) -> Vec<Vec<usize>> {
        let mut left: Vec<usize> = rows.to_vec();
        let mut out = Vec::new();
        while let Some(row) = left.pop() {
            let (mut part, mut at) = (vec![row], 0);
            while at < part.len() {
                let from = part[at];
                let (near, far) = left
                    .into_iter()
                    .partition(|&to| self.pairs[from][to] <= level);
                part.extend::<Vec<usize>>(near);
                left = far;
                at += 1;
            }
            out.push(part);
        }
        out
    }

    /// The weights of a spanning tree: how many components each level joins.
    fn weights(&self, n: usize) -> Vec<f64> {
        let all: Vec<usize> = (0..n).collect();
        let (mut left, mut out) = (n, Vec::new());
        for &level in &self.levels {
            let now = self.components(&all, level).len();
            out.extend(std::iter::repeat_n(level.0, left - now));
            left = now;
        }
        out
    }

    /// The cluster of these rows, which are connected below `levels[..top]`.
    fn grow(&self, rows: Vec<usize>, birth: f64, top: usize) -> Cluster {
        let mut cluster = Cluster {
            birth,
            leaves: Vec::new(),
            children: Vec::new(),
        };
        let mut rows = rows;
        for at in (0..top).rev() {
            // What falls apart when the pairs of this level are taken away.
            let parts = match at {
                0 => rows.iter().map(|&row| vec![row]).collect(),
                _ => self.components(&rows, self.levels[at - 1]),
            };
            if parts.len() == 1 {
                continue;
            }
            let lambda = 1.0 / self.levels[at].0.max(self.least);
            let (big, small): (Vec<_>, Vec<_>) = parts
                .into_iter()
                .partition(|part| part.len() >= self.smallest);
            cluster
                .leaves
                .extend(small.into_iter().flatten().map(|row| (row, lambda)));
            match big.len() {
                0 => return cluster,
                1 => rows = big.into_iter().next().unwrap(),
                _ => {
                    for part in big {
                        cluster.leaves.extend(part.iter().map(|&row| (row, lambda)));
                        cluster.children.push(self.grow(part, lambda, at));
                    }
                    return cluster;
                }
            }
        }
        cluster
    }
}

fn stability(cluster: &Cluster) -> f64 {
    let mut all: Vec<f64> = cluster.leaves.iter().map(|leave| leave.1).collect();
    all.sort_by(f64::total_cmp);
    all.into_iter().map(|lambda| lambda - cluster.birth).sum()
}

fn death(cluster: &Cluster) -> f64 {
    cluster
        .leaves
        .iter()
        .map(|leave| leave.1)
        .fold(0.0, f64::max)
}

/// The λ at which a row leaves the last cluster that it is in.
fn exit(cluster: &Cluster, row: usize) -> f64 {
    let within = |child: &&Cluster| child.leaves.iter().any(|leave| leave.0 == row);
    match cluster.children.iter().find(within) {
        Some(child) => exit(child, row),
        None => {
            cluster
                .leaves
                .iter()
                .find(|leave| leave.0 == row)
                .unwrap()
                .1
        }
    }
}

/// Chooses clusters, and answers with how much they persist together.
fn choose<'a>(
    cluster: &'a Cluster,
    leaf: bool,
    single: bool,
    root: bool,
    chosen: &mut Vec<&'a Cluster>,
) -> f64 {
    let before = chosen.len();
    let mut below: Vec<f64> = Vec::new();
    for child in &cluster.children {
        below.push(choose(child, leaf, single, false, chosen));
    }
    below.sort_by(f64::total_cmp);
    let below: f64 = below.into_iter().sum();
    let own = stability(cluster);
    // Sums of the same terms in another order differ in the last digits.
    let wins = cluster.children.is_empty() || (!leaf && own >= below - 1e-9 * below.abs());
    if wins && (!root || single) {
        chosen.truncate(before);
        chosen.push(cluster);
        return own;
    }
    below
}
