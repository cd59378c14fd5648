// A compaction's findings, and from one of them to its places in both texts. The address holds what is chosen: #c=2&f=5
(async () => {
  "use strict";
  const { el } = tb;
  const $ = (id) => document.getElementById(id);
  const own = await tb.data("session");
  if (!own) return;
  const NEAR = 6000, MORE = 20000; // characters of the source that are shown around a finding, and with each further step
  const AT_ONCE = 100; // findings that are put into the list at a time
  let c = -1, f = null, shown = [], window_ = null, choose = null;

  const entry = () => own.entries[c];
  const has = () => entry().text !== null || entry().findings.some((x) => x.around);
  const said = (words) => words === null || words === undefined ? null : el("bdi", {}, words.length > 240 ? `«${words.slice(0, 240)}…»` : `«${words}»`);

  function go(change) {
    const now = { ...Object.fromEntries(new URLSearchParams(location.hash.slice(1))), ...change };
    const hash = new URLSearchParams(Object.entries(now).filter(([, v]) => v !== null && v !== undefined)).toString();
    history.pushState(null, "", `#${hash}`);
    read();
  }
  function read() {
    const now = new URLSearchParams(location.hash.slice(1));
    const next = Math.min(own.entries.length, Math.max(1, Number(now.get("c")) || 1)) - 1;
    if (next !== c) { c = next; compaction(); }
    const finding = Number(now.get("f")) - 1;
    pick(entry().findings[finding] ? finding : null);
  }

  function compaction() {
    for (const b of document.querySelectorAll("button[data-c]")) b.setAttribute("aria-pressed", String(Number(b.dataset.c) === c));
    $("one-head").textContent = tb.visible(`Compaction ${c + 1}${entry().when ? `, ${entry().when}` : ""}`);
    for (const [id, values] of [["level", own.levels], ["kind", [...new Set(entry().findings.map((x) => x.kind))]]]) {
      const before = $(id).value;
      $(id).replaceChildren(el("option", { value: "" }, "all"), ...values.map((v) => el("option", { value: v }, v)));
      $(id).value = values.includes(before) ? before : "";
    }
    f = undefined;
    list();
  }

  function list() {
    const words = $("search").value.trim().toLowerCase(), level = $("level").value, kind = $("kind").value;
    shown = entry().findings.map((x, i) => [x, i]).filter(([x]) => (!level || x.level === level) && (!kind || x.kind === kind) && (!words || `${x.kind} ${x.source || ""} ${x.output || ""} ${x.why}`.toLowerCase().includes(words)));
    const left = entry().n_findings - entry().findings.length;
    $("count").textContent = `${shown.length} of ${entry().findings.length} shown${left > 0 ? `; ${left} more are not in this page` : ""}`;
    $("findings").replaceChildren();
    $("findings").scrollTop = 0;
    more(AT_ONCE);
    if (!shown.length) $("findings").append(el("li", {}, el("p", { class: "note" }, entry().unread || "Nothing.")));
    mark();
  }
  // The list grows as it is scrolled: a log that was lost has more lines than anybody reads.
  function more(upto) {
    const there = $("findings").querySelectorAll("[data-f]").length;
    if (upto > there) $("findings").append(...shown.slice(there, upto).map(([x, i]) => el("li", {}, line(x, i))));
  }
  function line(x, i) {
    const places = x.source === null && x.output === null ? [x.source_span ? ` source ${x.source_span.join("–")}` : "", x.output_span ? ` output ${x.output_span.join("–")}` : ""] : [" ", said(x.source), x.source !== null && x.output !== null ? " → " : "", said(x.output)];
    return el(has() ? "button" : "p", { type: has() ? "button" : null, "data-f": i, "aria-pressed": has() ? "false" : null, onclick: has() ? () => go({ f: i + 1 }) : () => {} },
      el("span", { class: `tag o-${x.outcome}` }, own.words[x.outcome]), ` ${x.kind}`, ...places, x.role ? el("span", { class: "quiet" }, ` ${x.role}, line ${x.line}`) : null);
  }
  function mark() {
    more(shown.findIndex(([, i]) => i === f) + 1);
    for (const b of document.querySelectorAll("button[data-f]")) {
      const on = Number(b.dataset.f) === f;
      b.setAttribute("aria-pressed", String(on));
      if (on) { const box = $("findings"), at = b.getBoundingClientRect(), frame = box.getBoundingClientRect(); if (at.top < frame.top || at.bottom > frame.bottom) box.scrollTop += at.top - frame.top - 40; }
    }
  }

  function pick(finding) {
    if (finding === f) return;
    f = finding;
    mark();
    document.querySelector(".split").classList.toggle("alone", !has());
    if (!has()) { $("both").replaceChildren(); return; }
    const x = f === null ? null : entry().findings[f], source = entry().source === null ? null : own.sources[entry().source];
    const at = x && x.source_span ? x.source_span[0] : 0;
    window_ = source === null ? null : [Math.max(0, at - NEAR), Math.min(source.length, at + NEAR)];
    texts();
  }

  function marks(span, shift, end) {
    return entry().findings.map((x, n) => ({ n, outcomes: [x.outcome], title: `${own.words[x.outcome]} ${x.kind}`, start: x[span] ? Math.max(0, x[span][0] - shift) : null, end: x[span] ? Math.min(end - shift, x[span][1] - shift) : 0 })).filter((m) => m.start !== null && m.end > m.start);
  }
  function texts() {
    const x = f === null ? null : entry().findings[f], source = entry().source === null ? null : own.sources[entry().source], columns = [];
    if (source !== null) {
      const [from, to] = window_, more = (label, change) => el("button", { type: "button", onclick: () => { window_ = change; texts(); } }, label);
      const buttons = el("span", {}, from > 0 ? more("earlier", [Math.max(0, from - MORE), to]) : null, to < source.length ? more("later", [from, Math.min(source.length, to + MORE)]) : null);
      columns.push(tb.texts.column("before it", `characters ${from.toLocaleString("en")} to ${to.toLocaleString("en")} of ${source.length.toLocaleString("en")}`, source.slice(from, to), marks("source_span", from, to), buttons));
    } else if (x && x.around) {
      columns.push(tb.texts.column("before it", `around line ${x.line}`, x.around[0], [{ n: f, start: x.around[1], end: x.around[2], outcomes: [x.outcome], title: x.kind }]));
    }
    if (entry().text !== null) columns.push(tb.texts.column("the compaction", "", entry().text, marks("output_span", 0, entry().text.length)));
    const box = el("div", { class: "texts" }, ...columns);
    const about = el("div", { class: "about", "aria-live": "polite" }, ...(x ? [el("p", {}, el("span", { class: `tag o-${x.outcome}` }, own.words[x.outcome]), ` ${x.kind} `, said(x.source), x.source !== null && x.output !== null ? " → " : "", said(x.output)), x.why ? el("p", { class: "quiet" }, x.why) : null]
      : [el("p", { class: "note" }, "Choose a finding, here or in a text. ", el("kbd", {}, "n"), " and ", el("kbd", {}, "p"), " go from one to the next, ", el("kbd", {}, "j"), " and ", el("kbd", {}, "k"), " from compaction to compaction.")]));
    $("both").replaceChildren(about, box);
    choose = tb.texts.wire(box, entry().findings.length, (n) => { if (n !== null && n !== f) go({ f: n + 1 }); });
    tb.texts.step = (by) => { if (!shown.length) return; const i = shown.findIndex(([, n]) => n === f); go({ f: shown[i < 0 ? (by > 0 ? 0 : shown.length - 1) : (i + by + shown.length) % shown.length][1] + 1 }); };
    tb.texts.leave = () => go({ f: null });
    if (f !== null) choose(f);
  }

  for (const node of document.querySelectorAll("[data-script]")) node.hidden = false;
  for (const b of document.querySelectorAll("button[data-c]")) b.addEventListener("click", () => go({ c: Number(b.dataset.c) + 1, f: null }));
  for (const id of ["level", "kind"]) $(id).addEventListener("change", list);
  $("search").addEventListener("input", list);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select")) return;
    if (event.key === "j" || event.key === "k") go({ c: Math.min(own.entries.length, Math.max(1, c + 1 + (event.key === "j" ? 1 : -1))), f: null });
    else if (event.key === "/") { event.preventDefault(); $("search").focus(); }
  });
  $("findings").addEventListener("scroll", () => { const box = $("findings"); if (box.scrollTop + 2 * box.clientHeight > box.scrollHeight) more(box.querySelectorAll("[data-f]").length + AT_ONCE); }, { passive: true });
  addEventListener("popstate", read);
  addEventListener("hashchange", read);
  read();
  document.documentElement.dataset.ready = "1";
})();
