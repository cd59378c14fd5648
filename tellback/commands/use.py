"""train, compress, tell-back and ask: one compressor, your own text. Results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from tellback.commands.given import documents, is_memory, numbers, pairs, place_here
from tellback.commands.progress import one_line, steps_with_bar, timed
from tellback.errors import UsageError

if TYPE_CHECKING:
    from tellback.compressors.memory import Memory
    from tellback.reading import Reader

Setup = Annotated[str, typer.Argument(help="STUDY_FOLDER/SETUP, a saved folder, or a hub name (owner/name)")]
Texts = Annotated[
    list[str], typer.Argument(help="texts, a document a file; .jsonl, a document a line («text»); - for standard input")
]
MemoryFile = Annotated[str, typer.Argument(metavar="MEMORY", help="what `tellback compress` wrote, or a text (- for standard input)")]
Rate = Annotated[float | None, typer.Option(help="source tokens per slot; default: the setup's own")]
By = Annotated[str | None, typer.Option("--by", help="document | sentence: each sentence is compressed and told back by itself; default: as it was trained")]
Json = Annotated[bool, typer.Option("--json", help="one JSON object a line")]
EngineName = Annotated[str, typer.Option("--engine", help="what generates: transformers | vllm (needs the extra vllm and a GPU)")]
Batch = Annotated[int, typer.Option(min=1, help="documents at once")]
MOST_NOTES = 5  # on standard error


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command()(train)
    app.command()(compress)
    app.command("tell-back")(tell_back)
    app.command()(ask)


def train(
    compressor: Annotated[str, typer.Option(help="see `tellback list compressors`")],
    base: Annotated[str, typer.Option(help="the compressor's LM: a hub name, a path, or see `tellback list models`")],
    corpus: Annotated[str, typer.Option(help="texts to train on: .jsonl, .txt, or see `tellback list corpora`")],
    out: Annotated[Path, typer.Option(parser=place_here, metavar="PATH", help="folder to save into")],
    rate: Annotated[float, typer.Option(help="source tokens per slot where no other rate is asked for")] = 4.0,
    rates: Annotated[str | None, typer.Option(help="train for many rates, comma-separated: 2,4,8")] = None,
    option: Annotated[list[str] | None, typer.Option(help="an option of the method, NAME=VALUE; again for more")] = None,
    decoder: Annotated[str | None, typer.Option(help="the LM that reads the memory; default: the base")] = None,
    train_compressor: Annotated[str, typer.Option(help="full | lora | frozen")] = "full",
    train_decoder: Annotated[str | None, typer.Option(help="full | lora | frozen; default lora of a pretrained base, else full")] = None,
    objective: Annotated[
        list[str] | None, typer.Option(help="NAME=WEIGHT; again for a sum. Default autoencode=1")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="optimizer steps; before them some of copying, where the "
        "decoder cannot tell back yet (--set copy_steps=0: none)")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="peak of the one-cycle schedule; default: of a pretrained base "
        "3e-4 for its weights and 1e-3 for what is new, else 1e-3")] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="documents a step")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="torch's threads; the same number gives the same weights. Default 1")] = None,
    track: Annotated[str | None, typer.Option(help="follow it in tensorboard | wandb | trackio; files in OUT.track")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="any other key of a study's `train`, NAME=VALUE in YAML")
    ] = None,
    corpus_option: Annotated[list[str] | None, typer.Option(help="an option of the corpus, NAME=VALUE")] = None,
    dtype: Annotated[str, typer.Option(help="of the models' weights: float32 | bfloat16")] = "float32",
    seed: Annotated[int, typer.Option(help="of everything that chance decides")] = 0,
) -> None:  # fmt: skip
    """Train one compressor and save it. After Ctrl-C the same command goes on."""
    from tellback.config import SetupSpec, parse

    given = {"steps": steps, "learning_rate": learning_rate, "batch_size": batch_size,
             "rates": rates and numbers("--rates", rates), "objectives": pairs("--objective", objective) or None,
             "compressor": train_compressor, "n_threads": threads, "track": track}  # fmt: skip
    content = {
        "study": "train", "corpus": {"name": corpus, "options": pairs("--corpus-option", corpus_option)},
        "base_model": {"name": base, "dtype": dtype}, "rate": rate, "seed": seed, "probes": {},
        "compressor": {"name": compressor, "options": pairs("--option", option)},
        "decoder": {"model": {"name": decoder or base, "dtype": dtype}} | ({"train": train_decoder} if train_decoder else {}),
        "train": {k: v for k, v in given.items() if v is not None} | pairs("--set", set_),
    }  # fmt: skip
    spec = parse(SetupSpec, content, "tellback train").as_pretrained()
    spec = spec.model_copy(
        update={"train": spec.train.model_copy(update={"learning_rate": spec.train.rate_for(spec.base_model, rate, spec.compressor.label)})}
    )  # fmt: skip
    _check_before_loading(spec)
    from tellback.study.single import train_into

    with one_line() as say, redirect_stdout(sys.stderr):
        about = train_into(spec, out, say)
    if about is None:  # another process of this training says what came of it
        return
    if about.get("undertrained"):
        print(f"tellback: still learning: {about['why']} More --steps would help.", file=sys.stderr)
    print(out)


def compress(
    setup: Setup, files: Texts,
    out: Annotated[Path, typer.Option(parser=place_here, metavar="PATH", help="file to write the memory into (safetensors)")],
    rate: Rate = None,
    query: Annotated[str | None, typer.Option(help="what the memory will be asked, for methods that choose by that")] = None,
    batch_size: Batch = 16,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a document, in order")] = False, by: By = None,
) -> None:  # fmt: skip
    """Compress documents into one memory file."""
    if query is not None and not query.strip():
        raise UsageError("--query is empty. Say what the memory will be asked, or leave it out.")
    texts = [text for name in files for text in documents(name)]
    if not out.parent.is_dir():
        raise UsageError(f"--out {out}: there is no folder {out.parent}. Make it first.")
    reader = _load(setup, by=by)
    memory = _compressed(reader, texts, rate, batch_size, query)
    memory.save(out)
    if as_json:
        asked = reader.compressor.rate if rate is None else rate
        for n_tokens, n_slots, note in zip(memory.n_tokens, memory.n_slots, memory.annotations, strict=True):
            given = n_tokens / n_slots if n_slots else None
            print(json.dumps({"n_tokens": n_tokens, "n_slots": n_slots, "rate": given, "rate_asked": asked, "note": note},
                             ensure_ascii=False))  # fmt: skip
        return
    rate_given = "" if memory.rate is None else f", {memory.rate:.2f} tokens a slot"
    print(f"{out}: {len(texts)} {'document' if len(texts) == 1 else 'documents'}, "
          f"{sum(memory.n_tokens):,} tokens in {sum(memory.n_slots):,} slots{rate_given}")  # fmt: skip


def tell_back(
    setup: Setup, memory: MemoryFile, rate: Rate = None, batch_size: Batch = 16, as_json: Json = False,
    engine: EngineName = "transformers", by: By = None,
) -> None:  # fmt: skip
    """Tell a memory back, or a text after compressing it: each document's text, a blank line between."""
    reader, found = _read(setup, memory, rate, batch_size, engine=engine, by=by)
    texts: list[str] = []
    n = len(found.n_tokens)
    with timed("telling back", range(0, n, batch_size)) as say:
        for part in _parts(found, batch_size, "telling back"):
            texts += reader.tell_back(part)
        say(f"told back {_count(n, 'document')}")
    if None in texts:
        raise UsageError(
            f"the decoder {reader.decoder.lm.name!r} was never taught to tell back. Ask it (`tellback ask`), or train a "
            f"compressor with it."
        )
    for i, (text, note) in enumerate(zip(texts, found.annotations, strict=True)):
        if as_json:
            print(json.dumps({"document": i, "text": text, "n_tokens": found.n_tokens[i], "n_slots": found.n_slots[i],
                              "note": note}, ensure_ascii=False))  # fmt: skip
        else:
            print(text if i == 0 else f"\n{text}")


