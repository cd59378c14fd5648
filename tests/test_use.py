"""Three lines of Python, and the same on the command line, on a setup that was trained for five steps."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

import tellback
from tellback.cli import app
from tellback.compressors.memory import load_memory
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
    [([BOAT], 0, "at least 1, got 0"), ([BOAT], -2, "at least 1, got -2"), ([BOAT], float("nan"), "got nan"),
     ([BOAT, LEFT], 5.5, "document 1 has 5 tokens.*at most 5"), ([], None, "no document"), ([BOAT, ""], None, "document 1 of 2 is empty"),
     ([BOAT * 200], None, "document 0 is too long")],
)  # fmt: skip
def test_bad_documents_and_rates_are_refused(setup, documents, rate, says):
    with pytest.raises(UsageError, match=says):
        setup.compress(documents, rate=rate)


def test_a_setup_is_found_by_what_its_name_begins_with(tmp_path):
    from tellback.config import read_study
    from tellback.store import StudyFolder
    from tellback.study.grid import setups
    from tellback.study.setup import load_reader, run_setup

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
        (["compress", "{mine}", "{tmp}/boat.txt", "--rate", "0", "--out", "{tmp}/m"], "at least 1, got 0"),
        (["compress", "{mine}", "{tmp}/boat.txt", "--rate", "-3", "--out", "{tmp}/m"], "at least 1, got -3"),
        (["compress", "{mine}", "{tmp}/boat.txt", "--rate", "99", "--out", "{tmp}/m"], "Ask for a rate of at most 6"),
        (["compress", "{mine}", "{tmp}/boat.txt", "--out", "{tmp}/no/m"], "there is no folder"),
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
