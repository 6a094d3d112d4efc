"use strict";
(() => {
  const form = document.getElementById("filter");
  const entries = [...document.querySelectorAll("tr.requirement")].map((row) => {
    const next = row.nextElementSibling;
    const telling = next && next.classList.contains("telling") ? next : null;
    return {
      row, telling,
      verdict: row.dataset.verdict,
      roles: row.dataset.roles.split(" "),
      document: row.closest("section.document").id,
      text: (row.textContent + (telling ? telling.textContent : "")).toLowerCase(),
    };
  });
  const folds = [...document.querySelectorAll("details.unchecked")];
  const groups = document.querySelectorAll("section.document, section.document .wide, section.document tbody, details.unchecked");

  function apply() {
    const { verdict, role, document: place, text } = Object.fromEntries(new FormData(form));
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const filtering = Boolean(verdict || role || place || words.length);
    let shown = 0;
    for (const entry of entries) {
      const keep = (!verdict || entry.verdict === verdict)
        && (!role || entry.roles.includes(role))
        && (!place || entry.document === place)
        && words.every((word) => entry.text.includes(word));
      entry.row.hidden = !keep;
      if (entry.telling) entry.telling.hidden = !keep;
      shown += keep;
    }
    for (const group of groups) group.hidden = !group.querySelector("tr.requirement:not([hidden])");
    for (const fold of folds) fold.open = filtering && !fold.hidden;
    form.elements.count.value = `${shown} of ${entries.length} requirements`;
  }

  function reveal() {
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!row) return;
    if (row.hidden) { form.reset(); apply(); }
    const fold = row.closest("details");
    if (fold) fold.open = true;
    row.scrollIntoView();
  }

  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", reveal);
  addEventListener("beforeprint", () => folds.forEach((fold) => { fold.open = true; }));
  apply();
  reveal();
})();
