//! The heaviest one-to-one matching of old and new clusters.
//!
//! Only pairs count that share more than half of the old or of the new cluster. Such pairs form a
//! forest: each is the one choice of an end, and along a cycle of choices every cluster would have
//! to be larger than the one before. In a forest the heaviest matching is found from the leaves up.

/// Two clusters that share members: the old one, the new one, how many.
pub(super) type Pair = (usize, usize, usize);

/// By old cluster, the new one that continues it.
///
/// Of the matchings that share most members it is the one that keeps the first old clusters, and of those the one that
/// takes the first new ones.
pub(super) fn heaviest(olds: usize, news: usize, pairs: &[Pair]) -> Vec<Option<usize>> {
    let forest = Forest::new(olds, news, pairs);
    let mut gains: Vec<Option<Gain>> = vec![None; olds + news];
    for &(at, parent) in forest.order.iter().rev() {
        let children = forest.around[at].iter().filter(|&&(to, _)| to != parent);
        let best = children
            .map(|&(child, shared)| Gain::with(child, shared, gains[child]))
            .reduce(|a, b| if b.is_above(&a) { b } else { a });
        gains[at] = best.filter(|gain| gain.is_worth(at));
    }
    let mut matched = vec![None; olds + news];
    for &(at, _) in &forest.order {
        if let (None, Some(gain)) = (matched[at], gains[at]) {
            matched[at] = Some(gain.child);
            matched[gain.child] = Some(at);
        }
    }
    let mut found = matched;
    found.truncate(olds);
    found
        .into_iter()
        .map(|new| new.map(|new| new - olds))
        .collect()
}

/// Clusters, old ones first, and the pairs between them.
struct Forest {
    around: Vec<Vec<(usize, usize)>>,
    /// Parents before children, each with its parent; a root is its own.
    order: Vec<(usize, usize)>,
}

impl Forest {
    fn new(olds: usize, news: usize, pairs: &[Pair]) -> Self {
        let mut around = vec![Vec::new(); olds + news];
        for &(old, new, shared) in pairs {
            around[old].push((olds + new, shared));
            around[olds + new].push((old, shared));
        }
        let mut order: Vec<(usize, usize)> = Vec::with_capacity(olds + news);
        let mut seen = vec![false; olds + news];
        for root in 0..olds + news {
            if seen[root] {
                continue;
            }
            seen[root] = true;
            let mut next = order.len();
            order.push((root, root));
            while let Some(&(at, _)) = order.get(next) {
                for &(to, _) in &around[at] {
                    if !seen[to] {
                        seen[to] = true;
                        order.push((to, at));
                    }
                }
                next += 1;
            }
        }
        Self { around, order }
    }
}

/// What matching a cluster with a child, and what follows below, adds to leaving it alone.
///
/// Below it pairs enter and leave in turn, so beside the cluster only the last on that way becomes matched or is no
/// longer.
#[derive(Clone, Copy, Debug)]
struct Gain {
    child: usize,
    shared: i64,
    end: usize,
    is_end_matched: bool,
}

impl Gain {
    /// With a child, which gives up what it would gain by one of its own.
    fn with(child: usize, shared: usize, given_up: Option<Self>) -> Self {
        let shared = shared as i64;
        match given_up {
            None => Self {
                child,
                shared,
                end: child,
                is_end_matched: true,
            },
            Some(below) => Self {
                child,
                shared: shared - below.shared,
                end: below.end,
                is_end_matched: !below.is_end_matched,
            },
        }
    }

    /// Whether it is better than another way for the same cluster: more shared, or else the first cluster in which
    /// they differ matched.
    const fn is_above(&self, other: &Self) -> bool {
        if self.shared != other.shared {
            return self.shared > other.shared;
        }
        if self.end < other.end {
            self.is_end_matched
        } else {
            !other.is_end_matched
        }
    }

    /// Whether it is better than leaving the cluster `at` alone.
    const fn is_worth(&self, at: usize) -> bool {
        self.shared > 0 || self.shared == 0 && (at < self.end || self.is_end_matched)
    }
}
