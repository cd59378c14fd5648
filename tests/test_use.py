"""Three lines of Python, and the same on the command line, on a setup that was trained for five steps."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

import tellback
from tellback.cli import app
from tellback.compressors.memory_files import load_memory
from tellback.errors import UsageError

BOAT, LEFT = "Mira owns a white boat.", "Tom left before Ana."
ASKED = "Which colour is the boat of Mira ?"
TRAIN = ["train", "--compressor", "pooling", "--option", "pool=mean", "--base", "tiny", "--corpus", "pocket", "--rate", "2",
         "--steps", "5", "--batch-size", "4", "--set", "n_documents=50", "--set", "n_held_out=8"]  # fmt: skip


def run(*arguments, stdin=None):
    """One command in this process; what a user would see as (exit code, stdout, stderr)."""
    done = CliRunner().invoke(app, [str(a) for a in arguments], input=stdin)
    if isinstance(done.exception, UsageError):
        return 2, done.stdout, str(done.exception)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("use")
    code, out, err = run(*TRAIN, "--rates", "2,4", "--out", folder / "mine")
    assert code == 0, err
    assert out == f"{folder / 'mine'}\n" and "step 5/5" in err and "s left" in err
    assert sorted(p.name for p in folder.iterdir()) == ["mine"]  # the training's own folder is gone
    return folder / "mine"


@pytest.fixture(scope="module")
def setup(trained):
    return tellback.load(str(trained))


@pytest.fixture
def texts(tmp_path):
    (tmp_path / "boat.txt").write_text(BOAT + "\n")
    (tmp_path / "two.jsonl").write_text("".join(json.dumps({"text": t}) + "\n" for t in (BOAT, LEFT)))
    return tmp_path


# -- from Python --------------------------------------------------------------------------------------------------


def test_three_lines(trained, tmp_path):
    setup = tellback.load(str(trained))
    memory = setup.compress([BOAT])
    assert memory.n_slots == [3] and memory.rate == 2.0
    memory.save(tmp_path / "boat.safetensors")
    again = load_memory(tmp_path / "boat.safetensors")
    assert setup.tell_back(memory) == setup.tell_back(again)
    assert setup.ask(memory, ASKED) == setup.ask(again, [ASKED]) and len(setup.ask(memory, ASKED)) == 1


def test_one_training_gives_every_rate_that_is_asked_for(setup):
    for rate in (1, 1.5, 2, 3, 4, 6):
        memory = setup.compress([BOAT, LEFT], rate=rate) if rate < 6 else setup.compress([BOAT], rate=rate)
        assert memory.n_slots == [-int(-n // rate) for n in memory.n_tokens]


def test_a_question_to_every_row_or_questions_to_named_rows(setup):
    memory = setup.compress([BOAT, LEFT, BOAT])
    every = setup.ask(memory, ASKED)
    assert len(every) == 3 and every[0] == every[2]
    assert setup.ask(memory, [ASKED] * 3) == every
    assert setup.ask(memory, [ASKED] * 2, rows=[2, 1]) == [every[2], every[1]]
    assert setup.ask(memory, ASKED, rows=[1]) == [every[1]]
    assert setup.ask(memory.select([0]), [ASKED, ASKED]) == [every[0]] * 2
    for wrong in ({"questions": [ASKED] * 2}, {"questions": [ASKED], "rows": [3]}, {"questions": [ASKED], "rows": [0, 1]}):
        with pytest.raises(UsageError, match="of a memory of 3 documents"):
            setup.ask(memory, **wrong)
    with pytest.raises(UsageError, match="a question is empty"):
        setup.ask(memory, " ")


def test_one_text_is_one_document(setup):
    assert setup.compress(BOAT).n_slots == setup.compress([BOAT]).n_slots


@pytest.mark.parametrize(
    ("documents", "rate", "says"),
    [([BOAT], 0, "at least 1.*got 0"), ([BOAT], -2, "at least 1.*got -2"), ([BOAT], float("nan"), "got nan"),
     ([BOAT, LEFT], 5.5, "document 1 has 5 tokens.*at most 5"), ([], None, "no document"), ([BOAT, ""], None, "document 1 of 2 is empty"),
     ([BOAT * 200], None, "document 0 is too long")],
)  # fmt: skip
def test_bad_documents_and_rates_are_refused(setup, documents, rate, says):
    with pytest.raises(UsageError, match=says):
        setup.compress(documents, rate=rate)


def test_a_setup_is_found_by_what_its_name_begins_with(tmp_path):
    from tellback.config import read_study
    from tellback.loading import load_reader
    from tellback.store import StudyFolder
    from tellback.study.grid import setups
    from tellback.study.setup import run_setup

    study = read_study("smoke")
    folder = StudyFolder(tmp_path / "smoke")
    folder.open(study)
    for spec in setups(study, "pooling*"):
        run_setup(spec, folder.setup(spec.key()))
    one = tellback.load(str(tmp_path / "smoke" / "pooling-4x"))
    assert one.compressor.rate == 4.0 and one.tell_back(one.compress(BOAT)) is not None
    with pytest.raises(UsageError, match="2 setups begin with 'pooling': pooling-.*, pooling-"):
        tellback.load(str(tmp_path / "smoke" / "pooling"))
    with pytest.raises(UsageError, match="Did you mean 'pooling-2x-tiny-s0'"):
        tellback.load(str(tmp_path / "smoke" / "pooling-2x-tiny-s1"))
    with pytest.raises(UsageError, match="is a study. Give one of its setups"):
        tellback.load(str(tmp_path / "smoke"))
    (spec,) = setups(study, "pooling-4x*")
    weights = folder.setup(spec.key()) / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    with pytest.raises(UsageError, match="missing or broken"):
        load_reader(folder.setup(spec.key()))


def test_what_is_no_setup_says_what_would_be_one(tmp_path):
    with pytest.raises(UsageError, match="neither a setup of a study"):
        tellback.load(str(tmp_path / "nothing"))


LONG = BOAT * 120  # 720 tokens: 360 slots at 2x, 180 at 4x; the decoder has 512 positions


def test_a_document_that_is_too_long_to_tell_back_can_be_asked(setup):
    memory = setup.compress([BOAT, LONG], rate=4)
    assert memory.n_slots == [2, 180] and len(setup.ask(memory, ASKED)) == 2
    with pytest.raises(UsageError, match="document 1 is too long to be told back: 720 tokens after 180 slots need 902"):
        setup.tell_back(memory)
    assert setup.tell_back(memory.select([0])) == setup.tell_back(setup.compress(BOAT, rate=4))
    with pytest.raises(UsageError, match="document 0 is too long: its 1200 tokens in 600 slots and a question"):
        setup.compress(BOAT * 200)


def test_a_text_that_is_told_as_it_is_needs_no_room(tiny):
    from tellback.compressors import build
    from tellback.config import CompressorSpec
    from tellback.models.decoder import Decoder
    from tellback.reading import Reader

    decoder = Decoder(tiny())
    reader = Reader(build(CompressorSpec(name="truncate"), tiny(), decoder, 4.0), decoder)
    assert decoder.tells_back and LONG.startswith(reader.tell_back(reader.compress(LONG))[0])


def test_what_is_told_back_does_not_depend_on_the_batch(setup):
    """`caps` of each row: what the decoder has room for after that row's own slots."""

    def caps(texts):
        memory, given = setup.compress(texts), []
        memory.select = lambda rows: memory
        memory.tell_back = lambda decoder, found: given.extend(found) or []
        setup.told(memory)
        return given

    a, b = BOAT * 55, BOAT * 53  # 330 and 318 tokens in 165 and 159 slots: 510 positions are short of 1.25 x 330 + 8
    assert caps([a, b]) == caps([a]) + caps([b]) == [345, 351]


