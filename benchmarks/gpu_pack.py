"""What `benchmarks.gpu` needs on a machine without a network, in two pieces small enough to be carried beside the repository.

    python -m benchmarks.gpu_pack DEST --data DIR      # here: DEST/a and DEST/b, together about 93 MB

The weights are the very blocks of the package's GGUF (4-bit Q4_1, the embeddings 8-bit Q8_0), their rows in the order in which
transformers wants them, so that the other machine needs numpy and safetensors to make the folder that `smollm2_path` makes here.
`--check` unpacks them again and compares every weight with that folder. The sentences and what is told back of them stand in
`sentences.json`, built by the corpus `real-sentences`: no parser is needed there.
"""

from __future__ import annotations

import argparse
import json
import lzma
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from tellback.models.smollm2 import VERSION, gguf_path, smollm2_path
from tellback.store import cache_dir

BLOCK = 32  # weights that share a scale
SENTENCES, WEIGHTS = "sentences.json", "weights.safetensors"
NAMES = {
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj", "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
}  # fmt: skip
TOKENIZER = ("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "source.json")


def name_of(gguf: str) -> str:
    """The name that transformers gives to a weight of the GGUF."""
    if gguf in ("token_embd.weight", "output_norm.weight"):
        return {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}[gguf]
    _, layer, what, _ = gguf.split(".")
    return f"model.layers.{layer}.{NAMES[what]}.weight"


def dense(blocks: np.ndarray, kind: str) -> np.ndarray:
    """Rows of blocks (uint8) as float32 weights. Q4_1: scale and least value in float16, then 32 weights of 4 bits, the lower
    halves of 16 bytes first; Q8_0: scale in float16, then 32 signed bytes."""
    if kind == "F32":
        return blocks
    size = {"Q4_1": 20, "Q8_0": 34}[kind]
    cut = blocks.reshape(blocks.shape[0], -1, size)
    scale = cut[..., :2].copy().view(np.float16).astype(np.float32)
    if kind == "Q8_0":
        values = cut[..., 2:].view(np.int8).astype(np.float32) * scale
    else:
        least = cut[..., 2:4].copy().view(np.float16).astype(np.float32)
        halves = np.concatenate([cut[..., 4:] & 15, cut[..., 4:] >> 4], -1)
        values = halves.astype(np.float32) * scale + least
    return values.reshape(blocks.shape[0], -1)


def in_halves(rows: np.ndarray, heads: int) -> np.ndarray:
    """Rows of a query or key projection as transformers rotates them (halves of a head), from pairs of neighbours."""
    return rows.reshape(heads, -1, 2, rows.shape[1]).swapaxes(1, 2).reshape(rows.shape)


def pack(destination: Path, data: Path, n: int) -> None:
    from gguf import GGUFReader
    from safetensors.numpy import save

    folder = smollm2_path()
    config = json.loads((folder / "config.json").read_text())
    heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    tensors: dict[str, np.ndarray] = {}
    kinds: dict[str, str] = {}
    for tensor in GGUFReader(gguf_path()).tensors:
        rows = np.array(tensor.data)
        for part, count in heads.items():
            rows = in_halves(rows, count) if f".{part}." in tensor.name else rows
        tensors[name_of(tensor.name)], kinds[name_of(tensor.name)] = rows, tensor.tensor_type.name
    total, held = sum(t.nbytes for t in tensors.values()) - 1_500_000, 0  # the first piece also holds the tokenizer
    pieces: tuple[dict, dict] = ({}, {})
    for name, rows in sorted(tensors.items()):
        pieces[held >= total / 2][name] = rows
        held += rows.nbytes
    for letter, piece in zip("ab", pieces, strict=True):
        write(destination / letter / WEIGHTS, save(piece, {"kinds": json.dumps({k: kinds[k] for k in piece})}))
    for file in TOKENIZER:
        write(destination / "a" / file, (folder / file).read_bytes())
    write(destination / "a" / SENTENCES, json.dumps(carried(data, n), ensure_ascii=False).encode())


def write(path: Path, content: bytes) -> None:
    """Compressed, for what can be carried is counted in bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name(path.name + ".xz").write_bytes(lzma.compress(content, preset=1))


def read(path: Path) -> bytes:
    return lzma.decompress(path.with_name(path.name + ".xz").read_bytes())


def weights_of(carried_to: Path) -> dict[str, np.ndarray]:
    """Every weight of the two pieces, in float32."""
    from safetensors.numpy import load

    def of(letter: str) -> dict[str, np.ndarray]:
        content = read(carried_to / letter / WEIGHTS)
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        kinds = json.loads(header["__metadata__"]["kinds"])
        return {name: np.ascontiguousarray(dense(rows, kinds[name])) for name, rows in load(content).items()}

    with ThreadPoolExecutor() as pool:
        first, second = pool.map(of, "ab")
    return first | second


def sentences_of(folder: Path) -> dict[str, Any]:
    """What `carried` gave, of the piece in `folder`."""
    return json.loads(read(folder / SENTENCES))


def unpack(carried_to: Path) -> Path:
    """The folder that `smollm2_path` gives, made of the two pieces where it is not there yet."""
    from safetensors.numpy import save_file

    target = cache_dir() / f"smollm2-135m-{VERSION}"
    if target.is_dir():
        return target
    made = target.with_name(f".{target.name}-unpacked")
    made.mkdir(parents=True, exist_ok=True)
    save_file(weights_of(carried_to), made / "model.safetensors", {"format": "pt"})
    for file in TOKENIZER:
        (made / file).write_bytes(read(carried_to / "a" / file))
    made.rename(target)
    return target


def check(destination: Path) -> None:
    """Every weight of the pieces is that of the folder, bit by bit."""
    from safetensors import safe_open

    weights = weights_of(destination)
    with safe_open(smollm2_path() / "model.safetensors", "np") as whole:
        assert set(weights) == set(whole.keys())
        for name, values in weights.items():
            assert np.array_equal(values, whole.get_tensor(name)), name
    print(f"{len(weights)} weights are those of {smollm2_path()}")


def carried(data: Path | None, n: int) -> dict[str, Any]:
    """The corpus as JSON: texts to train on, ordinary ones, and by set each document with its contrary, where it has one: the
    sentence with what would be believed, or with the relation the other way round."""
    from tellback.corpora.real_sentences import SentenceSettings, real_sentences

    settings = SentenceSettings(data=None if data is None else str(data))
    corpus = real_sentences(settings, n, n)
    sets: dict[str, list[dict[str, Any]]] = {"ordinary": [{"id": d.id, "text": d.text, "contrary": None} for d in corpus.ordinary]}
    for name, documents in corpus.sets.items():
        sets[name] = []
        for d in documents:
            probe = d.probes[0]
            (start, end), value = probe.fact.span, probe.fact.value
            if probe.asks == "qa_ii":
                contrary = next((o for o in probe.options if o != value), None) if value == d.text else None
            else:
                other = probe.believed or next(iter(probe.options))
                contrary = None if other == value else d.text[:start] + other + d.text[end:]
            sets[name].append({"id": d.id, "text": d.text, "contrary": contrary})
    return {"settings": settings.model_dump(), "n": n, "training": corpus.training(10**9, 0, "corpus"), "sets": sets}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("destination", type=Path)
    parser.add_argument("--data", type=Path, default=None, help="folder with the texts; none: the shipped ones alone")
    parser.add_argument("-n", type=int, default=200, help="documents of each set")
    parser.add_argument("--check", action="store_true", help="compare the pieces that are there with the folder")
    given = parser.parse_args()
    check(given.destination) if given.check else pack(given.destination, given.data, given.n)
