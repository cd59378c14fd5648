// Texts beside each other: each fact is coloured by what became of it, and leads to its twins in the other texts.
tb.texts = (() => {
  "use strict";
  const { el } = tb;

  // Pieces of a text, cut where marks start and end; the shortest of several marks colours a piece.
  function pieces(text, marks) {
    const kept = marks.filter((m) => m.start !== null && m.start >= 0 && m.start < m.end && m.end <= text.length);
    const cuts = [...new Set([0, text.length, ...kept.flatMap((m) => [m.start, m.end])])].sort((a, b) => a - b);
    const byStart = [...kept].sort((a, b) => a.start - b.start);
    const out = [];
    let open = [], next = 0;
    for (let i = 0; i + 1 < cuts.length; i++) {
      while (next < byStart.length && byStart[next].start <= cuts[i]) open.push(byStart[next++]);
      open = open.filter((m) => m.end > cuts[i]);
      out.push({ text: text.slice(cuts[i], cuts[i + 1]), marks: [...open].sort((a, b) => (a.end - a.start) - (b.end - b.start) || a.n - b.n), last: cuts[i + 1] });
    }
    return out;
  }

  // One text under its name. A mark has `n`, `start`, `end`, `outcomes` and `title`.
  function column(label, small, text, marks, extra = null) {
    const box = el("div", { class: "text", dir: "auto", tabindex: 0, role: "region", "aria-label": `${label} ${small}` });
    for (const piece of pieces(text, marks)) {
      if (!piece.marks.length) { box.append(tb.visible(piece.text)); continue; }
      const outcomes = [...new Set(piece.marks[0].outcomes)];
      box.append(el("a", { class: `o-${outcomes.length === 1 ? outcomes[0] : "several"}`, role: "button", tabindex: -1, "data-facts": piece.marks.map((m) => m.n).join(" "), title: piece.marks.map((m) => m.title).join("; ") }, piece.text));
      for (const m of piece.marks) if (m.end === piece.last) box.append(el("sup", { "aria-hidden": "true" }, m.n + 1, ...m.outcomes.map((o) => el("b", { class: `t-${o}` }, o[0]))));
    }
    if (!text) box.append(el("i", { class: "note" }, "(nothing)"));
    return el("div", { class: "output" }, el("p", { class: "name" }, el("b", {}, label), small ? el("span", {}, ` ${small}`) : null, extra), box);
  }

  // Clicks, arrows, n and p lead from fact to fact; what was clicked stays where it is, its twins come into view.
  // Gives a function that chooses fact n (null: none); `tell` is called with each choice.
  function wire(box, n, tell) {
    const links = [...box.querySelectorAll("a[data-facts]")].map((node) => ({ node, facts: node.dataset.facts.split(" ").map(Number) }));
    let current = null;
    function choose(fact, from = null) {
      current = fact;
      for (const { node, facts } of links) node.classList.toggle("text-on", fact !== null && facts.includes(fact));
      for (const row of document.querySelectorAll("tr[data-fact]")) row.classList.toggle("on", Number(row.dataset.fact) === fact);
      if (fact !== null) for (const text of box.querySelectorAll(".text")) {
        const twin = links.find((l) => l.facts.includes(fact) && text.contains(l.node));
        if (twin && !(from && text.contains(from))) tb.texts.centre(text, twin.node);
      }
      tell(fact);
    }
    function rove(text, target) { for (const { node } of links) if (text.contains(node)) node.tabIndex = node === target ? 0 : -1; }
    for (const text of box.querySelectorAll(".text")) { const first = links.find((l) => text.contains(l.node)); if (first) rove(text, first.node); }
    box.addEventListener("click", (event) => {
      const link = links.find((l) => l.node === event.target.closest("a[data-facts]"));
      if (!link) return;
      event.preventDefault();
      rove(link.node.closest(".text"), link.node);
      // pieces of several facts: a further click goes on to the next of them
      choose(link.facts[(link.facts.indexOf(current) + 1) % link.facts.length], link.node);
    });
    box.addEventListener("keydown", (event) => {
      const node = event.target.closest("a[data-facts]");
      if (!node) return;
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (by) {
        const near = links.filter((l) => node.closest(".text").contains(l.node)).map((l) => l.node), next = near[near.indexOf(node) + by];
        if (next) { rove(node.closest(".text"), next); next.focus(); }
        event.preventDefault();
      } else if (event.key === " " || event.key === "Enter") { event.preventDefault(); node.click(); }
    });
    together(box);
    tb.texts.step = (by) => { if (n) choose(current === null ? (by > 0 ? 0 : n - 1) : (current + by + n) % n); };
    tb.texts.leave = () => choose(null);
    return choose;
  }
  // A text that somebody scrolls takes the others along: each shows its twin of the first fact in sight at the same height.
  // Only what the hand moves leads; what the page moves itself (a chosen fact) moves nothing else.
  function together(box) {
    const sides = [...box.querySelectorAll(".text")].map((text) => ({ text, links: [...text.querySelectorAll("a[data-facts]")], by: new Map() }));
    for (const side of sides) for (const node of side.links) for (const fact of node.dataset.facts.split(" ")) if (!side.by.has(fact)) side.by.set(fact, node);
    let leader = null, until = 0;
    const lead = (side) => () => { leader = side; until = performance.now() + 400; };
    function follow(side) {
      if (leader !== side || performance.now() > until) return;
      until = performance.now() + 400;
      const top = side.text.getBoundingClientRect().top;
      let low = 0, high = side.links.length; // the first fact that is in sight
      while (low < high) { const mid = (low + high) >> 1; if (side.links[mid].getBoundingClientRect().bottom < top) low = mid + 1; else high = mid; }
      for (const other of sides) {
        if (other === side) continue;
        for (let i = low; i < Math.min(low + 40, side.links.length); i++) {
          const twin = side.links[i].dataset.facts.split(" ").map((fact) => other.by.get(fact)).find(Boolean);
          if (!twin) continue;
          other.text.scrollTop += (twin.getBoundingClientRect().top - other.text.getBoundingClientRect().top) - (side.links[i].getBoundingClientRect().top - top);
          break;
        }
      }
    }
    for (const side of sides) {
      for (const how of ["wheel", "touchmove", "keydown", "pointerdown"]) side.text.addEventListener(how, lead(side), { passive: true });
      side.text.addEventListener("scroll", () => follow(side), { passive: true });
    }
  }
  function centre(text, node) {
    const at = node.getBoundingClientRect(), frame = text.getBoundingClientRect();
    text.scrollTop += at.top - frame.top - (text.clientHeight - at.height) / 2;
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    if (event.key === "n" && tb.texts.step) tb.texts.step(1);
    else if (event.key === "p" && tb.texts.step) tb.texts.step(-1);
    else if (event.key === "Escape" && tb.texts.leave) tb.texts.leave();
  });
  return { centre, column, pieces, together, wire };
})();
