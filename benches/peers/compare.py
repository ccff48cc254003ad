#!/usr/bin/env python3
"""Alma and its peers on one .npy, one after another, each alone in a child process with one thread.

    python compare.py banking77.npy --cluster target/release/cluster [--rust target/peers/rust/release/rust-peers]
                      [--y banking77_y.npy] [--mcs 10] [--ms 10] [--only NAME ...] [--limit 600] [--json out.jsonl]
    python compare.py banking77.npy --y banking77_y.npy --cluster ... --quality
    python compare.py blobs2.npy --cluster ... --only alma quitefastmst "hdbscan boruvka kd" fast_hdbscan

Prints one Markdown table, and with --json a line for each run. Alma runs first and last, and the faster of the two
stands; a peer that did not run has no ratio. Weights are compared with the one of Alma, whose tree `check.py` proves.
--quality assigns every row (noise goes to the nearest mean of a cluster) and compares with the labels of --y.
"""
import argparse, json, os, platform, subprocess, sys, tempfile, time
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ONE = {v: "1" for v in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS",
                        "RAYON_NUM_THREADS", "TBB_NUM_THREADS")}
ALMA = {"alma": [], "alma avx2": ["--kernel", "avx2"], "alma plain": ["--kernel", "plain"]}
PYTHON = ["fast_hdbscan", "EVoC", "PCA(50) + hdbscan", "scikit-learn brute", "hdbscan generic", "UMAP(5) + hdbscan",
          "quitefastmst", "hdbscan-rs", "hdbscan best"]
RUST = ["linfa-dbscan", "linfa-optics", "petal-clustering", "hdbscan"]
REMARKS = {"EVoC": "another algorithm", "PCA(50) + hdbscan": "of the projection", "UMAP(5) + hdbscan": "of the projection",
           "quitefastmst": "tree only", "linfa-dbscan": "another algorithm, radius 0.6",
           "linfa-optics": "ordering only, radius 0.6"}


def run(command, limit):
    """The last line that a command prints as JSON, or what went wrong."""
    env = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    try:
        r = subprocess.run(command, env=env | ONE, timeout=limit, capture_output=True, text=True)
    except subprocess.TimeoutExpired:
        return {"error": f"over {limit:.0f} s"}
    except OSError as e:
        return {"error": str(e)}
    lines = r.stdout.strip().splitlines()
    if r.returncode or not lines:
        return {"error": (r.stderr.strip().splitlines() or ["no output"])[-1][:120]}
    return json.loads(lines[-1])


def measure(name, a, folder):
    """One run of one contestant -> its figures, with its labels where it has some."""
    out, tree = os.path.join(folder, "labels.npy"), os.path.join(folder, "tree.npy")
    for old in (out, tree):
        if os.path.exists(old):
            os.remove(old)
    sizes = [str(a.mcs), str(a.ms)]
    if name.startswith("alma"):
        flags = ALMA.get(name) if name in ALMA else ["--mode", name.removeprefix("alma ")]
        if "--mode" not in flags:
            flags = [*flags, "--min-cluster-size", sizes[0], "--min-samples", sizes[1], "--mst", tree]
        r = run([a.cluster, "--input", a.data, "--out", out, "--repeat", str(a.repeat), *flags], a.limit)
        if "error" not in r:
            r = {"cpu_s": min(r["cpu"]), "wall_s": min(r["wall"]), "peak_mb": r["peak_mb"]}
            if os.path.exists(tree):
                r["weight"] = float(np.load(tree)[:, 2].sum())
    elif name in RUST:
        r = run([a.rust or "no --rust", name, a.data, *sizes, out], a.limit) if a.rust else {"error": "no --rust"}
    else:
        r = run([sys.executable, os.path.join(HERE, "methods.py"), name, a.data, "--mcs", sizes[0], "--ms", sizes[1], "--out", out], a.limit)
    r = {"name": name, **r}
    if "error" not in r and os.path.exists(out):
        labels = np.load(out)
        if len(labels):
            r.update(labels=labels, clusters=len(np.unique(labels[labels >= 0])), noise=int((labels < 0).sum()))
    return r


def log(a, r):
    line = json.dumps({k: v for k, v in r.items() if k != "labels"} | {"data": os.path.basename(a.data), "mcs": a.mcs, "ms": a.ms})
    print(line, file=sys.stderr, flush=True)
    if a.json:
        with open(a.json, "a") as f:
            f.write(line + "\n")