def test_a_question_that_has_no_room_is_refused(setup):
    memory = setup.compress(LONG, rate=2)
    assert len(setup.ask(memory, ASKED, max_new=100)) == 1
    with pytest.raises(UsageError, match="a question of .* 360 slots of document 0 .* 512"):
        setup.ask(memory, ASKED, max_new=150)
    with pytest.raises(UsageError, match="Ask more briefly"):
        setup.ask(setup.compress([BOAT, LONG], rate=2), ["Who ?", ASKED * 30])


def test_documents_may_be_an_iterator_and_must_be_texts(setup):
    assert setup.compress(text for text in (BOAT, LEFT)).n_slots == setup.compress([BOAT, LEFT]).n_slots
    for wrong, says in (([BOAT, None], "document 1 is no text: expected a str, got NoneType"), ([7], "got int"),
                        ([BOAT, "a \ud83d b"], r"document 1 is no valid text: '\\ud83d' at character 2")):  # fmt: skip
        with pytest.raises(UsageError, match=says):
            setup.compress(wrong)
    for wrong, says in ((["a", "b"], "one query a document, got 2 for 1"), ([""], "a query is empty"), ([3], "query 0 is no text")):
        with pytest.raises(UsageError, match=says):
            setup.compress([BOAT], queries=wrong)
    with pytest.raises(UsageError, match="question 0 is no text"):
        setup.ask(setup.compress(BOAT), [None])


