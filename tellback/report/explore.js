// The state of the page: what is filtered and chosen, kept in its address, so that every view has a link.
(async () => {
  "use strict";
  const { el, percent, visible } = tb;
  const $ = (id) => document.getElementById(id);
  const all = await tb.data("overview");
  if (!all || !all.setups.length) return;
  const number = (x, digits = 3) => x === null || x === undefined ? "–" : x.toFixed(digits);
  const byName = new Map(all.setups.map((s, i) => [s.name, i]));
  const wanted = { rates: new Set(all.lines.map((l) => l.rate)), series: new Set(all.lines.map((l) => l.series)), seeds: null, set: all.sets.find(([n, a]) => n === all.first && a === "qa_i") || all.sets[0] || ["", "qa_i"] };
  let chosen = null, hits = [];

  tb.setupLines = (s) => {
    const counts = s[wanted.set[1]][wanted.set[0]];
    const ends = counts && counts.ends[0] !== null ? ` [${Math.round(100 * counts.ends[0])}, ${Math.round(100 * counts.ends[1])}]` : "";
    return [el("b", {}, s.name), el("br"), `${s.series} · ${s.size_name} · ${s.rate_name} · seed ${s.seed}`, el("br"),
      counts ? `kept ${percent(counts.shares[0])}${ends} of ${counts.n} in ${wanted.set[0]}` : `not asked in ${wanted.set[0]}`, el("br"),
      `loss ${number(s.loss)}${s.status === "done" ? "" : ` · ${s.status}`}`];
  };

  // A setup, and with it the documents of the set that is drawn (those of «set@asked» are those of «set»).
  const choose = (name) => go({ setup: name, set: wanted.set[0].split("@")[0], doc: null, fact: null });

  function redraw() {
    hits = tb.plot.draw($("plot"), all, wanted, chosen, (setup) => choose(setup.name));
    $("plot-svg").disabled = !hits.length;
  }

  // A group of boxes; with one value there is nothing to choose.
  function boxes(id, values, label, change) {
    const box = $(id);
    box.hidden = values.length < 2;
    for (const value of values) {
      const input = el("input", { type: "checkbox", checked: true });
      input.addEventListener("change", () => change(value, input.checked));
      box.append(el("label", {}, input, ` ${label(value)}`), " ");
    }
  }

  function filters() {
    const seeds = [...new Set(all.lines.flatMap((l) => l.points.flatMap((p) => p.setups.map((i) => all.setups[i].seed))))].sort((a, b) => a - b);
    const toggle = (set) => (value, on) => { if (on) set.add(value); else set.delete(value); redraw(); };
    boxes("f-rates", [...wanted.rates], (r) => `${r}x`, toggle(wanted.rates));
    boxes("f-series", [...wanted.series], (s) => s, toggle(wanted.series));
    const own = new Set(seeds);
    boxes("f-seeds", seeds, (s) => s, (value, on) => { if (on) own.add(value); else own.delete(value); wanted.seeds = own.size === seeds.length ? null : own; redraw(); });
    all.sets.forEach(([name, asks], i) => $("f-set").append(el("option", { value: i, selected: wanted.set === all.sets[i] }, `${name} · ${asks === "qa_i" ? "QA(i)" : "QA(ii)"}`)));
    $("f-set").addEventListener("change", () => { wanted.set = all.sets[$("f-set").value]; redraw(); panel(); if (chosen) choose(chosen.name); });
    const groups = new Map();
    all.setups.forEach((s, i) => groups.set(s.control ? "controls" : s.rate_name, [...(groups.get(s.control ? "controls" : s.rate_name) || []), i]));
    for (const [name, members] of groups) $("f-setup").append(el("optgroup", { label: name }, ...members.map((i) => el("option", { value: all.setups[i].name }, all.setups[i].name))));
    $("f-setup").addEventListener("change", () => choose($("f-setup").value || null));
  }

  // What became of the facts of the chosen set, as a bar that says its numbers too.
  function panel() {
    const box = $("setup");
    box.hidden = !chosen;
    if (!chosen) return;
    const counts = chosen[wanted.set[1]][wanted.set[0]];
    const bar = el("div", { class: "bar", "aria-hidden": "true" }), words = el("p", { class: "legend" });
    if (counts) all.outcomes.forEach((o, i) => {
      if (!counts.shares[i]) return;
      const part = el("span", { class: `b-${o}` });
      part.style.width = percent(counts.shares[i], 2);
      bar.append(part);
      words.append(el("span", {}, el("b", { class: `t-${o}` }, o), ` ${percent(counts.shares[i])} `));
    });
    const figures = [["reconstruction loss", number(chosen.loss)], ["ROUGE-L", number(chosen.rouge, 2)], ["effective rank", number(chosen.rank, 1)], ["entropy, bits/token", number(chosen.bits)]];
    $("setup-words").replaceChildren(el("h3", {}, chosen.name, chosen.status === "done" ? null : el("em", { class: "tag late" }, chosen.status)),
      el("p", { class: "note" }, `${figures.filter(([, v]) => v !== "–").map(([k, v]) => `${k} ${v}`).join(" · ")}`),
      counts ? el("p", { class: "note" }, `${counts.n} facts of ${wanted.set[0]}, ${wanted.set[1] === "qa_i" ? "QA(i)" : "QA(ii)"}:`) : el("p", { class: "note" }, `It was not asked in ${wanted.set[0]}.`), bar, words);
  }

  // The address: #setup=NAME&set=SET&doc=ID&fact=N&with=NAME,NAME
  const read = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  function go(change) {
    const now = { ...(read().setup ? read() : {}), ...change };
    const hash = new URLSearchParams(Object.entries(now).filter(([, v]) => v !== null && v !== undefined && v !== "")).toString();
    if (location.hash.slice(1) !== hash) history.pushState(null, "", hash ? `#${hash}` : location.pathname + location.search);
    show(now);
  }
  async function show(now = read()) {
    const setup = byName.has(now.setup) ? all.setups[byName.get(now.setup)] : null;
    if (setup !== chosen) {
      chosen = setup;
      $("f-setup").value = chosen ? chosen.name : "";
      if ($("plot").querySelector("svg")) tb.plot.mark($("plot").querySelector("svg"), hits, chosen);
      panel();
    }
    await tb.documents.show(all, chosen, now, go);
  }
  // What a link leads to comes into view.
  async function follow() {
    await show();
    if (chosen) $(read().doc ? "documents" : "setup").scrollIntoView();
  }

  function csv() {
    const rows = [["setup", "series", "parameters", "rate", "seed", "status", "set", "asks", "n", "kept", "low", "high", "reconstruction_loss_nats_per_token"]];
    const quote = (v) => v === null || v === undefined ? "" : typeof v === "number" ? String(v) : `"${visible(v).replace(/^[=+\-@]/, "'$&").replaceAll('"', '""')}"`;
    const [set, asks] = wanted.set;
    for (const line of tb.plot.lines(all, wanted)) for (const p of line.points) for (const s of p.setups) {
      const c = s[asks][set] || { n: null, shares: [null], ends: [null, null] };
      rows.push([s.name, s.series, s.size, s.rate, s.seed, s.status, set, asks, c.n, c.shares[0], ...c.ends, s.loss]);
    }
    return rows.map((r) => r.map(quote).join(",")).join("\n") + "\n";
  }

  for (const node of document.querySelectorAll("[data-script]")) node.hidden = false;
  filters();
  redraw();
  $("plot-svg").addEventListener("click", () => tb.save("size-fidelity.svg", "image/svg+xml", tb.plot.svgText($("plot").querySelector("svg"))));
  $("plot-csv").addEventListener("click", () => tb.save("size-fidelity.csv", "text/csv", csv()));
  let width = $("plot").clientWidth;
  new ResizeObserver(() => { if ($("plot").clientWidth !== width) { width = $("plot").clientWidth; redraw(); } }).observe($("plot"));
  addEventListener("hashchange", () => { if (!location.hash || read().setup) follow(); });
  addEventListener("popstate", () => show());
  tb.ready = true;
  document.documentElement.dataset.ready = "1";
  if (read().setup) await follow();
})();