def ask(
    setup: Setup, memory: MemoryFile,
    questions: Annotated[list[str], typer.Argument(help="questions, each asked of every document")],
    rate: Rate = None, batch_size: Batch = 16, as_json: Json = False,
    max_new_tokens: Annotated[int, typer.Option(min=1, help="of an answer")] = 16, engine: EngineName = "transformers", by: By = None,
) -> None:  # fmt: skip
    """Ask a memory, or a text after compressing it. One answer a line; of several documents or questions, with which.

    A text is compressed for the questions, by methods that choose by what will be asked.
    """
    if not all(question.strip() for question in questions):
        raise UsageError("a question is empty.")
    reader, found = _read(setup, memory, rate, batch_size, " ".join(questions), engine, by)
    n = len(found.n_tokens)
    answers: list[list[str]] = [[] for _ in questions]
    with timed("asking", range(0, n, batch_size)) as say:
        for part in _parts(found, batch_size, "asking"):
            for question, of_rows in zip(questions, answers, strict=True):
                of_rows += reader.ask(part, question, max_new=max_new_tokens)
        say(f"asked {_count(len(questions), 'question')} of {_count(n, 'document')}")
    for row in range(n):
        for question, of_rows in zip(questions, answers, strict=True):
            if as_json:
                print(json.dumps({"document": row, "question": question, "answer": of_rows[row]}, ensure_ascii=False))
                continue
            where = [str(row)] if n > 1 else []
            print("\t".join([*where, *([question] if len(questions) > 1 else []), of_rows[row]]))


# -- shared ------------------------------------------------------------------------------------------------------