# -- on the command line ------------------------------------------------------------------------------------------


def test_from_texts_to_a_memory_and_back(trained, setup, texts):
    memory = texts / "memory.safetensors"
    code, out, _ = run("compress", trained, texts / "boat.txt", texts / "two.jsonl", "--out", memory, "--batch-size", 2)
    assert code == 0 and out == f"{memory}: 3 documents, 17 tokens in 9 slots, 1.89 tokens a slot\n"
    told = setup.tell_back(setup.compress([BOAT, BOAT, LEFT]))
    assert run("tell-back", trained, memory)[1] == "\n\n".join(told) + "\n"
    rows = [json.loads(line) for line in run("tell-back", trained, memory, "--json", "--batch-size", 2)[1].splitlines()]
    assert [r["text"] for r in rows] == told and [r["n_slots"] for r in rows] == [3, 3, 3]
    answers = setup.ask(setup.compress([BOAT, BOAT, LEFT]), ASKED)
    assert run("ask", trained, memory, ASKED)[1].splitlines() == [f"{i}\t{a}" for i, a in enumerate(answers)]
    asked = [json.loads(x) for x in run("ask", trained, memory, ASKED, "Who ?", "--json", "--batch-size", 2)[1].splitlines()]
    assert [(r["document"], r["question"]) for r in asked] == [(i, q) for i in range(3) for q in (ASKED, "Who ?")]
    assert [r["answer"] for r in asked[::2]] == answers


def test_texts_and_standard_input_need_no_memory_file(trained, setup, texts):
    answer = setup.ask(setup.compress(BOAT), ASKED)[0]
    assert run("ask", trained, texts / "boat.txt", ASKED)[1] == answer + "\n"
    assert run("ask", trained, "-", ASKED, stdin=BOAT)[1] == answer + "\n"
    at_3 = setup.tell_back(setup.compress(BOAT, rate=3))[0]
    assert run("tell-back", trained, "-", "--rate", 3, stdin=BOAT)[1] == at_3 + "\n"
    lines = (texts / "two.jsonl").read_text()
    code, out, _ = run("compress", trained, "-", "--json", "--rate", 4, "--out", texts / "m.safetensors", stdin=lines)
    assert code == 0 and [json.loads(x)["n_slots"] for x in out.splitlines()] == [2, 2]


def test_by_sentence_each_sentence_is_told_back_by_itself(trained, setup, tmp_path):
    (tmp_path / "page.txt").write_text(f"{BOAT}  {LEFT}")
    code, out, err = run("tell-back", trained, tmp_path / "page.txt", "--by", "sentence")
    assert (code, out) == (0, "  ".join(setup.tell_back(setup.compress([BOAT, LEFT]))) + "\n"), err
    assert run("compress", trained, tmp_path / "page.txt", "--by", "sentence", "--out", tmp_path / "m.safetensors")[0] == 0
    assert run("tell-back", trained, tmp_path / "m.safetensors")[1] == out
    for arguments, says in ((["m.safetensors", "--by", "sentence"], "--by is for texts"), (["page.txt", "--by", "word"], "sentence")):
        code, _, err = run("tell-back", trained, tmp_path / arguments[0], *arguments[1:])
        assert code == 2 and says in err


def test_the_same_training_again_is_done_and_another_is_refused(trained):
    code, out, err = run(*TRAIN, "--rates", "2,4", "--out", trained)
    assert code == 0 and out.strip() == str(trained) and "step" not in err
    code, _, err = run(*TRAIN, "--out", trained)
    assert code == 2 and "holds another saved setup" in err


