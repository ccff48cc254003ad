#!/usr/bin/env python3
"""Holds what the binary `cluster` writes against the float64 reference of canonical.py.

    python check.py banking77.npy --cluster target/release/cluster [--mcs 10] [--ms 10] [--permutations 20]
                    [--kernels auto vnni avx2 plain] [--threads 1 2] [--oracle oracle.npz]

Weights of the tree sorted: within 1e-12 of the reference, relative. Labels: equal, numbers included.
Probabilities: within 1e-12. Then, over permutations of the rows, each kernel and number of threads: the same bits
of sorted weights and distances, of probabilities by row, and the same labels by row. The reference takes some 50 CPU
seconds and 3 GB at 13,000 rows; --oracle keeps it. Exits with 1 at a difference.
"""
import argparse, json, os, subprocess, sys, tempfile
import numpy as np
import canonical


def reference(a, x):
    if a.oracle and os.path.exists(a.oracle):
        kept = np.load(a.oracle)
        return kept["weights"], kept["labels"], kept["probabilities"]
    edges = canonical.mst_edges(x.astype(np.float64), a.ms)
    labels, probabilities, _ = canonical.from_edges(edges, len(x), a.mcs)
    weights = np.sort([e[0] for e in edges])
    if a.oracle:
        np.savez(a.oracle, weights=weights, labels=labels, probabilities=probabilities)
    return weights, labels, probabilities


def cluster(a, x, folder, kernel, threads):
    """-> sorted (weight, distance), labels, probabilities, as the binary finds them for these rows."""
    at = lambda name: os.path.join(folder, name + ".npy")
    np.save(at("x"), x)
    command = [a.cluster, "--input", at("x"), "--out", at("l"), "--probabilities", at("p"), "--mst", at("m"), "--kernel", kernel,
               "--threads", str(threads), "--min-cluster-size", str(a.mcs), "--min-samples", str(a.ms)]
    subprocess.run(command, check=True, capture_output=True)
    tree = np.load(at("m"))
    return tree[np.lexsort((tree[:, 3], tree[:, 2]))][:, 2:], np.load(at("l")), np.load(at("p"))


def renumbered(labels):
    """Clusters numbered by the first row that carries them."""
    number = {v: i for i, v in enumerate(v for v in dict.fromkeys(labels.tolist()) if v >= 0)}
    return np.array([number.get(v, -1) for v in labels.tolist()])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("data"), p.add_argument("--cluster", required=True), p.add_argument("--oracle")
    p.add_argument("--mcs", type=int, default=10), p.add_argument("--ms", type=int, default=10)
    p.add_argument("--permutations", type=int, default=20)
    p.add_argument("--kernels", nargs="+", default=["vnni", "avx2", "plain"])
    p.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    a = p.parse_args()
    x, bad = np.load(a.data), []
    weights, labels, probabilities = reference(a, x)
    with tempfile.TemporaryDirectory() as folder:
        first = cluster(a, x, folder, "auto", 1)
        off = float((np.abs(first[0][:, 0] - weights) / np.maximum(weights, np.finfo(float).tiny)).max())
        shift = float(np.abs(first[2] - probabilities).max())
        same = bool((first[1] == labels).all())
        print(json.dumps({"rows": len(x), "weights_off": off, "labels_equal": same, "probabilities_off": shift,
                          "clusters": int(labels.max() + 1), "noise": int((labels < 0).sum())}), flush=True)
        if off > 1e-12 or shift > 1e-12 or not same:
            bad.append("reference")
        rng = np.random.default_rng(0)
        for round in range(a.permutations):
            order = rng.permutation(len(x)) if round else np.arange(len(x))
            for kernel in a.kernels:
                for threads in a.threads:
                    tree, found, probability = cluster(a, x[order], folder, kernel, threads)
                    back_labels, back_probability = np.empty_like(found), np.empty_like(probability)
                    back_labels[order], back_probability[order] = found, probability
                    if not (tree.tobytes() == first[0].tobytes() and back_probability.tobytes() == first[2].tobytes()
                            and (renumbered(back_labels) == first[1]).all() and (renumbered(found) == found).all()):
                        bad.append(f"permutation {round}, {kernel}, {threads} threads")
        print(json.dumps({"permutations": a.permutations, "kernels": a.kernels, "threads": a.threads, "differ": bad}))
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
