(() => {
  "use strict";
  const all = (query, at = document) => [...at.querySelectorAll(query)];
  const rows = all("li[data-fact]");
  const byFact = new Map(rows.map((row) => [row.dataset.fact, row]));
  const pieces = all(".text a[data-facts]").map((node) => ({ node, facts: node.dataset.facts.split(" ") }));
  const places = new Map();
  for (const piece of pieces) for (const fact of piece.facts) places.set(fact, [...(places.get(fact) || []), piece.node]);
  const boxes = all(".text");
  const chosen = document.getElementById("chosen");
  const hint = chosen ? chosen.cloneNode(true) : null;
  const kind = document.getElementById("kind");
  const search = document.getElementById("search");
  const outcomes = all("input[name=outcome]");
  const count = document.getElementById("count");
  let current = null;

  const shown = (fact) => byFact.has(fact) && !byFact.get(fact).hidden;

  function choose(fact, from) {
    for (const node of all(".text-on")) node.classList.remove("text-on");
    current = fact;
    const row = byFact.get(fact);
    if (!row) {
      if (chosen) chosen.replaceChildren(...[...hint.cloneNode(true).childNodes]);
      return;
    }
    row.classList.add("text-on");
    if (window.top === window) history.replaceState(null, "", `#r${fact}`); // a frame of a notebook has no address
    const nodes = places.get(fact) || [];
    for (const node of nodes) node.classList.add("text-on");
    for (const box of boxes) {
      const first = nodes.find((node) => box.contains(node));
      // the text that was clicked stays where it is; its counterpart comes into view
      if (first && !(from && box.contains(from))) {
        const at = first.getBoundingClientRect(), frame = box.getBoundingClientRect();
        box.scrollTop += at.top - frame.top - (box.clientHeight - at.height) / 2;
      }
    }
    if (chosen) chosen.replaceChildren(...[...row.cloneNode(true).childNodes].filter((n) => !(n.classList && n.classList.contains("where"))));
  }

  function filter() {
    const wanted = new Set(outcomes.filter((box) => box.checked).map((box) => box.value));
    const words = search.value.trim().toLowerCase();
    let n = 0;
    for (const row of rows) {
      row.hidden = !wanted.has(row.dataset.outcome) || (kind.value !== "" && row.dataset.kind !== kind.value) || !row.textContent.toLowerCase().includes(words);
      n += row.hidden ? 0 : 1;
    }
    for (const { node, facts } of pieces) {
      const fact = facts.find(shown);
      node.className = fact ? "o-" + byFact.get(fact).dataset.outcome : "text-off";
      node.dataset.first = fact || "";
    }
    count.textContent = `${n} of ${rows.length} shown`;
    if (current !== null) choose(shown(current) ? current : null);
    for (const box of boxes) rove(box, all("a[data-facts]:not(.text-off)", box)[0]);
  }

  // one fact of each text can be tabbed to; the arrows go to its neighbours
  function rove(box, target) {
    for (const node of all("a[data-facts]", box)) node.tabIndex = node === target ? 0 : -1;
  }

  function step(by) {
    const visible = rows.filter((row) => !row.hidden);
    if (!visible.length) return;
    const at = visible.findIndex((row) => row.dataset.fact === current);
    const next = visible[at < 0 ? (by > 0 ? 0 : visible.length - 1) : (at + by + visible.length) % visible.length];
    choose(next.dataset.fact);
  }

  document.addEventListener("click", (event) => {
    const node = event.target.closest(".text a[data-facts]");
    const button = event.target.closest("li[data-fact] a[data-show]");
    if (node) {
      event.preventDefault();
      if (node.dataset.first) choose(node.dataset.first, node);
      rove(node.closest(".text"), node);
    } else if (button) {
      event.preventDefault();
      choose(button.closest("li").dataset.fact);
      if (boxes[0]) boxes[0].closest(".texts").scrollIntoView({ block: "center" });
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select, input")) return;
    const node = event.target.closest(".text a[data-facts]");
    if (node && ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"].includes(event.key)) {
      const near = all("a[data-facts]:not(.text-off)", node.closest(".text"));
      const next = near[near.indexOf(node) + (event.key === "ArrowRight" || event.key === "ArrowDown" ? 1 : -1)];
      if (next) { rove(node.closest(".text"), next); next.focus(); }
      event.preventDefault();
    } else if (event.key === "/") { event.preventDefault(); search.focus(); }
    else if (event.key === "n") step(1);
    else if (event.key === "p") step(-1);
    else if (event.key === "Escape") choose(null);
  });
  // A link to a finding or to its place in a text (#r3, #s3, #o3) chooses it.
  const linked = () => { const found = location.hash.match(/^#[rso](\d+)$/); if (found && shown(found[1])) choose(found[1]); };
  addEventListener("hashchange", linked);
  kind.addEventListener("change", filter);
  search.addEventListener("input", filter);
  for (const box of outcomes) box.addEventListener("change", filter);
  for (const node of all("[data-script]")) node.hidden = false;
  for (const box of all(".texts")) tb.texts.together(box);
  filter();
  linked();
})();