def speed(a, folder):
    names = a.only or [*ALMA, *PYTHON, *RUST]
    results = {}
    for name in [*names, *(["alma"] if "alma" in names else [])]:
        r = measure(name, a, folder)
        log(a, r)
        if name not in results or "error" not in r and r["cpu_s"] < results[name].get("cpu_s", np.inf):
            results[name] = r
    own = results.get("alma", {})
    print("| | CPU s | × Alma | wall s | peak MB (before) | clusters / noise | tree |\n|---|---|---|---|---|---|---|")
    for r in sorted(results.values(), key=lambda r: r.get("cpu_s", np.inf)):
        if "error" in r:
            print(f"| {r['name']} | did not run: {r['error']} | | | | | |")
            continue
        ratio = f"{r['cpu_s'] / own['cpu_s']:.1f}" if "cpu_s" in own else ""
        found = f"{r['clusters']} / {r['noise']:,}" if "clusters" in r else ""
        before = f" ({r['base_mb']:.0f})" if "base_mb" in r else ""
        tree = REMARKS.get(r["name"], "")
        if r.get("weight") and own.get("weight"):
            excess = r["weight"] / own["weight"] - 1
            tree = ", ".join(filter(None, [tree, "exact" if abs(excess) < 1e-7 else f"weight {excess:+.1e}"]))
        version = f" {r['version']}" if "version" in r else ""
        print(f"| {r['name']}{version} | {r['cpu_s']:.2f} | {ratio} | {r['wall_s']:.2f} | {r['peak_mb']:.0f}{before} | {found} | {tree} |")


def adopt(x, labels):
    """Noise goes to the cluster with the nearest mean; all of it into one when there is no cluster."""
    known = np.unique(labels[labels >= 0])
    if len(known) == 0:
        return np.zeros_like(labels)
    means = np.stack([x[labels == c].mean(0) for c in known])
    noise = labels < 0
    out = labels.copy()
    out[noise] = known[np.argmin((means**2).sum(1) - 2 * x[noise] @ means.T, axis=1)]
    return out


def quality(a, folder):
    from sklearn.metrics import adjusted_rand_score, v_measure_score
    x, y = np.load(a.data), np.load(a.y)
    k = len(np.unique(y[y >= 0]))
    names = a.only or ["alma topics", "alma", f"k-means {k}", "EVoC", "UMAP(5) + hdbscan"]
    sizes = {"UMAP(5) + hdbscan": (10, 50)}
    print("| every row assigned | V | ARI | clusters | noise before | CPU s |\n|---|---|---|---|---|---|")
    for name in names:
        for mcs in sizes.get(name, (a.mcs,)):
            a.mcs = a.ms = mcs
            r = measure(name, a, folder)
            if "error" in r:
                log(a, r)
                print(f"| {name} | did not run: {r['error']} | | | | |", flush=True)
                continue
            start = time.process_time()
            labels = adopt(x, r["labels"]) if r["noise"] else r["labels"]
            r.update(v=v_measure_score(y, labels), ari=adjusted_rand_score(y, labels))
            r["cpu_s"] += time.process_time() - start if r["noise"] else 0
            log(a, r)
            title = name + (f", smallest {mcs}" if name in sizes else "") + (" + nearest mean" if r["noise"] else "")
            print(f"| {title} | {r['v']:.3f} | {r['ari']:.3f} | {r['clusters']} | {r['noise']:,} | {r['cpu_s']:.2f} |", flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("data"), p.add_argument("--y"), p.add_argument("--cluster", required=True), p.add_argument("--rust")
    p.add_argument("--mcs", type=int, default=10), p.add_argument("--ms", type=int, default=10)
    p.add_argument("--only", nargs="*"), p.add_argument("--limit", type=float, default=600)
    p.add_argument("--repeat", type=int, default=3), p.add_argument("--json"), p.add_argument("--quality", action="store_true")
    a = p.parse_args()
    processor = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.processor())
    rows, columns = np.load(a.data, mmap_mode="r").shape
    print(f"{os.path.basename(a.data)}, {rows:,} × {columns}, min_cluster_size {a.mcs}, min_samples {a.ms}; one thread of {os.cpu_count()} × {processor}\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        (quality if a.quality else speed)(a, folder)


if __name__ == "__main__":
    main()
