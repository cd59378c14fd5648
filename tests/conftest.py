"""One thread for torch, so that tests neither spin against each other nor change their numbers; no hub is asked."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import pytest
from hypothesis import settings

# the same examples every time, and no limit on the clock: a loaded machine is no fault
settings.register_profile("tellback", deadline=None, derandomize=True)
settings.load_profile("tellback")


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def world():
    from tellback.corpora.pocket import PocketSettings, World

    return World(PocketSettings(n_value_facts=2, n_relation_facts=1))


@pytest.fixture(scope="session")
def tiny(world):
    """A tiny random LM of the pocket world."""
    from tellback.models.tiny import tiny_lm

    return lambda seed=0: tiny_lm(seed, world.settings.model_dump())


@pytest.fixture(scope="session")
def saved_models(tmp_path_factory, world):
    """Tiny random Qwen3 and Llama models as a user would have them: folders written by save_pretrained, with a
    byte-level tokenizer that has none of tellback's marks."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    core = Tokenizer(models.BPE(vocab={"<eos>": 0} | {c: i + 1 for i, c in enumerate(alphabet)}, merges=[]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, eos_token="<eos>")
    shape = dict(vocab_size=len(alphabet) + 1, hidden_size=16, intermediate_size=32, num_hidden_layers=2,
                 num_attention_heads=2, num_key_value_heads=1, head_dim=8, max_position_embeddings=512,
                 bos_token_id=0, eos_token_id=0, pad_token_id=0)  # fmt: skip
    root = tmp_path_factory.mktemp("models")
    out = {}
    for name, config, cls in (("qwen3", Qwen3Config, Qwen3ForCausalLM), ("llama", LlamaConfig, LlamaForCausalLM)):
        torch.manual_seed(0)
        cls(config(**shape)).save_pretrained(root / name)
        tokenizer.save_pretrained(root / name)
        out[name] = str(root / name)
    return out
