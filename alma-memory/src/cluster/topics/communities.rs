//! Who belongs together: communities of a graph at a resolution.
//!
//! Leiden (Traag, Waltman and van Eck, "From Louvain to Leiden", 2019) on modularity with a
//! resolution, without its coins: nodes come in their own order, the best move is taken, and of
//! equal ones the first.

use std::collections::VecDeque;

use super::graph::Graph;

/// Gains up to this part of a node's own weight are rounding.
const ROUNDING: f64 = 1e-12;

/// The communities of the nodes, numbered by their first nodes, and how many there are; what was
/// found is gone through again for so many `rounds`, or until nothing changes.
pub(super) fn communities(graph: &Graph, resolution: f64, rounds: usize) -> (Vec<u32>, usize) {
    let total: f64 = graph.volumes.iter().sum();
    let mut labels: Vec<u32> = (0..graph.len() as u32).collect();
    let mut count = graph.len();
    if total <= 0.0 {
        return (labels, count);
    }
    let price = resolution / total;
    for _ in 0..rounds {
        let before = labels.clone();
        (labels, count) = improved(graph, labels, price);
        if labels == before {
            break;
        }
    }
    (labels, count)
}

/// One round: nodes move, groups within communities form, and groups move as nodes do.
fn improved(graph: &Graph, mut labels: Vec<u32>, price: f64) -> (Vec<u32>, usize) {
    let mut group_of: Vec<u32> = (0..graph.len() as u32).collect();
    let mut coarse: Option<Graph> = None;
    loop {
        let level = coarse.as_ref().unwrap_or(graph);
        shift(level, &mut labels, price);
        let count = numbered(&mut labels);
        if count == level.len() {
            break;
        }
        let mut groups = refined(level, &labels, price);
        let mut formed = numbered(&mut groups);
        if formed == level.len() {
            groups.copy_from_slice(&labels);
            formed = count;
        }
        let mut above = vec![0; formed];
        for (&group, &label) in groups.iter().zip(&labels) {
            above[group as usize] = label;
        }
        for group in &mut group_of {
            *group = groups[*group as usize];
        }
        coarse = Some(level.grouped(&groups, formed));
        labels = above;
    }
    let mut out: Vec<u32> = group_of.iter().map(|&at| labels[at as usize]).collect();
    let count = numbered(&mut out);
    (out, count)
}

/// The weights from one node to labels.
struct Ties {
    weights: Vec<f64>,
    met: Vec<u32>,
}

impl Ties {
    fn new(len: usize) -> Self {
        Self {
            weights: vec![0.0; len],
            met: Vec::new(),
        }
    }

    fn add(&mut self, label: u32, weight: f64) {
        if self.weights[label as usize] == 0.0 {
            self.met.push(label);
        }
        self.weights[label as usize] += weight;
    }

    fn clear(&mut self) {
        for label in self.met.drain(..) {
            self.weights[label as usize] = 0.0;
        }
    }
}

