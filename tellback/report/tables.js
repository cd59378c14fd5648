// Tables can be sorted by a column, and every figure goes out as a drawing and as numbers.
(() => {
  "use strict";
  const { el } = tb;
  const value = (row, i) => { const cell = row.cells[i]; return cell.dataset.v !== undefined ? Number(cell.dataset.v) : cell.textContent.trim() === "–" ? null : cell.textContent; };
  function compare(a, b) {
    if (a === null || b === null) return (a === null) - (b === null); // what was not measured comes last, whichever way
    return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
  }
  function sort(table, i, down) {
    if (!table.rows0) table.rows0 = [...table.tBodies].map((body) => [body, [...body.rows]]);
    for (const head of table.tHead.rows[table.tHead.rows.length - 1].cells) head.removeAttribute("aria-sort");
    if (i === null) { for (const [body, rows] of table.rows0) body.replaceChildren(...rows); return; }
    const rows = table.rows0.flatMap(([, own]) => own.filter((r) => !r.classList.contains("name")));
    const keyed = rows.map((row) => [value(row, i), row]);
    keyed.sort(([a], [b]) => a === null || b === null ? compare(a, b) : down ? compare(b, a) : compare(a, b));
    table.rows0.forEach(([body], n) => body.replaceChildren(...(n ? [] : keyed.map(([, row]) => row))));
    table.tHead.rows[table.tHead.rows.length - 1].cells[i].setAttribute("aria-sort", down ? "descending" : "ascending");
  }
  for (const table of document.querySelectorAll("table[data-sort]")) {
    const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    if (table.tBodies.length && [...table.tBodies].reduce((n, b) => n + b.rows.length, 0) < 3) continue;
    let state = [null, false];
    const turn = (i) => { state = state[0] !== i ? [i, true] : state[1] ? [i, false] : [null, false]; sort(table, ...state); };
    const first = table.tBodies[0].rows[table.tBodies[0].rows.length - 1];
    const label = (i) => first.cells[i] && first.cells[i].dataset.label || heads[i].textContent;
    heads.forEach((head, i) => { if (head.textContent.trim()) head.replaceChildren(el("button", { type: "button", onclick: () => turn(i) }, ...head.childNodes)); });
    const select = el("select", { onchange: () => { state = select.value === "" ? [null, false] : [Number(select.value), true]; sort(table, ...state); } }, el("option", { value: "" }, "as it stands"), ...heads.map((_, i) => el("option", { value: i }, label(i))));
    table.before(el("label", { class: "sorter" }, "Sort by ", select)); // where rows are cards, heads are out of sight
  }
  // A table that is wider than its place shows its rows as cards.
  tb.fit = (root = document) => {
    const tables = [...root.querySelectorAll("table.cards")].filter((t) => t.getClientRects().length);
    for (const table of tables) { table.classList.add("measured"); table.classList.remove("as-cards"); }
    const wide = tables.filter((t) => t.scrollWidth > t.parentElement.clientWidth + 1 || t.getBoundingClientRect().width > t.parentElement.clientWidth + 1);
    for (const table of wide) table.classList.add("as-cards");
  };
  let seen = -1;
  new ResizeObserver(() => { if (innerWidth !== seen) { seen = innerWidth; tb.fit(); } }).observe(document.body);
  for (const fold of document.querySelectorAll("details")) fold.addEventListener("toggle", () => tb.fit(fold));
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-save]");
    if (!button) return;
    const name = button.dataset.save, [slug, form] = [name.slice(0, -4), name.slice(-3)];
    const found = (await tb.data("figures-data"))[slug];
    tb.save(name, form === "svg" ? "image/svg+xml" : "text/csv", found[form]);
  });
})();