def test_a_method_without_training_is_saved_as_it_is(tmp_path):
    base = ["--base", "tiny", "--corpus", "pocket", "--set", "n_held_out=8", "--out", tmp_path / "x"]
    assert run("train", "--compressor", "selective_context", *base)[0] == 0
    assert tellback.load(str(tmp_path / "x")).compress(BOAT, rate=2).n_slots[0] <= 3


def test_a_decoder_that_was_never_taught_to_tell_back_says_so(saved_models, texts):
    own = texts / "own.txt"
    own.write_text("\n\n".join(f"Mira owns {i} boats." for i in range(20)))
    base = ["--base", saved_models["llama"], "--corpus", own, "--out", texts / "x"]
    assert run("train", "--compressor", "no_memory", *base)[0] == 0
    code, _, err = run("tell-back", texts / "x", texts / "boat.txt")
    assert code == 2 and "never taught to tell back" in err


@pytest.mark.parametrize("model", ["llama", "qwen3"])
def test_a_model_without_pad_token_or_chat_template_on_text_in_any_script(saved_models, tmp_path, model):
    own = tmp_path / "own.jsonl"
    own.write_text("".join(json.dumps({"text": f"Zoë besaß {i} Boote, 漢字."}, ensure_ascii=False) + "\n" for i in range(20)))
    done = run("train", "--compressor", "memory_tokens", "--option", "k=8", "--base", saved_models[model], "--corpus", own,
               "--train-compressor", "lora", "--train-decoder", "frozen", "--steps", 5, "--batch-size", 4, "--rate", 4,
               "--objective", "autoencode=1", "--objective", "continuation=0.5", "--set", "mix=sample", "--out", tmp_path / "x")  # fmt: skip
    assert done[0] == 0, done[2]
    code, out, err = run("tell-back", tmp_path / "x", "-", "--json", stdin="漢字 and more 🚢")
    assert code == 0 and json.loads(out)["n_slots"] == -(-len("漢字 and more 🚢".encode()) // 4), err
    assert run("ask", tmp_path / "x", "-", "何?", stdin="漢字")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["compress", "{mine}", "none.txt", "--out", "{tmp}/m"], "there is no file 'none.txt'"),
        (["compress", "{mine}", "{tmp}/empty.txt", "--out", "{tmp}/m"], "is empty"),
        (["compress", "{mine}", "{tmp}/latin.txt", "--out", "{tmp}/m"], "not UTF-8: byte 0xe9 at offset 3"),
        (["compress", "{mine}", "{tmp}/bad.jsonl", "--out", "{tmp}/m"], 'line 2: expected an object with a string "text"'),
        (["compress", "{mine}", "{tmp}/void.jsonl", "--out", "{tmp}/m"], "holds no document"),
        (["compress", "{mine}", "{tmp}/boat.txt", "--rate", "0", "--out", "{tmp}/m"], "(a slot for every token), got 0"),
        (["compress", "{mine}", "{tmp}/boat.txt", "--rate", "-3", "--out", "{tmp}/m"], "(a slot for every token), got -3"),
        (["compress", "{mine}", "{tmp}/boat.txt", "--rate", "99", "--out", "{tmp}/m"], "Ask for a rate of at most 6"),
        (["compress", "{mine}", "{tmp}/boat.txt", "--out", "{tmp}/no/m"], "there is no folder"),
        (["compress", "{mine}", "{tmp}/boat.txt", "--query", "", "--out", "{tmp}/m"], "--query is empty"),
        (["compress", "{tmp}/none", "{tmp}/boat.txt", "--out", "{tmp}/m"], "neither a setup of a study"),
        (["tell-back", "{mine}", "{tmp}/none.safetensors"], "there is no file"),
        (["tell-back", "{mine}", "{tmp}/cut.safetensors"], "no memory file"),
        (["tell-back", "{mine}", "{mine}/weights.safetensors"], "holds no memory"),
        (["tell-back", "{mine}", "{tmp}/good.safetensors", "--rate", "2"], "--rate is for texts"),
        (["ask", "{other}", "{tmp}/good.safetensors", "Who?"], "cannot be read with"),
        (["ask", "{mine}", "{tmp}/good.safetensors", " "], "a question is empty"),
    ],
)
def test_bad_input_is_one_message(trained, other, setup, texts, arguments, says):
    (texts / "empty.txt").write_text(" \n")
    (texts / "latin.txt").write_bytes(b"caf\xe9")
    (texts / "bad.jsonl").write_text('{"text": "a"}\n{"txet": "b"}\n')
    (texts / "void.jsonl").write_text("\n")
    setup.compress(BOAT).save(texts / "good.safetensors")
    (texts / "cut.safetensors").write_bytes((texts / "good.safetensors").read_bytes()[:-9])
    before = sorted(texts.iterdir())
    code, out, err = run(*[a.format(mine=trained, other=other, tmp=texts) for a in arguments])
    assert (code, out) == (2, "") and says in err
    assert sorted(texts.iterdir()) == before  # nothing half-written


