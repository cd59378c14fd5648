// Faithfulness above, reconstruction loss below, over one axis of sizes: a line a rate, every setup a point.
tb.plot = (() => {
  "use strict";
  const { el, percent } = tb;
  const SHAPES = ["M0-5a5 5 0 1 1-.01 0Z", "M-4.5-4.5h9v9h-9Z", "M0-5.5l5.5 9.5h-11Z", "M0-6l5 6-5 6-5-6Z", "M0 5.5l5.5-9.5h-11Z", "M-1.7-5h3.4v3.3H5v3.4H1.7V5h-3.4V1.7H-5v-3.4h3.3Z"];
  const DASHES = ["none", "7 3", "2 2.5", "9 3 2 3", "4 4", "12 3"];
  const LEFT = 46, RIGHT = 14, HIGH = 230, BELOW = 130, BETWEEN = 44;

  const mean = (xs) => { const known = xs.filter((x) => x !== null && x !== undefined); return known.length ? known.reduce((a, b) => a + b, 0) / known.length : null; };
  const share = (setup, [set, asks]) => setup[asks][set] ? setup[asks][set].shares[0] : null;

  // The lines that are drawn: of the chosen rates, series and seeds; a point is the mean over its seeds.
  function lines(all, wanted) {
    const whole = wanted.seeds === null;
    return all.lines.filter((l) => wanted.rates.has(l.rate) && wanted.series.has(l.series)).map((line) => ({
      ...line,
      points: line.points.map((p) => {
        const setups = p.setups.filter((i) => whole || wanted.seeds.has(all.setups[i].seed)).map((i) => all.setups[i]);
        const own = setups.length === 1 && setups[0][wanted.set[1]][wanted.set[0]];
        const ends = own ? own.ends : whole && wanted.set[1] === "qa_i" ? p.ends[wanted.set[0]] : null;
        return { size: p.size, setups, kept: mean(setups.map((s) => share(s, wanted.set))), loss: mean(setups.map((s) => s.loss)),
          ends: ends && ends[0] !== null ? ends : null, late: setups.length > 0 && setups.every((s) => s.status === "undertrained") };
      }).filter((p) => p.setups.length),
    })).filter((l) => l.points.length);
  }

  // Where sizes do not differ, rates stand on the axis and a line is a series.
  function byRate(drawn) {
    const found = new Map();
    for (const line of drawn) found.set(line.series, [...(found.get(line.series) || []), ...line.points.map((p) => ({ ...p, size: line.rate }))]);
    return [...found].map(([series, points]) => ({ series, rate: null, points: points.sort((a, b) => a.size - b.size) }));
  }

  function looks(all, line) {
    const rates = [...new Set(all.lines.map((l) => l.rate))], series = [...new Set(all.lines.map((l) => l.series))];
    const rate = Math.max(0, rates.indexOf(line.rate)), nth = series.length > 1 ? series.indexOf(line.series) : rate;
    const colour = line.rate === null ? `var(--c${nth % 6})` : `var(--s${Math.round(rate * 7 / Math.max(1, rates.length - 1))})`;
    return { colour, shape: SHAPES[nth % 6], dash: DASHES[nth % 6], label: line.rate === null ? line.series : `${line.rate}x${series.length > 1 ? ` · ${line.series}` : ""}` };
  }

  function draw(box, all, wanted, chosen, choose) {
    const sizes = new Set(all.lines.flatMap((l) => l.points.map((p) => p.size)));
    const overSizes = sizes.size > 1, found = lines(all, wanted), drawn = overSizes ? found : byRate(found);
    const losses = drawn.some((l) => l.points.some((p) => p.loss !== null)), LOW = losses ? BELOW : 0, GAP = losses ? BETWEEN : 0;
    const width = Math.max(300, Math.min(1180, box.clientWidth || 900)), height = HIGH + LOW + GAP + 60;
    const xs = [...new Set(drawn.flatMap((l) => l.points.map((p) => p.size)))].sort((a, b) => a - b);
    const svg = el("svg:svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `Facts kept in ${wanted.set[0]} and reconstruction loss against ${overSizes ? "compressor size" : "rate"}. Every point is also in the list of setups and in the table.` });
    if (!xs.length) { box.replaceChildren(el("p", { class: "note" }, "Nothing is chosen: tick a rate, a family and a seed.")); return []; }
    const ends = [Math.log(xs[0]) - (xs.length > 1 ? 0.06 * Math.log(xs[xs.length - 1] / xs[0]) : 0.5), Math.log(xs[xs.length - 1]) + (xs.length > 1 ? 0.06 * Math.log(xs[xs.length - 1] / xs[0]) : 0.5)];
    const x = (v) => LEFT + (Math.log(v) - ends[0]) / (ends[1] - ends[0]) * (width - LEFT - RIGHT);
    const most = Math.max(1e-9, ...drawn.flatMap((l) => l.points.flatMap((p) => p.setups.map((s) => s.loss || 0)))) * 1.08;
    const up = (v) => 26 + HIGH * (1 - v), down = (v) => 26 + HIGH + GAP + LOW * (1 - v / most);
    const text = (at, top, words, anchor = "middle", more = {}) => svg.append(el("svg:text", { x: at, y: top, "text-anchor": anchor, "font-size": 12, "font-family": "Arial", fill: "var(--quiet)", ...more }, words));
    const rule = (top) => svg.append(el("svg:line", { x1: LEFT, x2: width - RIGHT, y1: top, y2: top, stroke: "var(--grid)" }));
    text(0, 12, `facts kept, ${wanted.set[0]} ${wanted.set[1] === "qa_i" ? "QA(i)" : "QA(ii)"}`, "start", { fill: "var(--ink)" });
    for (const v of [0, 0.25, 0.5, 0.75, 1]) { rule(up(v)); text(LEFT - 8, up(v) + 4, percent(v), "end"); }
    if (losses) text(0, 26 + HIGH + GAP - 14, "reconstruction loss, nats/token", "start", { fill: "var(--ink)" });
    for (const v of losses ? [0, most / 2.16, most / 1.08] : []) { rule(down(v)); text(LEFT - 8, down(v) + 4, v < 0.095 ? v.toFixed(3) : v.toFixed(2), "end"); }
    const names = new Map(all.sizes.map((s, i) => [s, all.size_names[i]]));
    let last = -99;
    for (const v of xs) {
      svg.append(el("svg:line", { x1: x(v), x2: x(v), y1: 26, y2: height - 34, stroke: "var(--grid)", "stroke-dasharray": "1 3" }));
      if (x(v) - last > 44) { text(x(v), height - 20, overSizes ? names.get(v) : `${v}x`); last = x(v); }
    }
    text(width - RIGHT, height - 4, overSizes ? "compressor parameters without embeddings" : "rate", "end", { fill: "var(--ink)" });
    const hits = drawn.flatMap((line) => one(svg, line, looks(all, line), x, up, down, wanted));
    mark(svg, hits, chosen);
    box.replaceChildren(svg, ...(drawn.length > 1 || !overSizes ? [legend(drawn.map((l) => looks(all, l)))] : []));
    point(box, svg, hits, width, height, choose);
    return hits;
  }

  function one(svg, line, look, x, up, down, wanted) {
    const hits = [], { colour } = look, spread = 9;
    for (const [value, at] of [["kept", up], ["loss", down]]) {
      const known = line.points.filter((p) => p[value] !== null);
      if (!known.length) continue;
      svg.append(el("svg:path", { d: "M" + known.map((p) => `${x(p.size).toFixed(1)} ${at(p[value]).toFixed(1)}`).join("L"), fill: "none", stroke: colour, "stroke-width": 1.75, "stroke-dasharray": look.dash }));
      for (const p of known) {
        if (value === "kept" && p.ends) svg.append(el("svg:line", { x1: x(p.size), x2: x(p.size), y1: up(p.ends[0]), y2: up(p.ends[1]), stroke: colour, "stroke-width": 1.25, opacity: 0.7 }));
        if (p.setups.length > 1) svg.append(el("svg:path", { d: look.shape, transform: `translate(${x(p.size)} ${at(p[value])}) scale(.8)`, fill: "var(--paper)", stroke: colour, "stroke-width": 1.5 }));
        p.setups.forEach((s, i) => {
          const v = value === "kept" ? share(s, wanted.set) : s.loss;
          if (v === null || v === undefined) return;
          const cx = x(p.size) + (p.setups.length > 1 ? (i - (p.setups.length - 1) / 2) * spread / Math.max(1, p.setups.length / 4) : 0);
          const late = s.status === "undertrained";
          svg.append(p.setups.length > 1 ? el("svg:circle", { cx, cy: at(v), r: 2.6, fill: late ? "var(--paper)" : colour, stroke: colour })
            : el("svg:path", { d: look.shape, transform: `translate(${cx} ${at(v)})`, fill: late ? "var(--paper)" : colour, stroke: colour, "stroke-width": 1.5 }));
          hits.push({ x: cx, y: at(v), setup: s, value });
        });
      }
    }
    return hits;
  }

  function mark(svg, hits, chosen) {
    svg.querySelectorAll(".ring").forEach((n) => n.remove());
    for (const h of hits) if (h.setup === chosen) svg.append(el("svg:circle", { class: "ring", cx: h.x, cy: h.y, r: 9, fill: "none", stroke: "var(--ink)", "stroke-width": 1.75 }));
  }

  function legend(keys) {
    return el("p", { class: "legend" }, ...keys.map((k) => el("span", {}, el("svg:svg", { class: "key", viewBox: "-14 -7 28 14", width: 28, height: 14, "aria-hidden": "true" },
      el("svg:path", { d: "M-14 0H14", stroke: k.colour, "stroke-width": 2, "stroke-dasharray": k.dash }), el("svg:path", { d: k.shape, fill: k.colour })), ` ${k.label} `)));
  }

  // Hover names the nearest point, a click chooses it.
  function point(box, svg, hits, width, height, choose) {
    const tip = el("div", { class: "tip", hidden: true });
    box.append(tip);
    const near = (event) => {
      const frame = svg.getBoundingClientRect(), k = width / frame.width, px = (event.clientX - frame.left) * k, py = (event.clientY - frame.top) * k;
      let best = null, far = 28 * 28;
      for (const h of hits) { const d = (h.x - px) ** 2 + (h.y - py) ** 2; if (d < far) { far = d; best = h; } }
      return best;
    };
    svg.addEventListener("pointermove", (event) => {
      const h = near(event);
      svg.classList.toggle("on", Boolean(h));
      tip.hidden = !h;
      if (!h) return;
      tip.replaceChildren(...tb.setupLines(h.setup));
      const scale = svg.getBoundingClientRect().width / width;
      tip.style.left = `${Math.min(Math.max(0, box.clientWidth - 250), Math.max(0, h.x * scale + 12))}px`;
      tip.style.top = `${h.y * scale + 12}px`;
    });
    svg.addEventListener("pointerleave", () => { tip.hidden = true; });
    svg.addEventListener("click", (event) => { const h = near(event); if (h) choose(h.setup); });
  }

  // The drawing as a file of its own: colours are written out, since the page's names mean nothing elsewhere.
  function svgText(svg) {
    const style = getComputedStyle(document.documentElement), copy = svg.cloneNode(true);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.prepend(el("svg:rect", { width: "100%", height: "100%", fill: "var(--paper)" }));
    return new XMLSerializer().serializeToString(copy).replace(/var\((--[\w-]+)\)/g, (_, name) => style.getPropertyValue(name).trim());
  }
  return { draw, lines, mark, share, svgText };
})();
