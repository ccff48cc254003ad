#!/usr/bin/env python3
"""Seeded data for the clustering benchmarks, written as .npy with the planted labels (-1 = background) beside it.

    python data.py mixture --rows 50000 --out mixture50k.npy [--components 120] [--y mixture50k_y.npy] [--seed 7]
    python data.py blobs --rows 100000 --dimension 2 --out blobs2.npy [--y blobs2_y.npy] [--seed 7]

mixture: unit rows of 384 dimensions; von Mises-Fisher components with concentrations of 200 to 1200 and
uneven weights, and 15 % of rows uniform on the sphere: full intrinsic dimension, the hard case for a filter.
blobs: 50 Gaussian blobs of standard deviation 0.05 to 0.5 in a cube of side 20, and 10 % of rows uniform in it.
"""
import argparse
import numpy as np


def sphere(rng, rows, d):
    x = rng.standard_normal((rows, d))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def von_mises_fisher(rng, mean, kappa, rows):
    """Wood's rejection sampler (1994): the cosine to the mean, then a uniform direction across it."""
    d = len(mean)
    b = (d - 1) / (2 * kappa + np.sqrt(4 * kappa**2 + (d - 1) ** 2))
    x0 = (1 - b) / (1 + b)
    c = kappa * x0 + (d - 1) * np.log(1 - x0**2)
    cosine = np.empty(0)
    while len(cosine) < rows:
        z = rng.beta((d - 1) / 2, (d - 1) / 2, rows)
        w = (1 - (1 + b) * z) / (1 - (1 - b) * z)
        keep = kappa * w + (d - 1) * np.log(1 - x0 * w) - c >= np.log(rng.random(rows))
        cosine = np.append(cosine, w[keep])
    cosine = cosine[:rows, None]
    across = rng.standard_normal((rows, d))
    across -= (across @ mean)[:, None] * mean
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    return cosine * mean + np.sqrt(np.maximum(0, 1 - cosine**2)) * across


def mixture(rows, d=384, seed=7, components=120, background=0.15):
    """-> float32 rows in random order, planted labels."""
    rng = np.random.default_rng(seed)
    loose = int(rows * background)
    weights = rng.dirichlet(np.full(components, 5.0))
    sizes = rng.multinomial(rows - loose, weights)
    means, kappas = sphere(rng, components, d), rng.uniform(200, 1200, components)
    parts = [von_mises_fisher(rng, m, k, n).astype(np.float32) for m, k, n in zip(means, kappas, sizes)]
    parts.append(sphere(rng, loose, d).astype(np.float32))
    return shuffle(rng, parts, [*sizes, loose])


def blobs(rows, d, seed=7, centres=50, background=0.10):
    """-> float32 rows in random order, planted labels."""
    rng = np.random.default_rng(seed)
    loose = int(rows * background)
    sizes = rng.multinomial(rows - loose, np.full(centres, 1 / centres))
    parts = [rng.normal(rng.uniform(-10, 10, d), rng.uniform(0.05, 0.5), (n, d)) for n in sizes]
    return shuffle(rng, parts + [rng.uniform(-10, 10, (loose, d))], [*sizes, loose])


def shuffle(rng, parts, sizes):
    y = np.repeat([*range(len(sizes) - 1), -1], sizes)
    order = rng.permutation(len(y))
    return np.concatenate(parts, dtype=np.float32, casting="same_kind")[order], y[order]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("kind", choices=["mixture", "blobs"])
    p.add_argument("--rows", type=int, default=13_000), p.add_argument("--dimension", type=int)
    p.add_argument("--seed", type=int, default=7), p.add_argument("--components", type=int, default=120)
    p.add_argument("--out", required=True), p.add_argument("--y")
    a = p.parse_args()
    if a.kind == "mixture":
        x, y = mixture(a.rows, a.dimension or 384, a.seed, a.components)
    else:
        x, y = blobs(a.rows, a.dimension or 2, a.seed)
    np.save(a.out, x)
    if a.y:
        np.save(a.y, y)


if __name__ == "__main__":
    main()