@pytest.mark.parametrize(
    ("stdin", "n_tokens", "says"),
    [
        (b"\xef\xbb\xbf" + BOAT.encode(), [6], ""),
        (b'\xef\xbb\xbf{"text": "Tom left ."}\n{"text": "Ana left ."}\n', [3, 3], ""),
        (b'{\n "Mira": "boat",\n "Tom": {"left": 3}\n}\n', None, ""),
        (b'{\n "text": "Tom left ."\n}\n', None, "one JSON object over several lines"),
        (b"{ is a bracket.", None, "line 1 is not JSON: .*give it as a .txt file"),
        (b'{"text": "a"}\n{"text": "\\ud83d lone"}\n', None, r"standard input, line 2: '\\ud83d' at character 0"),
    ],
)  # fmt: skip
def test_what_comes_in_on_standard_input(trained, texts, stdin, n_tokens, says):
    code, out, err = run("compress", trained, "-", "--out", texts / "m", "--json", stdin=stdin)
    if says:
        assert (code, out) == (2, "") and re.search(says, err)
        return
    found = [json.loads(line)["n_tokens"] for line in out.splitlines()]
    assert code == 0 and (found == n_tokens if n_tokens else len(found) == 1)


def test_a_byte_order_mark_and_half_a_character_in_a_file(trained, setup, texts):
    lines = "".join(json.dumps({"text": t}) + "\n" for t in (BOAT, LEFT))
    (texts / "bom.jsonl").write_text(lines, encoding="utf-8-sig")
    (texts / "bom.txt").write_text(BOAT, encoding="utf-8-sig")
    told = setup.tell_back(setup.compress([BOAT, LEFT]))
    assert run("tell-back", trained, texts / "bom.jsonl")[1] == "\n\n".join(told) + "\n"
    assert run("tell-back", trained, texts / "bom.txt")[1] == told[0] + "\n"
    (texts / "half.jsonl").write_text('{"text": "a"}\n\n{"text": "b \\ud83d"}\n')
    code, _, err = run("tell-back", trained, texts / "half.jsonl")
    assert code == 2 and "half.jsonl, line 3: '\\ud83d' at character 2" in err


def test_what_was_done_and_how_long_it_took_is_one_line(trained, texts):
    _, _, err = run("compress", trained, texts / "two.jsonl", "--out", texts / "m")
    assert re.fullmatch(r"compressed 2 documents, 11 tokens in 6 slots, \d+(\.\d)? s\n", err)
    assert re.fullmatch(r"told back 2 documents, \d+(\.\d)? s\n", run("tell-back", trained, texts / "m")[2])
    _, _, err = run("ask", trained, texts / "boat.txt", ASKED, "Who ?")
    assert re.fullmatch(r"compressed 1 document, .* s\nasked 2 questions of 1 document, .* s\n", err)


def saved(folder, compressor, **options):
    """A method without training on the tiny LM, saved."""
    from tellback.config import CompressorSpec, DecoderSpec, ModelSpec, ReaderSpec
    from tellback.saved import build_reader

    tiny = ModelSpec(name="tiny")
    build_reader(ReaderSpec(base_model=tiny, rate=2.0, compressor=CompressorSpec(name=compressor, options=options),
                            decoder=DecoderSpec(model=tiny))).save_pretrained(folder)  # fmt: skip
    return folder


