// What the page gains with script. Everything works without it.
import htmx from "htmx.org";
import { closeMenusOnEscape } from "./menus.js";
import { pointTogether } from "./pointing.js";
import { offerDrawings } from "./drawings.js";
import { tendDesk } from "./desk.js";
import { keepLive } from "./live.js";
import { text } from "./texts.js";

window.htmx = htmx;

function enrich(root) {
  offerDrawings(root);
  whenSeen(root.querySelectorAll("[data-k-map]"), () => import("./map.js"));
  whenSeen(root.querySelectorAll("[data-k-chart]"), () => import("./charts.js"));
}

// Maps and charts are heavy: they load when one comes near the window, never for print or slow lines.
const watched = new WeakSet();

function whenSeen(elements, load) {
  if (!elements.length || navigator.connection?.saveData) return;
  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        observer.unobserve(entry.target);
        // The drawing from the server stays when the script cannot be loaded or refuses to work.
        load().then((module) => module.enliven(entry.target)).catch((error) => console.warn(error));
      }
    },
    { rootMargin: "200px" },
  );
  for (const element of elements) {
    if (watched.has(element)) continue;
    watched.add(element);
    observer.observe(element);
  }
}

function sayFailure() {
  const box = document.createElement("div");
  box.className = "ds-alert";
  box.dataset.color = "danger";
  box.setAttribute("role", "alert");
  const words = document.createElement("p");
  words.textContent = text("failed");
  box.append(words);
  document.getElementById("main").prepend(box);
}

closeMenusOnEscape();
pointTogether();
tendDesk();
keepLive();
enrich(document);
document.addEventListener("htmx:load", (event) => enrich(event.detail.elt));
document.addEventListener("htmx:sendError", sayFailure);
// Answers that refuse say why in a fragment: show it where the answer was awaited.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status >= 400 && xhr.getResponseHeader("Content-Type")?.startsWith("text/html")) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
