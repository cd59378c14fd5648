// The documents of a setup as a list of any length, and one of them: its source beside what several setups told back.
tb.documents = (() => {
  "use strict";
  const { el, percent } = tb;
  const $ = (id) => document.getElementById(id);
  const ROW = 52;
  const found = new Map(); // set -> its documents, unpacked
  let all = null, go = null, now = {}, chosen = null, set = null, shown = [], at = -1, wired = false, asked = 0;

  const sets = () => [...document.querySelectorAll("script[data-documents]")].map((n) => n.dataset.documents);
  async function load(name) {
    if (!found.has(name)) {
      const piece = await tb.data(`documents-${sets().indexOf(name)}`);
      if (piece) piece.words = piece.ids.map((id, d) => [id, piece.sources[d], ...piece.told[d].filter((t) => t), ...piece.facts[d].flatMap((f) => [f[0], f[2], f[3], f[4] || ""])].join("\n").toLowerCase());
      found.set(name, piece);
    }
    return found.get(name);
  }
  const column = () => set.setups.indexOf(all.setups.indexOf(chosen));
  const outcome = (read) => read ? all.outcomes[read[0]] : null;
  const told = (d, k) => set.told[d][k] === null ? set.sources[d] : set.told[d][k] === 0 ? null : set.told[d][k];

  async function show(overview, setup, address, leave) {
    [all, chosen, go, now] = [overview, setup, leave, address];
    const own = ++asked;
    $("documents").hidden = !chosen;
    if (!chosen) return;
    wire();
    const names = sets();
    const name = names.includes(now.set) ? now.set : names.find((n) => n === all.first) || names[0];
    $("d-none").hidden = true;
    if (!name) return none("No told-back texts are in this page.");
    $("documents").setAttribute("aria-busy", "true");
    const loaded = await load(name);
    if (own !== asked) return; // something else was asked for while this one was unpacked
    $("documents").setAttribute("aria-busy", "false");
    set = loaded;
    $("d-set").value = name;
    if (column() < 0) { $("d-list").replaceChildren(); $("d-view").replaceChildren(); return none(`${chosen.name} told nothing back of ${name}.`); }
    const kept = document.querySelector(`script[data-documents="${CSS.escape(name)}"]`).dataset;
    $("d-cut").textContent = kept.kept === kept.of ? "" : `This page holds the first ${kept.kept} of ${kept.of} documents of the set; the study's folder holds all.`;
    filter();
    const d = set.ids.indexOf(now.doc);
    at = shown.indexOf(d);
    if (d >= 0) view(d); else $("d-view").replaceChildren(el("p", { class: "note" }, "Choose a document: its source and what was told back of it stand here side by side."));
    list(at >= 0);
  }
  function none(words) { $("d-none").hidden = false; $("d-none").textContent = tb.visible(words); }

  function wire() {
    if (wired) return;
    wired = true;
    for (const name of sets()) $("d-set").append(el("option", { value: name }, name));
    for (const o of all.outcomes) $("d-outcome").append(el("option", { value: o }, `with ${o}`));
    $("d-set").addEventListener("change", () => go({ set: $("d-set").value, doc: null, fact: null }));
    $("d-outcome").addEventListener("change", () => { filter(); list(true); });
    $("d-search").addEventListener("input", () => { filter(); list(true); });
    $("d-list").addEventListener("scroll", () => list(false), { passive: true });
    $("d-list").addEventListener("keydown", (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -1e9, End: 1e9 }[event.key];
      if (!by || !shown.length) return;
      event.preventDefault();
      open(shown[Math.min(shown.length - 1, Math.max(0, at + by))]);
    });
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
      if (event.key === "/") { event.preventDefault(); $("d-search").focus(); }
      else if (event.key === "j" || event.key === "k") { if (shown.length) open(shown[Math.min(shown.length - 1, Math.max(0, at + (event.key === "j" ? 1 : -1)))]); }
    });
  }

  function filter() {
    const words = $("d-search").value.trim().toLowerCase(), kind = $("d-outcome").value, k = column();
    shown = [];
    for (let d = 0; d < set.ids.length; d++) {
      if (words && !set.words[d].includes(words)) continue;
      const reads = set.read[d][k];
      if (kind === "lost" ? !reads.some((r) => r && outcome(r) !== "faithful") : kind && !reads.some((r) => r && outcome(r) === kind)) continue;
      shown.push(d);
    }
    $("d-count").textContent = `${shown.length.toLocaleString("en")} of ${set.ids.length.toLocaleString("en")} documents`;
  }

  // Only the rows in sight are there.
  function list(jump) {
    const box = $("d-list"), k = column();
    if (jump) { const top = Math.max(0, at) * ROW; if (top < box.scrollTop || top > box.scrollTop + box.clientHeight - ROW) box.scrollTop = Math.max(0, top - 2 * ROW); }
    const first = Math.max(0, Math.floor(box.scrollTop / ROW) - 4), last = Math.min(shown.length, first + Math.ceil(box.clientHeight / ROW) + 8);
    const space = el("div", { class: "space", role: "presentation" });
    space.style.height = `${shown.length * ROW}px`;
    box.style.maxHeight = `${Math.max(2, shown.length) * ROW + 2}px`;
    for (let i = first; i < last; i++) {
      const d = shown[i], reads = set.read[d][k];
      const row = el("div", { role: "option", id: `d-row-${d}`, class: "row", "aria-selected": i === at ? "true" : "false", "aria-setsize": shown.length, "aria-posinset": i + 1, onclick: () => open(d) },
        el("span", { class: "squares" }, ...reads.map((r) => r ? el("b", { class: `t-${outcome(r)}` }, outcome(r)[0]) : null)), el("span", { class: "id" }, set.ids[d]), el("span", { class: "snippet" }, set.sources[d].slice(0, 140)));
      row.style.top = `${i * ROW}px`;
      space.append(row);
    }
    box.replaceChildren(space);
    if (at >= 0 && at >= first && at < last) box.setAttribute("aria-activedescendant", `d-row-${shown[at]}`); else box.removeAttribute("aria-activedescendant");
  }
  function open(d) { at = shown.indexOf(d); go({ set: $("d-set").value, doc: set.ids[d], fact: null }); }

  // Which setups stand beside each other: those in the address, else the smallest and the largest of the same rate, series and seed.
  function beside() {
    const mine = all.setups.indexOf(chosen);
    let others = (now.with || "").split(",").map((n) => all.setups.findIndex((s) => s.name === n)).filter((i) => i >= 0);
    if (now.with === undefined && !chosen.control) {
      const alike = set.setups.filter((i) => { const s = all.setups[i]; return s.rate === chosen.rate && s.series === chosen.series && s.seed === chosen.seed && s.size !== null; }).sort((a, b) => all.setups[a].size - all.setups[b].size);
      others = alike.length > 1 ? [alike[0], alike[alike.length - 1]] : [];
    }
    const list = [...new Set([...others, mine])].filter((i) => set.setups.includes(i));
    return list.sort((a, b) => (all.setups[a].size || 0) - (all.setups[b].size || 0) || a - b);
  }

  function view(d) {
    const columns = beside(), facts = set.facts[d];
    const reads = columns.map((i) => set.read[d][set.setups.indexOf(i)]);
    const title = (n) => `fact ${n + 1}, ${facts[n][0]}`;
    const marks = facts.map((f, n) => ({ n, start: f[5], end: f[6], outcomes: reads.map((r) => outcome(r[n])).filter(Boolean), title: title(n) }));
    const rest = set.setups.filter((i) => !columns.includes(i));
    const setWith = (list) => go({ with: list.filter((i) => all.setups[i] !== chosen).map((i) => all.setups[i].name).join(",") || "-" });
    const add = el("select", { "aria-label": "another setup beside", onchange: () => add.value && setWith([...columns, +add.value]) }, el("option", { value: "" }, "beside: add a setup…"), ...rest.map((i) => el("option", { value: i }, all.setups[i].name)));
    const texts = [tb.texts.column("source", "", set.sources[d], marks)];
    columns.forEach((i, c) => {
      const s = all.setups[i], text = told(d, set.setups.indexOf(i));
      const close = s === chosen ? null : el("button", { class: "close", "aria-label": `without ${s.name}`, onclick: () => setWith(columns.filter((j) => j !== i)) }, "×");
      texts.push(tb.texts.column(`${s.control ? s.method : s.size_name} · ${s.rate_name}`, s.name, text === null ? "" : text,
        reads[c].map((r, n) => r && { n, start: r[2], end: r[3], outcomes: [outcome(r)], title: `${title(n)}: ${outcome(r)}` }).filter(Boolean), close));
    });
    const box = el("div", { class: "texts" }, ...texts), about = el("div", { class: "about", "aria-live": "polite" });
    const choose = tb.texts.wire(box, facts.length, (n) => { about.replaceChildren(...(n === null ? [hint()] : explain(n, facts, reads, columns))); const hash = new URLSearchParams(location.hash.slice(1)); if (n === null) hash.delete("fact"); else hash.set("fact", n + 1); history.replaceState(null, "", `#${hash}`); });
    $("d-view").replaceChildren(el("div", { class: "head" }, el("h3", {}, "Document ", el("bdi", {}, set.ids[d])), add), about, box, table(facts, reads, columns, choose));
    about.append(hint());
    tb.fit($("d-view"));
    if (now.fact && facts[now.fact - 1]) choose(now.fact - 1);
  }
  const hint = () => el("p", { class: "note" }, "Choose a fact in any text: its counterparts come into view. ", ...["n", "p", "j", "k", "/"].flatMap((k, i) => [el("kbd", {}, k), [" next fact, ", " the one before, ", " next document, ", " the one before, ", " search."][i]]));

  function belief(f, i) {
    if (f[4] === null) return "none";
    const p = (all.setups[i].believer || {})[f[0]];
    return p === undefined || p === null ? f[4] : `${f[4]} (${percent(p)} sure)`;
  }
  function explain(n, facts, reads, columns) {
    const f = facts[n];
    const same = f[4] !== null && f[4] === f[3];
    return [el("p", {}, el("b", {}, `${n + 1}. ${f[2]}`)), el("p", {}, "source: ", el("bdi", {}, f[3]), " · ", same ? "which is what the model believes" : f[4] === null ? "no belief is known" : `belief: ${belief(f, columns[columns.length - 1])}`),
      ...columns.map((i, c) => { const r = reads[c][n]; return el("p", {}, `${all.setups[i].control ? all.setups[i].method : all.setups[i].size_name}: `, r ? el("b", { class: `tag o-${outcome(r)}` }, outcome(r)) : "not asked", r && r[1] !== null ? " says " : "", r && r[1] !== null ? el("bdi", {}, r[1]) : null); })];
  }
  function table(facts, reads, columns, choose) {
    const head = ["", "kind", "question", "source", "belief (confidence)", ...columns.map((i) => all.setups[i].control ? all.setups[i].method : `${all.setups[i].size_name} ${all.setups[i].rate_name}`)];
    const label = (n, node) => { node.dataset.label = head[n]; return node; };
    return el("table", { class: `cards facts-table k${5 + columns.length}` }, el("caption", { class: "unseen" }, "Facts of this document"), el("thead", {}, el("tr", {}, ...head.map((h) => el("th", { scope: "col" }, h || "fact")))),
      el("tbody", {}, ...facts.map((f, n) => el("tr", { "data-fact": n }, label(0, el("td", {}, el("button", { onclick: () => choose(n), "aria-label": `show fact ${n + 1}` }, n + 1))), label(1, el("td", {}, f[0])), label(2, el("td", {}, el("bdi", {}, f[2]))), label(3, el("td", {}, el("bdi", {}, f[3]))), label(4, el("td", {}, el("bdi", {}, belief(f, columns[columns.length - 1])))),
        ...columns.map((i, c) => { const r = reads[c][n]; return label(5 + c, el("td", {}, r ? el("b", { class: `tag o-${outcome(r)}` }, outcome(r)) : "–", r && r[1] !== null && outcome(r) !== "faithful" ? el("bdi", {}, ` ${r[1]}`) : null)); })))));
  }
  return { show };
})();
