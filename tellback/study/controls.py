"""The controls that a study must pass before it may conclude anything. Pure: results in, judgements out.

A control is {"control", "setup", "set", "expected", "got", "low", "high", "n", "holds"}; what was not measured has
holds None, says so in "expected", and blocks a conclusion like a control that fails. Shares are judged by their value;
the interval stands beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from tellback.analysis.statistics import wilson
from tellback.methods import Role, role_of
from tellback.metrics import drift

Result = Mapping[str, Any]  # a setup's result.json
Control = dict[str, Any]

IDENTITY_KEEPS = 0.98
BELIEF_SLACK = 0.1  # no_memory may answer its belief this much more seldom than the corpus states it
NO_MEMORY_KEEPS = 0.02
SHUFFLED_KEEPS = 0.05
LOWEST_RATE_KEEPS = 0.90
FACTS_A_KIND = 50  # below that a kind's share says too little
BELIEF_MATCH = 0.02
NEEDS_TRAINING = ("lowest_rate", "belief_matched", "converged")
ASKS = ("qa_i", "qa_ii")


def judge_controls(results: Sequence[Result], corpus_settings: Mapping[str, Any]) -> list[Control]:
    """Every control that applies to these results, in a fixed order.

    `corpus_settings` may hold "options" {kind: number of options} and "belief_strength" (how often the corpus states
    the usual value). With no trained compressor among the results, the controls on rate, belief and convergence do
    not apply and are left out, and of the others those that were not measured on `no_memory` or shuffled memories.
    """
    by_role: dict[Role, list[Result]] = defaultdict(list)
    for result in results:
        by_role[role_of(result["row"]["compressor"])].append(result)
    ceiling, floor, compared = by_role[Role.CEILING], by_role[Role.FLOOR], by_role[Role.METHOD]
    untrained = {r["row"]["compressor"] for r in compared if r["row"]["status"] != "failed" and not _was_trained(r)}
    trained = [r for r in compared if r["row"]["compressor"] not in untrained]

    judged = _identity(ceiling) + _no_memory(floor, corpus_settings) + _shuffled(compared) + _tells(ceiling)
    if trained:
        return judged + _lowest_rate(trained) + _belief_matched(trained) + _converged(trained)
    return [c for c in judged if c["holds"] is not None or c["control"] in ("identity", "reader_tells")]


def conclusion(controls: Sequence[Control]) -> tuple[bool, str]:
    """(may the study conclude?, one or two sentences that say why, or what it may speak about)."""
    if not controls:
        return False, "Nothing can be concluded: no control was measured."
    silent = [c["set"] for c in controls if c["control"] == "reader_tells" and not c["holds"]]
    controls = [c for c in controls if c["control"] != "reader_tells" or c["holds"]]
    failed = [c for c in controls if c["holds"] is False]
    absent = [c for c in controls if c["holds"] is None]
    if failed or absent:
        why = [_complaint(c) for c in [*failed, *absent]]
        more = f"; and {len(why) - 6} more" if len(why) > 6 else ""
        return False, f"Nothing can be concluded: {'; '.join(why[:6])}{more}."
    words = f"All {len(controls)} controls hold."
    if not any(c["control"] in NEEDS_TRAINING for c in controls):
        words += (
            " No compressor was trained here: the figures say which facts these compressors kept, and nothing about"
            " the size of a compressor."
        )
    if silent:
        words += f" Of {', '.join(silent)} nothing can be said: with the source its reader is no more often right than without."
    return True, words


# -- one function a control ---------------------------------------------------------------------------------------


def _identity(results: Sequence[Result]) -> list[Control]:
    expected = f"keeps at least {IDENTITY_KEEPS:.0%} of the facts"
    if not results:
        return [_control("identity", expected=f"{expected}: no identity setup in these results")]
    return [
        _share("identity", r, name, ASKS, expected, lambda got: got >= IDENTITY_KEEPS)
        for r in results
        for name in [n for n in _sets(r) if n not in _by_options(r)] or [None]
    ]


def _tells(results: Sequence[Result]) -> list[Control]:
    """Where a reader must choose an option it is never at 0: with the source it must be right more often than with the
    source of another document, or what it says of that set means nothing. It speaks of its set alone."""
    out = []
    for r in results:
        for name in (n for n in _sets(r) if n in _by_options(r)):
            floor = [cell for ask in ASKS if (cell := (r["row"].get(ask) or {}).get(f"{name}@shuffled")) and cell["n"]]
            if not floor:
                out.append(_control("reader_tells", r["row"]["setup"], name, "right more often than with another source"))
                continue
            bar = sum(c["faithful"] * c["n"] for c in floor) / sum(c["n"] for c in floor)
            expected = f"with the source its reader is right more often than with another's ({bar:.2f}): the interval lies above"
            control = _share("reader_tells", r, name, ASKS, expected, None)
            out.append(control | {"holds": control["low"] is not None and control["low"] > bar})
    return out


def _by_options(result: Result) -> Sequence[str]:
    """Sets that a reader of options reads, which always says one of them."""
    return (result["details"].get("corpus") or {}).get("by_options", ())


def _no_memory(results: Sequence[Result], settings: Mapping[str, Any]) -> list[Control]:
    """Answers its belief where documents agree with it, chance at best where they conflict; tells nothing back."""
    if not results:
        return [_control("no_memory", expected="answers its belief: no no_memory setup in these results")]
    out = []
    for r in results:
        for name in _sets(r, ("qa_i",)):
            if name.endswith("-agree"):
                strength = settings.get("belief_strength")
                bar = None if strength is None else strength - BELIEF_SLACK
                limit = "about the belief's strength, which the corpus does not state" if bar is None else f"{bar:.0%}"
                expected = f"answers its belief: right in at least {limit}, where documents agree with it"
                out.append(_share("no_memory", r, name, ("qa_i",), expected, _at_least(bar)))
            if name.endswith("-conflict"):
                bar = _chance(r, name, settings.get("options") or {})
                limit = "1/k, of which the corpus does not state k" if bar is None else f"{bar:.1%} (1/k)"
                expected = f"answers its belief: right in at most {limit}, where documents conflict with it"
                out.append(_share("no_memory", r, name, ("qa_i",), expected, _at_most(bar)))
        told = [f"{name}@told" for name in _sets(r)] or [None]
        expected = f"told-back text keeps at most {NO_MEMORY_KEEPS:.0%} of the facts"
        out += [_share("no_memory", r, name, ASKS, expected, _at_most(NO_MEMORY_KEEPS)) for name in told]
    return out


def _shuffled(results: Sequence[Result]) -> list[Control]:
    """The memory of another document must keep next to nothing of this one."""
    expected = f"another document's memory keeps at most {SHUFFLED_KEEPS:.0%} of the facts"
    out = []
    for r in results:
        if r["row"]["status"] == "failed":
            continue
        names = [name for name in _sets(r, readings=True) if name.endswith("@shuffled")] or ["@shuffled"]
        names = [name for name in names if name.removesuffix("@shuffled") not in _by_options(r)]
        out += [_share("shuffled", r, name, ASKS, expected, _at_most(SHUFFLED_KEEPS)) for name in names]
    return out


def _lowest_rate(trained: Sequence[Result]) -> list[Control]:
    """At the lowest rate every size recovers the conflicting facts of every kind; seeds are pooled. A kind of which too few
    were asked shows nothing."""
    rate, lowest = _at_lowest_rate(trained)
    expected = f"at {rate:g}x it recovers at least {LOWEST_RATE_KEEPS:.0%} of the conflicting facts of each kind"
    pooled: dict[str, dict[tuple[str, str], list[float]]] = defaultdict(lambda: defaultdict(lambda: [0.0, 0]))
    for r in lowest:
        for name, kinds in (r["details"].get("qa_by_kind") or {}).items():
            for kind, counts in kinds.items() if name.endswith("-conflict") else ():
                if counts["n"]:
                    cell = pooled[f"{r['row']['compressor']} {r['row']['base_model']}"][name, kind]
                    cell[0] += counts["faithful"] * counts["n"]
                    cell[1] += counts["n"]
    if not pooled:
        return [_control("lowest_rate", expected=f"{expected}: no verdicts on conflicting facts at {rate:g}x")]
    out = []
    for size, cells in pooled.items():
        (name, kind), (k, n) = min(cells.items(), key=lambda item: item[1][0] / item[1][1])
        low, high = wilson(k, n)
        words = f"{expected} (its weakest: {kind})"
        few = {kind: int(n) for (_, kind), (_, n) in cells.items() if n < FACTS_A_KIND}
        if few:
            asked = ", ".join(f"{kind} {n}" for kind, n in few.items())
            words += f"; asked too seldom to say, {FACTS_A_KIND} are needed: {asked}"
        enough = None if few and k / n >= LOWEST_RATE_KEEPS else k / n >= LOWEST_RATE_KEEPS
        out.append(_control("lowest_rate", size, name, words, k / n, low, high, int(n), enough))
    return out


def _belief_matched(trained: Sequence[Result]) -> list[Control]:
    """All sizes believe the usual values equally strongly, else size is confounded with belief."""
    believed: dict[str, list[float | None]] = defaultdict(list)
    for r in trained:
        measured = ((r["row"].get("belief") or {}).get("compressor_base") or {}).get("mean_probability")
        believed[r["row"]["base_model"]].append(measured)
    if len(believed) < 2:
        return []  # one size: nothing to match
    expected = f"mean probability of the believed value within {BELIEF_MATCH:g} across sizes"
    known = {size: [p for p in values if p is not None] for size, values in believed.items()}
    missing = [size for size, values in known.items() if not values]
    if missing:
        return [_control("belief_matched", expected=f"{expected}: not measured for {', '.join(missing)}")]
    means = {size: sum(values) / len(values) for size, values in known.items()}
    spread = round(max(means.values()) - min(means.values()), 12)  # 0.92 - 0.90 is 0.02, not a rounding more
    expected += f" ({', '.join(f'{size} {mean:.3f}' for size, mean in means.items())})"
    return [_control("belief_matched", expected=expected, got=spread, n=len(means), holds=spread <= BELIEF_MATCH)]


def _converged(trained: Sequence[Result]) -> list[Control]:
    """At the lowest rate every setup has stopped improving, with no kind of fact at its chance or belief plateau."""
    rate, lowest = _at_lowest_rate(trained)
    out = []
    for r in lowest:
        expected = f"at {rate:g}x the loss has stopped falling and no kind of fact sits at its plateau"
        gate = r["details"].get("gate")
        if gate is None:
            why = r["details"].get("error") or "no convergence gate in its result"
            out.append(_control("converged", r["row"]["setup"], expected=f"{expected}: {why}"))
            continue
        lost = [*dict.fromkeys([*(gate.get("plateau_kinds") or []), *(gate.get("lost_kinds") or [])])]
        holds = not gate["undertrained"] and not lost
        if not holds:
            reasons = [gate["why"].rstrip(".")] if gate.get("why") else []
            reasons += [f"at their plateau: {', '.join(lost)}"] if lost else []
            expected += f" ({'; '.join(reasons)})"
        out.append(_control("converged", r["row"]["setup"], expected=expected, got=gate.get("fall"), holds=holds))
    return out


# -- shared ------------------------------------------------------------------------------------------------------

def _control(control: str, setup: str | None = None, set: str | None = None, expected: str = "", got: float | None = None,
             low: float | None = None, high: float | None = None, n: int | None = None,
             holds: bool | None = None) -> Control:  # fmt: skip
    return {"control": control, "setup": setup, "set": set, "expected": expected, "got": got, "low": low, "high": high,
            "n": n, "holds": holds}  # fmt: skip


def _share(control: str, result: Result, name: str | None, asks: Sequence[str], expected: str, holds: Any) -> Control:
    """A control on the faithful share of one set, `asks` pooled; `holds` None: the bar itself is not known."""
    row = result["row"]
    cells = [cell for ask in asks if (cell := (row.get(ask) or {}).get(name)) and cell["n"]]
    if not cells:
        why = result["details"].get("error") or "not measured"
        return _control(control, row["setup"], name, f"{expected}: {why}")
    n = sum(cell["n"] for cell in cells)
    got = sum(cell["faithful"] * cell["n"] for cell in cells) / n
    low, high = (cells[0]["low"]["faithful"], cells[0]["high"]["faithful"]) if len(cells) == 1 else wilson(got * n, n)
    verdict = None if holds is None else bool(holds(round(got, 12)))
    return _control(control, row["setup"], name, expected, got, low, high, n, verdict)


def _sets(result: Result, asks: Sequence[str] = ASKS, readings: bool = False) -> list[str]:
    """Names of the sets that the result has counts for; plain names, or with `readings` the "SET@reading" ones."""
    names = dict.fromkeys(name for ask in asks for name in result["row"].get(ask) or {})
    return [name for name in names if ("@" in name) == readings]


def _chance(result: Result, name: str, options: Mapping[str, int]) -> float | None:
    """Mean of 1/k over the set's QA(i) probes by kind; None when no k is known."""
    kinds = (result["details"].get("qa_by_kind") or {}).get(name) or {}
    n = {kind: counts["n"] for kind, counts in kinds.items() if kind not in drift.KINDS and kind in options}
    return sum(n[kind] / options[kind] for kind in n) / total if (total := sum(n.values())) else None


def _at_lowest_rate(trained: Sequence[Result]) -> tuple[float, list[Result]]:
    rate = min(r["row"]["rate"] for r in trained)
    return rate, [r for r in trained if r["row"]["rate"] == rate]


def _was_trained(result: Result) -> bool:
    return result["details"].get("gate") is not None or bool(result["row"].get("train_tokens"))


def _at_least(bar: float | None) -> Any:
    return None if bar is None else lambda got: got >= bar


def _at_most(bar: float | None) -> Any:
    return None if bar is None else lambda got: got <= bar


def _complaint(control: Control) -> str:
    """«identity on pocket-agree, 0.910: expected …»."""
    where = " on ".join(str(part) for part in (control["setup"] or control["control"], control["set"]) if part)
    got = "not measured" if control["got"] is None else f"{control['got']:.3g}"
    return f"{control['control']} ({where}): {got}; expected: {control['expected']}"
