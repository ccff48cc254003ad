#!/usr/bin/env python3
"""One Python peer on one .npy, alone in this process: a line of JSON. `compare.py` calls it.

    python methods.py NAME rows.npy --mcs 10 --ms 10 --out labels.npy [--y labels.npy]

`ms` is the neighbour whose distance is the core distance, the row itself not counted, for every peer. Peers that
compile at their first call fit 300 rows before. cpu_s is user and system time of the fit alone; base_mb is the
peak just before it (interpreter, imports, rows), peak_mb the peak of all.
"""
import argparse, importlib.metadata, json, resource, time
import numpy as np


def hdbscan_of(algorithm):
    def load(mcs, ms):
        import hdbscan
        kw = {} if algorithm == "generic" else {"approx_min_span_tree": False, "core_dist_n_jobs": 1}
        return lambda x: fitted(hdbscan.HDBSCAN(min_cluster_size=mcs, min_samples=ms, algorithm=algorithm, **kw).fit(x.astype("f8")))
    return load


def fitted(h):
    return h.labels_, float(h._single_linkage_tree[:, 2].sum())


def sklearn_brute(mcs, ms):
    from sklearn.cluster import HDBSCAN

    def fit(x):  # counts the row itself in min_samples
        h = HDBSCAN(min_cluster_size=mcs, min_samples=ms + 1, algorithm="brute", copy=True, n_jobs=1).fit(x)
        return h.labels_, float(h._single_linkage_tree_["value"].sum())
    return fit


def fast(mcs, ms):
    import fast_hdbscan

    def fit(x):
        h = fast_hdbscan.HDBSCAN(min_cluster_size=mcs, min_samples=ms).fit(x)
        return h.labels_, float(h._min_spanning_tree[:, 2].sum())
    return fit


def evoc_of(mcs, ms):
    import evoc
    return lambda x: (evoc.EVoC(base_min_cluster_size=mcs, random_state=0).fit_predict(x), None)


def hdbscan_rs(mcs, ms):
    import hdbscan_rs
    return lambda x: (hdbscan_rs.HDBSCAN(min_cluster_size=mcs, min_samples=ms + 1).fit_predict(x), None)


def quitefast(mcs, ms):
    import quitefastmst
    return lambda x: (None, float(quitefastmst.mst_euclid(x, M=ms)[0].sum()))


def reduced(reduce):
    def load(mcs, ms):
        import hdbscan
        to = reduce()
        return lambda x: (hdbscan.HDBSCAN(min_cluster_size=mcs, min_samples=ms, core_dist_n_jobs=1).fit(to(x)).labels_, None)
    return load


def umap():
    from umap import UMAP
    return lambda x: UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=42).fit_transform(x)


def pca():
    from sklearn.decomposition import PCA
    return lambda x: PCA(min(50, x.shape[1]), random_state=0).fit_transform(x)


def k_means(k):
    def load(mcs, ms):
        from sklearn.cluster import KMeans
        return lambda x: (KMeans(k, n_init=10, random_state=0).fit_predict(x), None)
    return load


PEERS = {  # name: package, whether it compiles at its first call, loader
    "scikit-learn brute": ("scikit-learn", False, sklearn_brute),
    "hdbscan generic": ("hdbscan", False, hdbscan_of("generic")),
    "hdbscan best": ("hdbscan", False, hdbscan_of("best")),
    "hdbscan boruvka kd": ("hdbscan", False, hdbscan_of("boruvka_kdtree")),
    "fast_hdbscan": ("fast_hdbscan", True, fast),
    "EVoC": ("evoc", True, evoc_of),
    "UMAP(5) + hdbscan": ("umap-learn", True, reduced(umap)),
    "PCA(50) + hdbscan": ("scikit-learn", True, reduced(pca)),
    "quitefastmst": ("quitefastmst", False, quitefast),
    "hdbscan-rs": ("hdbscan-rs", False, hdbscan_rs),
}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("name"), p.add_argument("data"), p.add_argument("--out")
    p.add_argument("--mcs", type=int, default=10), p.add_argument("--ms", type=int, default=10)
    a = p.parse_args()
    if a.name.startswith("k-means "):
        package, warm, load = "scikit-learn", False, k_means(int(a.name.split()[1]))
    else:
        package, warm, load = PEERS[a.name]
    fit, x = load(a.mcs, a.ms), np.load(a.data)
    if warm:
        fit(np.ascontiguousarray(x[:300]))
    peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    base, wall, cpu = peak(), time.perf_counter(), time.process_time()
    labels, weight = fit(x)
    cost = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall, "base_mb": base, "peak_mb": peak()}
    if labels is not None and a.out:
        np.save(a.out, np.asarray(labels, np.int64))
    print(json.dumps({**cost, "version": importlib.metadata.version(package), "weight": weight}))


if __name__ == "__main__":
    main()