/// Moves nodes to where they gain most, until none gains.
fn shift(graph: &Graph, labels: &mut [u32], price: f64) {
    let n = graph.len();
    let mut volumes = vec![0.0; n];
    let mut sizes = vec![0_u32; n];
    for (node, &label) in labels.iter().enumerate() {
        volumes[label as usize] += graph.volumes[node];
        sizes[label as usize] += 1;
    }
    let mut empty: Vec<u32> = (0..n as u32)
        .rev()
        .filter(|&label| sizes[label as usize] == 0)
        .collect();
    let mut ties = Ties::new(n);
    let mut queue: VecDeque<u32> = (0..n as u32).collect();
    let mut waits = vec![true; n];
    while let Some(node) = queue.pop_front() {
        let at = node as usize;
        waits[at] = false;
        let own = labels[at];
        for &(end, weight) in graph.edges(at) {
            if end != node {
                ties.add(labels[end as usize], weight);
            }
        }
        let volume = graph.volumes[at];
        volumes[own as usize] -= volume;
        let gain =
            |label: u32| ties.weights[label as usize] - price * volume * volumes[label as usize];
        let stay = gain(own);
        let mut best = (stay + ROUNDING * volume, own);
        for &label in &ties.met {
            let gain = gain(label);
            if gain > best.0 || (gain == best.0 && best.1 != own && label < best.1) {
                best = (gain, label);
            }
        }
        if best.0 < 0.0 && sizes[own as usize] > 1 {
            best.1 = empty.last().copied().unwrap_or(own);
        }
        ties.clear();
        let to = best.1;
        volumes[to as usize] += volume;
        if to == own {
            continue;
        }
        if sizes[to as usize] == 0 {
            empty.pop();
        }
        sizes[to as usize] += 1;
        sizes[own as usize] -= 1;
        if sizes[own as usize] == 0 {
            // Rounding must not stay behind.
            volumes[own as usize] = 0.0;
            empty.push(own);
        }
        labels[at] = to;
        for &(end, _) in graph.edges(at) {
            let there = end as usize;
            if labels[there] != to && !waits[there] {
                waits[there] = true;
                queue.push_back(end);
            }
        }
    }
}

/// Groups within communities: nodes join, alone as they are, a group that they are tied to, if both
/// are tied well to the rest of their community.
fn refined(graph: &Graph, labels: &[u32], price: f64) -> Vec<u32> {
    let n = graph.len();
    let mut whole = vec![0.0; n];
    for (node, &label) in labels.iter().enumerate() {
        whole[label as usize] += graph.volumes[node];
    }
    let mut groups: Vec<u32> = (0..n as u32).collect();
    let mut volumes = graph.volumes.clone();
    let mut sizes = vec![1_u32; n];
    // By group, the weight to the rest of its community.
    let mut outward = vec![0.0; n];
    for (node, outward) in outward.iter_mut().enumerate() {
        let within =
            |&&(end, _): &&(u32, f64)| end as usize != node && labels[end as usize] == labels[node];
        *outward = graph
            .edges(node)
            .iter()
            .filter(within)
            .map(|edge| edge.1)
            .sum();
    }
    let mut ties = Ties::new(n);
    for node in 0..n {
        let (own, community) = (groups[node] as usize, labels[node]);
        let tied = |group: usize, outward: &[f64], volumes: &[f64]| {
            let rest = whole[community as usize] - volumes[group];
            outward[group] >= price * volumes[group] * rest
        };
        if sizes[own] != 1 || !tied(own, &outward, &volumes) {
            continue;
        }
        for &(end, weight) in graph.edges(node) {
            if end as usize != node && labels[end as usize] == community {
                ties.add(groups[end as usize], weight);
            }
        }
        let mut best: (f64, Option<u32>) = (ROUNDING * volumes[own], None);
        for &group in &ties.met {
            let gain =
                ties.weights[group as usize] - price * volumes[own] * volumes[group as usize];
            let first = best.1.is_some_and(|best| group < best);
            if (gain > best.0 || (gain == best.0 && first))
                && tied(group as usize, &outward, &volumes)
            {
                best = (gain, Some(group));
            }
        }
        if let Some(group) = best.1 {
            let to = group as usize;
            outward[to] += outward[own] - 2.0 * ties.weights[to];
            volumes[to] += volumes[own];
            sizes[to] += 1;
            sizes[own] = 0;
            groups[node] = group;
        }
        ties.clear();
    }
    groups
}

/// Numbers labels by their first nodes; returns how many there are.
pub(super) fn numbered(labels: &mut [u32]) -> usize {
    let most = labels.iter().max().map_or(0, |&last| last as usize + 1);
    let mut numbers = vec![u32::MAX; most];
    let mut next = 0;
    for label in labels {
        let number = &mut numbers[*label as usize];
        if *number == u32::MAX {
            *number = next;
            next += 1;
        }
        *label = *number;
    }
    next as usize
}
