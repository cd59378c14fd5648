// The served page: asks its own server, and shows what comes as it comes.
(async () => {
  "use strict";
  const { el, percent } = tb;
  const $ = (id) => document.getElementById(id);
  const OUTCOMES = ["faithful", "drifted", "overwritten", "replaced", "invented", "unsupported", "missing", "doubtful", "unscored"];

  // Sends `body` and hands every event of the answer to `on`; a section runs one thing at a time.
  async function ask(section, path, body, type, on) {
    const state = section.querySelector(".state"), stop = section.querySelector("[data-stop]"), send = section.querySelector("[type=submit]");
    const say = (words, bad = false) => { state.textContent = tb.visible(words); state.classList.toggle("bad", bad); };
    const ending = new AbortController();
    stop.onclick = () => ending.abort();
    [stop.disabled, send.disabled] = [false, true];
    say("sending");
    const all = { position: (n) => say(n === 1 ? "one other is before you" : `${n} others are before you`), alive: () => {}, error: (words) => say(words, true), ...on(say) };
    try {
      const answer = await fetch(path, { method: "POST", headers: { "content-type": type }, body, signal: ending.signal });
      if (!answer.ok) { say(await answer.text(), true); return; }
      say("working");
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        const events = (rest + value).split("\n\n");
        rest = events.pop();
        for (const event of events) {
          const [, name, content] = event.match(/^event: (\w+)\ndata: (.*)$/s) || [];
          if (all[name]) all[name](JSON.parse(content));
        }
      }
    } catch (error) {
      say(error.name === "AbortError" ? "stopped" : `the server did not answer (${error.message})`, error.name !== "AbortError");
    } finally {
      [stop.disabled, send.disabled] = [true, false];
    }
  }

  function told(text) {
    const box = $("told"), started = performance.now();
    let first = null;
    const live = el("div", { class: "text", dir: "auto" });
    const show = (words) => { if (first === null && words) first = performance.now() - started; live.textContent = tb.visible(words); };
    box.replaceChildren(el("div", { class: "texts" }, el("div", {}, el("p", { class: "name" }, el("b", {}, "source")), el("div", { class: "text", dir: "auto" }, text)), el("div", {}, el("p", { class: "name" }, el("b", {}, "told back")), live)));
    let whole = "";
    return (say) => ({
      loading: (name) => say(`loading ${name}; that is done once`),
      compressed: (c) => say(`${c.n_tokens} tokens in ${c.n_slots} slots; telling back`),
      text: (words) => { show(words); },
      told: (words) => { whole = words; show(words); say("judging the facts"); },
      facts: (found) => { judged(box, text, whole, found); say(`first words after ${first === null ? "–" : (first / 1000).toFixed(1)} s, all after ${((performance.now() - started) / 1000).toFixed(1)} s`); },
    });
  }

  function judged(box, source, output, found) {
    const marks = (span) => found.facts.map((f, n) => f[span] && { n, start: f[span][0], end: f[span][1], outcomes: [f.outcome], title: `${f.outcome}, ${f.kind}` }).filter(Boolean);
    const counts = OUTCOMES.map((o) => [o, found.facts.filter((f) => f.outcome === o).length]).filter(([, n]) => n);
    const about = el("div", { class: "about", "aria-live": "polite" });
    const overall = () => [el("p", {}, found.unread ? `Not read: ${found.unread} ` : `kept ${percent(found.score)} of the facts: `, ...counts.flatMap(([o, n]) => [el("span", { class: `tag o-${o}` }, o), ` ${n}  `])), el("p", { class: "quiet" }, "Choose a fact in either text; ", el("kbd", {}, "n"), " and ", el("kbd", {}, "p"), " go from one to the next.")];
    const texts = el("div", { class: "texts" }, tb.texts.column("source", "", source, marks("source_span")), tb.texts.column("told back", "", output, marks("output_span")));
    tb.texts.wire(texts, found.facts.length, (n) => {
      const f = n === null ? null : found.facts[n];
      about.replaceChildren(...(f ? [el("p", {}, el("span", { class: `tag o-${f.outcome}` }, f.outcome), ` ${f.kind} `, f.source === null ? null : el("bdi", {}, `«${f.source}»`), f.output === null ? null : el("bdi", {}, ` → «${f.output}»`)), f.why ? el("p", { class: "quiet" }, f.why) : null].filter(Boolean) : overall()));
    });
    about.append(...overall());
    box.replaceChildren(about, texts);
  }

  const framed = (section, title) => (say) => ({ page: (address) => { section.querySelector(".result").replaceChildren(el("p", { class: "note" }, el("a", { href: address, target: "_blank", rel: "noopener" }, "on a page of its own")), el("iframe", { src: address, title })); say("done"); } });

  // Files are read here; what is dropped on a text becomes that text.
  for (const place of document.querySelectorAll("[data-drop]")) {
    place.addEventListener("dragover", (event) => { event.preventDefault(); place.classList.add("over"); });
    place.addEventListener("dragleave", () => place.classList.remove("over"));
    place.addEventListener("drop", async (event) => {
      event.preventDefault();
      place.classList.remove("over");
      const file = event.dataTransfer.files[0];
      if (!file) return;
      const target = $(place.dataset.drop);
      if (target.type === "file") target.files = event.dataTransfer.files; else target.value = await file.text();
    });
  }
  const own = (await (await fetch("/choices")).json()).choices;
  for (const c of own) $("choice").append(el("option", { value: c.name }, `${c.name} (${c.about})`));
  $("tell").hidden = !own.length;
  let example = null;
  const chosen = () => {
    const c = own.find((each) => each.name === $("choice").value);
    if (!c) return;
    $("rate").value = c.rate;
    if (!$("tell-text").value || $("tell-text").value === example) { example = c.example; $("tell-text").value = c.example; }
  };
  $("choice").addEventListener("change", chosen);
  chosen();
  $("tell-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const rate = $("rate").value.trim(), text = $("tell-text").value;
    ask($("tell"), "/tell", JSON.stringify({ choice: $("choice").value, rate: rate ? Number(rate) : null, text }), "application/json", told(text));
  });
  $("pair-form").addEventListener("submit", (event) => {
    event.preventDefault();
    ask($("pair"), "/audit", JSON.stringify({ source: $("source").value, output: $("output").value, fast: $("pair-fast").checked }), "application/json", framed($("pair"), "the audit"));
  });
  $("session-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const file = $("file").files[0];
    ask($("session"), `/session?${new URLSearchParams({ name: file.name, fast: $("session-fast").checked ? 1 : 0 })}`, file, "application/octet-stream", framed($("session"), "the session"));
  });
  document.documentElement.dataset.ready = "1";
})();
