// Offers every drawing as an SVG file that looks the same outside the page.
import { text } from "./texts.js";

const COPIED = ["fill", "stroke", "stroke-width", "stroke-opacity", "opacity", "font-family", "font-size", "paint-order"];

function standalone(svg) {
  const copy = svg.cloneNode(true);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const shown = [svg, ...svg.querySelectorAll("text, rect, path, circle, polygon, polyline, line")];
  const copied = [copy, ...copy.querySelectorAll("text, rect, path, circle, polygon, polyline, line")];
  shown.forEach((element, i) => {
    const style = getComputedStyle(element);
    for (const name of COPIED) {
      const value = style.getPropertyValue(name);
      if (value && !value.startsWith("url(")) copied[i].setAttribute(name, value);
    }
  });
  return new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
}

function save(svg, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(standalone(svg));
  link.download = `${name}.svg`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

export function offerDrawings(root) {
  for (const picture of root.querySelectorAll("[data-k-picture]:not([data-k-offered])")) {
    const svg = picture.querySelector(".k-picture__canvas > svg");
    if (!svg) continue;
    picture.setAttribute("data-k-offered", "");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text("picture");
    button.addEventListener("click", () => save(svg, picture.id || "kierto"));
    let row = picture.querySelector(".k-picture__more");
    if (!row) {
      row = document.createElement("p");
      row.className = "k-picture__more";
      const download = picture.querySelector(".k-picture__download");
      if (download) {
        row.append(...download.childNodes);
        download.replaceWith(row);
      } else {
        picture.append(row);
      }
    }
    row.append(button);
  }
}
