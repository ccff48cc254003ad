#!/usr/bin/env python3
"""Makes peer.json: what Python's hdbscan answers on small data whose distances have no ties.

    pip install hdbscan==0.8.44 numpy==2.4.6 scikit-learn==1.9.1
    python make.py > peer.json

hdbscan breaks ties by the order of rows, so a data set is taken only if its distances are all
different and, with more than one neighbour, if rows in ten other orders get the same answer. Its
prediction data counts a row as its own neighbour and a new row's core distance one neighbour too
far; both are set right before it predicts.
"""
import json
import sys
import warnings

import hdbscan
import numpy as np
from hdbscan._hdbscan_tree import compute_stability

warnings.filterwarnings("ignore")


def data(seed):
    """Blobs of several densities, four of them two pairs, and noise around them."""
    rng = np.random.default_rng(seed)
    centres = [(0, 0, 0), (1.5, 0.4, 0), (4.2, 1, 0), (5.7, 1.2, 0), (0, 8, 1), (-13, 6, 3), (12, -12, 0)]
    widths = [0.25, 0.25, 0.25, 0.25, 0.7, 0.9, 1.6]
    rows = [rng.normal(c, w, (10, 3)) for c, w in zip(centres, widths)]
    rows.append(rng.uniform(-16, 16, (8, 3)))
    rows = np.round(np.concatenate(rows), 4)
    return rows[rng.permutation(len(rows))]


def fit(rows, case):
    return hdbscan.HDBSCAN(algorithm="generic", gen_min_span_tree=True, prediction_data=False, **case).fit(rows)


def numbered(labels):
    """Clusters numbered by the first row that carries them -> labels, the old numbers in order."""
    old = [label for label in dict.fromkeys(labels.tolist()) if label >= 0]
    new = {-1: -1, **{label: at for at, label in enumerate(old)}}
    return [new[label] for label in labels.tolist()], old


def held(tree, cluster, rows):
    """How many rows lie below a cluster. The peer takes the first cluster that rows of a label leave
    directly for the chosen one, so that a chosen one that none leaves directly is mistaken."""
    below = tree["child"][tree["parent"] == cluster].tolist()
    return sum(1 if child < rows else held(tree, child, rows) for child in below)


def answer(rows, new, case):
    model = fit(rows, case)
    labels, old = numbered(model.labels_)
    tree = model.condensed_tree_._raw_tree
    out = {
        "case": case,
        "labels": labels,
        "probabilities": model.probabilities_.tolist(),
        "outlier_scores": model.outlier_scores_.tolist(),
    }
    stability, chosen = compute_stability(tree), sorted(model.condensed_tree_._select_clusters())
    sizes = np.bincount(model.labels_[model.labels_ >= 0])
    if [held(tree, cluster, len(rows)) for cluster in chosen] != sizes.tolist():
        return out
    out["stabilities"] = [float(stability[chosen[label]]) for label in old]
    model.generate_prediction_data()
    at = {tuple(row): place for place, row in enumerate(rows.tolist())}
    exemplars = model.prediction_data_.exemplars
    out["exemplars"] = [sorted(at[tuple(row)] for row in exemplars[label].tolist()) for label in old]
    if case["min_samples"] == 1:
        out["relative_validity"] = float(model.relative_validity_)
    if len(case) == 2:
        vectors = hdbscan.all_points_membership_vectors(model)
        out["membership"] = np.round(vectors[:, old], 10).tolist()
    if case["min_samples"] > 1:
        k = case["min_samples"]
        gaps = np.linalg.norm(rows[:, None] - rows[None], axis=2)
        model.prediction_data_.core_distances = np.sort(gaps, axis=1)[:, k]
        # The new row's core distance is read at place min_samples of a list without the row itself.
        model.min_samples = k - 1
        found, strength = hdbscan.approximate_predict(model, new)
        number = {-1: -1, **{label: at for at, label in enumerate(old)}}
        out["predicted"] = [number[label] for label in found.tolist()]
        out["predicted_probabilities"] = strength.tolist()
    return out


def settled(rows, case, rng):
    """Whether the answer is the same in other orders of rows."""
    first = fit(rows, case)
    for order in (rng.permutation(len(rows)) for _ in range(10)):
        again = fit(rows[order], case)
        same = numbered(first.labels_[order])[0] == numbered(again.labels_)[0]
        if not same or not np.allclose(first.probabilities_[order], again.probabilities_, rtol=1e-12):
            return False
        if not np.allclose(first.outlier_scores_[order], again.outlier_scores_, rtol=1e-12):
            return False
    return True


def main():
    base = {"min_cluster_size": 5, "min_samples": 1}
    cases = [
        base,
        {**base, "cluster_selection_method": "leaf"},
        {**base, "cluster_selection_epsilon": 1.2},
        {**base, "cluster_selection_epsilon": 1.2, "cluster_selection_method": "leaf"},
        {**base, "cluster_selection_epsilon": 2.5},
        {**base, "cluster_selection_epsilon": 2.5, "cluster_selection_method": "leaf"},
        {**base, "cluster_selection_epsilon": 5.0, "cluster_selection_method": "leaf"},
        {**base, "cluster_selection_epsilon": 30.0},
        {**base, "cluster_selection_epsilon": 30.0, "allow_single_cluster": True},
        {**base, "allow_single_cluster": True},
        {**base, "max_cluster_size": 10},
        {**base, "max_cluster_size": 20, "cluster_selection_epsilon": 2.5},
        {"min_cluster_size": 8, "min_samples": 1},
        {"min_cluster_size": 5, "min_samples": 4},
    ]
    sets, seed = [], 0
    while len(sets) < 3:
        seed += 1
        rows, rng = data(seed), np.random.default_rng(seed + 1000)
        gaps = np.linalg.norm(rows[:, None] - rows[None], axis=2)[np.triu_indices(len(rows), 1)]
        if len(np.unique(gaps)) < len(gaps) or not all(settled(rows, case, rng) for case in cases):
            continue
        new = np.round(np.concatenate([rows[:20] + rng.normal(0, 0.6, (20, 3)), rng.uniform(-16, 16, (6, 3))]), 4)
        tree, linkage = fit(rows, base).condensed_tree_._raw_tree, fit(rows, base).single_linkage_tree_._linkage
        sets.append({
            "seed": seed,
            "rows": rows.tolist(),
            "new": new.tolist(),
            "condensed_tree": [[int(p), int(c), float(l), int(s)] for p, c, l, s in tree.tolist()],
            "single_linkage": [[float(d), int(s)] for _, _, d, s in linkage.tolist()],
            "answers": [answer(rows, new, case) for case in cases],
        })
    versions = {"hdbscan": "0.8.44", "numpy": np.__version__}
    json.dump({"versions": versions, "sets": sets}, sys.stdout, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
