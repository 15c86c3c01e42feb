// The same item is highlighted in picture, map and table at once.
let pointedAt = null;

export function point(item) {
  if (item === pointedAt) return;
  pointedAt = item;
  document.documentElement.toggleAttribute("data-k-pointing", item !== null);
  for (const element of document.querySelectorAll(".k-pointed")) element.classList.remove("k-pointed");
  if (item !== null) {
    for (const element of document.querySelectorAll(`[data-k-item="${CSS.escape(item)}"]`)) {
      element.classList.add("k-pointed");
    }
  }
  document.dispatchEvent(new CustomEvent("kierto:point", { detail: { item } }));
}

export function pointTogether() {
  const itemOf = (target) => target.closest?.("[data-k-item]")?.dataset.kItem ?? null;
  document.addEventListener("pointerover", (event) => {
    if (event.target.closest?.(".k-map__view")) return;
    point(itemOf(event.target));
  });
  document.addEventListener("focusin", (event) => point(itemOf(event.target)));
  // A flow in the picture leads where its row in the table leads.
  document.addEventListener("click", (event) => {
    const drawn = event.target.closest?.("svg [data-k-item]");
    if (!drawn) return;
    const row = document.querySelector(`tr[data-k-item="${CSS.escape(drawn.dataset.kItem)}"]`);
    const link = row?.querySelector("td:nth-child(3) a");
    if (link) window.location.assign(link.href);
  });
}