def _check_before_loading(spec: Any) -> None:
    """Wrong names and rates are said at once, before anything heavy is imported."""
    from tellback.corpora.load import check_corpus
    from tellback.methods import COMPRESSORS
    from tellback.models.load import check_name
    from tellback.registry import choose

    choose("compressor", spec.compressor.name, COMPRESSORS)
    check_name(spec.base_model.name)
    check_name(spec.decoder.model.name)
    check_corpus(spec.corpus, spec.probes)
    if not 1 <= spec.rate < float("inf"):
        raise UsageError(f"--rate is source tokens per slot, so it is at least 1, got {spec.rate:g}.")


def _load(setup: str, engine: str = "transformers", by: str | None = None) -> Reader:
    if by is not None:
        from tellback.config import Unit
        from tellback.registry import choose

        choose("--by", by, dict.fromkeys(get_args(Unit)))
    with redirect_stdout(sys.stderr):  # a model that is made ready first says so
        import tellback
        from tellback.engines import make_engine

        reader = tellback.load(setup)
        reader.engine = make_engine(engine, reader.decoder)
        if by is not None:
            reader.by, reader.longest_piece = by, reader.longest_piece or reader.longest_trained
        return reader


def _read(
    setup: str, name: str, rate: float | None, batch_size: int, query: str | None = None, engine: str = "transformers",
    by: str | None = None,
) -> tuple[Reader, Memory]:  # fmt: skip
    """The setup, and the memory in a file or of the text in it."""
    if not is_memory(name):
        texts = documents(name)
        reader = _load(setup, engine, by)
        return reader, _compressed(reader, texts, rate, batch_size, query)
    for option, value in (("--rate", rate), ("--by", by)):
        if value is not None:
            raise UsageError(f"{option} is for texts; {name} is a memory, for which that was chosen when it was written.")
    if not Path(name).is_file():
        raise UsageError(f"there is no file {name!r}.")
    from tellback.compressors.memory_files import load_memory

    memory = load_memory(Path(name))
    reader = _load(setup, engine)
    memory.check_reader(reader.compressor)
    return reader, memory


def _compressed(reader: Reader, texts: Sequence[str], rate: float | None, batch_size: int, query: str | None = None) -> Memory:
    """One memory of all the texts; what is not as it was asked for is said on standard error."""
    from tellback.compressors.memory import Memory

    starts, parts = range(0, len(texts), batch_size), []
    with timed(f"compressing {_count(len(texts), 'document')}", starts) as say:
        for at in steps_with_bar(starts, "compressing"):
            part = texts[at : at + batch_size]
            parts.append(reader.compress(part, rate=rate, queries=query and [query] * len(part)))
        memory = parts[0] if len(parts) == 1 else Memory.join(parts)
        say(f"compressed {_count(len(texts), 'document')}, {sum(memory.n_tokens):,} tokens in {sum(memory.n_slots):,} slots")
    apart = memory.told_by_itself
    if (longest := reader.longest_trained) and (n := sum(k > longest for k in apart.n_tokens)):
        what = "document" if apart is memory else "sentence"
        print(f"tellback: {n} of {_count(len(apart.n_tokens), what)} longer than the {longest} tokens that it was trained on, "
              f"up to {max(apart.n_tokens):,}: expect it to lose more there. Cut them (--by sentence, where its memories are vectors) for "
              f"what it was trained to keep.", file=sys.stderr)  # fmt: skip
    for line in _differences(memory, reader.compressor.rate if rate is None else rate):
        print(f"tellback: {line}", file=sys.stderr)
    return memory


def _differences(memory: Memory, rate: float | None) -> Iterator[str]:
    """What is not as it was asked for: what the method notes, and memories with fewer or more slots than at `rate`."""
    from tellback.compressors.base import n_slots

    noted = [f"document {i}: {note}" for i, note in enumerate(memory.annotations) if note]
    yield from noted[:MOST_NOTES]
    if len(noted) > MOST_NOTES:
        yield f"and {len(noted) - MOST_NOTES} more notes; --json gives all"
    memory = memory.told_by_itself
    if rate is None or memory.rate is None:
        return
    pairs = list(zip(memory.n_slots, (n_slots(n, rate) for n in memory.n_tokens), strict=True))
    for words, n in (("fewer", sum(k < wanted for k, wanted in pairs)), ("more", sum(k > wanted for k, wanted in pairs))):
        if n:
            yield (f"asked for {rate:g} tokens a slot, given {memory.rate:.2f}: {n} of {_count(len(pairs), 'document')} "
                   f"with {words} slots than asked for")  # fmt: skip


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _parts(memory: Memory, size: int, what: str) -> Iterator[Memory]:
    n = len(memory.n_tokens)
    for at in steps_with_bar(range(0, n, size), what):
        yield memory.select(range(at, min(at + size, n)))