def test_a_rate_that_is_not_met_is_said(trained, tmp_path, texts):
    made = saved(tmp_path / "sentences", "truncate", unit="sentence")
    (texts / "two.txt").write_text(f"{LEFT} {BOAT}")
    code, out, err = run("compress", made, texts / "two.txt", "--out", texts / "m", "--json")
    (row,) = map(json.loads, out.splitlines())
    assert code == 0 and row["rate_asked"] == 2.0 and row["rate"] > 2.0 and row["note"] is None
    assert f"asked for 2 tokens a slot, given {row['rate']:.2f}: 1 of 1 document with fewer slots than asked for" in err
    err = run("compress", saved(tmp_path / "all", "identity"), texts / "two.jsonl", "--out", texts / "m")[2]
    assert "asked for 2 tokens a slot, given 1.00: 2 of 2 documents with more slots" in err
    assert "asked for" not in run("compress", trained, texts / "two.jsonl", "--out", texts / "m")[2]


def test_notes_are_kept_and_said_whatever_the_batches(tmp_path, texts, monkeypatch):
    from tellback.compressors.truncate import Truncate

    made, shorten = saved(tmp_path / "noting", "truncate"), Truncate.shorten

    def noting(self, given, budgets, queries):
        self._notes |= {task: "the summary was cut" for task in zip(given, budgets, queries, strict=True) if "Tom" in task[0]}
        return shorten(self, given, budgets, queries)

    monkeypatch.setattr(Truncate, "shorten", noting)
    for order in ([BOAT, LEFT], [LEFT, BOAT], [LEFT, LEFT]):
        (texts / "in.jsonl").write_text("".join(json.dumps({"text": t}) + "\n" for t in order))
        notes = ["the summary was cut" if text == LEFT else None for text in order]
        for size in (1, 2):
            code, out, err = run("compress", made, texts / "in.jsonl", "--out", texts / "m", "--json", "--batch-size", size)
            assert code == 0 and [json.loads(line)["note"] for line in out.splitlines()] == notes
            assert f"document {notes.index('the summary was cut')}: the summary was cut" in err
        told = [json.loads(line) for line in run("tell-back", made, texts / "m", "--json")[1].splitlines()]
        assert [row["note"] for row in told] == notes  # they stand in the file


def test_a_question_is_the_query_of_a_text_that_is_compressed_for_it(tmp_path, texts, monkeypatch):
    from tellback.compressors.truncate import Truncate

    seen, made, shorten = [], saved(tmp_path / "asked", "truncate"), Truncate.shorten

    def seeing(self, given, budgets, queries):
        seen.extend(queries)
        return shorten(self, given, budgets, queries)

    monkeypatch.setattr(Truncate, "shorten", seeing)
    assert run("ask", made, texts / "two.jsonl", ASKED)[0] == 0 and seen == [ASKED, ASKED]
    assert run("ask", made, texts / "boat.txt", ASKED, "Who ?")[0] == 0 and seen[2:] == [f"{ASKED} Who ?"]
    assert run("tell-back", made, texts / "boat.txt")[0] == 0 and seen[3:] == [None]


def test_a_long_training_document_is_named_and_can_be_left_out(saved_models, tmp_path):
    own = tmp_path / "own.jsonl"
    rows = [f"Mira owns {i} boats." for i in range(20)]
    rows[3] = "Tom wrote it all down. " + "On and on. " * 50
    rows[19] = "Ana held it out. " + "On and on. " * 50
    own.write_text("".join(json.dumps({"text": text}) + "\n" for text in rows))
    train = ["train", "--compressor", "memory_tokens", "--base", saved_models["llama"], "--corpus", own, "--steps", 5,
             "--batch-size", 4, "--train-decoder", "frozen", "--out", tmp_path / "x"]  # fmt: skip
    code, _, err = run(*train)
    assert code == 2 and "training document 3 («Tom wrote it all down." in err and "skip_longer=true" in err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["own.jsonl"]
    code, _, err = run(*train, "--set", "skip_longer=true")
    assert code == 0 and "left out 1 of 16 training documents" in err
    rows[3] = rows[4]
    own.write_text("".join(json.dumps({"text": text}) + "\n" for text in rows))
    code, _, err = run(*train[:-1], tmp_path / "y")
    assert code == 2 and "held-out document 3 («Ana held it out." in err


