// The few words that scripts show come translated with the page.
const holder = document.querySelector("script[data-k-text]");
const texts = JSON.parse(holder?.dataset.kText ?? "{}");

export const base = new URL(holder?.dataset.kBase ?? "/static/kierto/", document.baseURI);

export function text(key) {
  return texts[key] ?? key;
}
