// What the page carries: JSON, compressed, in base64. `tb` is what the scripts of one page share.
const tb = (() => {
  "use strict";
  const JOINERS = "\u200c\u200d";
  const UNSEEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
  // Control characters, bidi overrides and other unseen characters, spelled out so that they show and do nothing.
  const visible = (text) => String(text).replace(UNSEEN, (c) => JOINERS.includes(c) ? c : `⟨U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);

  async function unpack(text) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  }
  const known = new Map();
  const old = typeof DecompressionStream === "undefined"; // browsers of before 2023
  // The data of the element with this id; unpacked once, and its text let go.
  function data(id) {
    if (!known.has(id)) {
      const node = document.getElementById(id);
      if (old && node && !known.size) document.querySelector("main").prepend(el("p", { class: "note" }, "This browser cannot unpack the part of this page that can be explored; the rest is whole. Browsers of 2023 or later can."));
      known.set(id, node && !old ? unpack(node.textContent) : Promise.resolve(null));
      if (node) node.textContent = "";
    }
    return known.get(id);
  }
  // An element; words become text and nothing else. `more`: attributes, "on…" are listeners, null leaves one out.
  function el(name, more = {}, ...children) {
    const node = name.startsWith("svg:") ? document.createElementNS("http://www.w3.org/2000/svg", name.slice(4)) : document.createElement(name);
    for (const [key, value] of Object.entries(more)) {
      if (value === null || value === undefined || value === false) continue;
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else node.setAttribute(key, value === true ? "" : visible(value));
    }
    node.append(...children.filter((c) => c !== null && c !== undefined).map((c) => c instanceof Node ? c : visible(c)));
    return node;
  }
  function save(name, type, content) {
    const url = URL.createObjectURL(new Blob([content], { type }));
    const link = el("a", { href: url, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }
  const percent = (x, digits = 0) => x === null || x === undefined ? "–" : `${(100 * x).toFixed(digits)}%`;
  return { data, el, save, percent, visible };
})();