def test_copying_beforehand_is_said(saved_models, tmp_path):
    assert "--set copy_steps=0" in " ".join(run("train", "--help")[1].replace("│", " ").split())
    own = tmp_path / "own.txt"
    own.write_text("\n\n".join(f"Mira owns {i} boats." for i in range(20)))
    train = ["train", "--compressor", "memory_tokens", "--base", saved_models["llama"], "--corpus", own, "--steps", 5,
             "--batch-size", 4]  # fmt: skip
    code, _, err = run(*train, "--set", "copy_steps=3", "--out", tmp_path / "x")
    assert code == 0 and "so 3 steps of copying come first (copy_steps=0: none)" in err
    assert re.search(r"copying step 1/3 .* then 5 steps \(copy_steps=0 leaves the copying out\)", err)
    code, _, err = run(*train, "--set", "copy_steps=0", "--out", tmp_path / "y")
    assert code == 0 and "copying" not in err


def test_a_training_into_a_place_that_cannot_be_is_refused(tmp_path, monkeypatch):
    (tmp_path / "docs.txt").write_text("mine")
    code, _, err = run(*TRAIN, "--out", tmp_path / "docs.txt" / "x")
    assert code == 2 and "docs.txt is a file" in err
    monkeypatch.chdir(tmp_path)
    code, _, err = run(*TRAIN, "--out", ".")
    assert code == 2 and "is the current folder" in err
    assert [p.name for p in tmp_path.iterdir()] == ["docs.txt"]


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    folder = tmp_path_factory.mktemp("use") / "other"
    assert run(*TRAIN, "--seed", 1, "--out", folder)[0] == 0
    return folder


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--compressor", "poolling"], "Did you mean 'pooling'"),
        (["--base", "tinny"], "Did you mean 'tiny'"),
        (["--corpus", "pokcet"], "Did you mean 'pocket'"),
        (["--rate", "0.5"], "at least 1, got 0.5"),
        (["--rates", "2,x"], "numbers with commas"),
        (["--option", "poool=mean"], "Did you mean 'pool'"),
        (["--option", "pool"], "takes NAME=VALUE"),
        (["--set", "stepss=3"], "Did you mean 'steps'"),
        (["--objective", "autoencod=1"], "Did you mean 'autoencode'"),
        (["--train-decoder", "half"], "'full', 'lora' or 'frozen'"),
        (["--option", "pool=concat", "--rates", "2,4"], "built for rate 2"),
    ],
)
def test_a_training_that_cannot_be_is_refused_before_it_begins(tmp_path, more, says):
    code, out, err = run(*TRAIN, "--out", tmp_path / "x", *more)
    assert (code, out) == (2, "") and says in err
    assert list(tmp_path.iterdir()) == []


def tellback_process(*arguments, **kwargs):
    return subprocess.Popen([sys.executable, "-m", "tellback", *map(str, arguments)], text=True, **kwargs)


@pytest.mark.slow
def test_ctrl_c_and_the_same_command_again(tmp_path):
    long = [*TRAIN, "--set", "checkpoint_seconds=0.1", "--steps", "400"]
    process = tellback_process(
        *long, "--out", tmp_path / "x", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not (tmp_path / "x.training" / "checkpoint.safetensors").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130 and "The same command goes on" in error and "Traceback" not in error
    assert not (tmp_path / "x").exists()
    assert run(*long, "--out", tmp_path / "x")[0] == 0
    assert run(*long, "--out", tmp_path / "straight")[0] == 0
    weights = [(tmp_path / name / "weights.safetensors").read_bytes() for name in ("x", "straight")]
    assert weights[0] == weights[1]


@pytest.mark.parametrize("command", ["train", "compress", "tell-back", "ask"])
def test_help_imports_no_torch(command):
    probe = (
        "import sys\nfrom typer.testing import CliRunner\nfrom tellback.cli import app\n"
        f"done = CliRunner().invoke(app, ['{command}', '--help'])\n"
        "sys.exit(done.exit_code or ('torch' in sys.modules or 'transformers' in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", probe], env=os.environ).returncode == 0
