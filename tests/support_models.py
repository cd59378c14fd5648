"""Tiny models written to disk: ONNX graphs that hold a claim's word for supported where the source has it, and BERTs of random
weights. The graphs decide something true, so that tests can say what must come out."""

import json

WORDS = (
    "[PAD] [UNK] [CLS] [SEP] the a of in and not was were by alice bob hit saw met dog cat red boat yard board rejected approved plan "
    "vote year paid 12 15 million . , it nobody late grew staff left city old new house sold bought"
).split()


def tokenizer():
    """Words of WORDS in lower case; pairs as BERT has them."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    found = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="[UNK]"))
    found.normalizer, found.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.BertPreTokenizer()
    found.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return found


def overlap_onnx(folder, labels, tokens=False, length=None, config=True, file="model_int8.onnx"):
    """A graph whose logits go to `labels`, by their names: «supported» of what stands in the source, «denied» where a «not» is
    new, «neutral» and «unsupported» else. `length`: the one width that it takes."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper, save

    def constant(name, value, kind=np.int64):
        return numpy_helper.from_array(np.array(value, kind), name)

    nodes = []

    def node(op, inputs, output, **kwargs):
        nodes.append(helper.make_node(op, inputs, [output], **kwargs))
        return output

    node("Unsqueeze", ["input_ids", "two"], "mine"), node("Unsqueeze", ["input_ids", "one"], "theirs")
    node("Equal", ["mine", "theirs"], "same")
    node("Equal", ["token_type_ids", "zero"], "first"), node("Equal", ["attention_mask", "one"], "there")
    node("And", ["first", "there"], "source"), node("Unsqueeze", ["source", "one"], "source_row")
    node("And", ["same", "source_row"], "hits"), node("Cast", ["hits"], "hits_f", to=TensorProto.FLOAT)
    node("ReduceMax", ["hits_f"], "held", axes=[2], keepdims=0)  # [B, T]
    node("Sub", ["one_f", "held"], "lacking")
    node("Cast", ["token_type_ids"], "claim_f", to=TensorProto.FLOAT)
    node("Mul", ["lacking", "claim_f"], "gone")
    node("Equal", ["input_ids", "not_id"], "nots"), node("Cast", ["nots"], "nots_f", to=TensorProto.FLOAT)
    node("Mul", ["gone", "nots_f"], "denials")
    if tokens:
        said, denied, rest = "held", "denials", "lacking"
    else:
        said, denied, rest = (
            node("ReduceMax", [x], f"{x}_B", axes=[1], keepdims=0) for x in ("held", "denials", "gone")
        )
        said = node("Sub", ["one_f", rest], "said_B")
    columns = {"supported": said, "unsupported": rest, "neutral": rest, "denied": denied}
    weights = {"denied": "forty"}
    last = 2 if tokens else 1
    parts = []
    for i, what in enumerate(labels.values()):
        scaled = node("Mul", [columns[what], weights.get(what, "ten")], f"logit{i}")
        parts.append(node("Unsqueeze", [scaled, "last"], f"column{i}"))
    if len(parts) == 1:  # one logit: above zero where it is supported
        node("Sub", [parts[0], "five"], "logits")
    else:
        node("Concat", parts, "logits", axis=last)
    width = length or "tokens"
    inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, ["batch", width])
              for n in ("input_ids", "attention_mask", "token_type_ids")]  # fmt: skip
    shape = ["batch", width, len(parts)] if tokens else ["batch", len(parts)]
    constants = [constant("zero", 0), constant("one", [1]), constant("two", [2]), constant("last", [last]),
                 constant("not_id", WORDS.index("not")), constant("one_f", 1, np.float32), constant("ten", 10, np.float32),
                 constant("forty", 40, np.float32), constant("five", 5, np.float32)]  # fmt: skip
    graph = helper.make_graph(
        nodes, "overlap", inputs, [helper.make_tensor_value_info("logits", TensorProto.FLOAT, shape)], constants
    )
    folder.mkdir(parents=True, exist_ok=True)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), str(folder / file))
    tokenizer().save(str(folder / "tokenizer.json"))
    if config:
        (folder / "config.json").write_text(
            json.dumps({"id2label": {str(i): n for i, n in enumerate(labels)}, "pad_token_id": 0})
        )
    return str(folder)


def bert(folder, labels, tokens=False, seed=0):
    """A folder as save_pretrained writes it: a BERT of random weights with these labels."""
    import torch
    from transformers import (
        BertConfig,
        BertForSequenceClassification,
        BertForTokenClassification,
        PreTrainedTokenizerFast,
    )

    torch.manual_seed(seed)
    shape = dict(vocab_size=len(WORDS), hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
                 max_position_embeddings=64, pad_token_id=0, id2label=dict(enumerate(labels)), initializer_range=0.4)  # fmt: skip
    cls = BertForTokenClassification if tokens else BertForSequenceClassification
    cls(BertConfig(**shape)).save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer(), pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(folder)
    return str(folder)
