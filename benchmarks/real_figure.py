"""The figure of docs/results-real.md: what is kept against how much of the words is."""

from __future__ import annotations

from benchmarks.real_results import Results


def drawing(r: Results) -> str:
    """Share kept against ROUGE-L: a panel a set, a colour a kind of fact, a shape a method."""
    import altair as alt
    import vl_convert

    points = []
    for row in r.compressed:
        for name in r.sets:
            x = r.overlap(row["setup"], [name], "rouge_l")[0]
            for what, sets, asks in (("QA(i)", [name], "qa_i"), ("values", [f"{name}-facts"], "qa_i"), ("relations", [f"{name}-facts"], "qa_ii")):
                (y, low, high), _ = r.share(row["setup"], sets, "told", asks, "faithful")
                if x is not None and y is not None:
                    points.append({"set": name, "x": x, "y": y, "low": low, "high": high, "kept": what, "method": row["compressor"]})
    base = alt.Chart(alt.Data(values=points)).encode(
        x=alt.X("x:Q", title="ROUGE-L with the source", scale=alt.Scale(domain=[0, 1])),
        color=alt.Color("kept:N", title="kept", sort=["QA(i)", "values", "relations"],
                        scale=alt.Scale(domain=["QA(i)", "values", "relations"], range=["#1b6ca8", "#2f8f5b", "#c2571a"])),
    )  # fmt: skip
    ends = base.mark_rule(opacity=0.45).encode(y=alt.Y("low:Q", title="share kept", scale=alt.Scale(domain=[0, 1])), y2="high:Q")
    marks = base.mark_point(filled=True, size=46).encode(y="y:Q", shape=alt.Shape("method:N", title="method"))
    equal = alt.Chart(alt.Data(values=[{"set": s, "x": v, "y": v} for s in r.sets for v in (0, 1)])).mark_line(
        color="#999999", strokeDash=[4, 4], strokeWidth=1).encode(x="x:Q", y="y:Q")  # fmt: skip
    panels = [
        alt.layer(*(c.transform_filter(f"datum.set == '{s}'") for c in (equal, ends, marks))).properties(width=250, height=210, title=s)
        for s in r.sets
    ]  # fmt: skip
    padding = {"left": 5, "right": 40, "top": 5, "bottom": 5}  # the legend's last words stand over its edge
    chart = alt.concat(*panels, columns=3).properties(padding=padding)
    chart = chart.configure(background="white", font="sans-serif").configure_view(stroke="#cccccc")
    return vl_convert.vegalite_to_svg(chart.to_json(), vl_version="6.4")

