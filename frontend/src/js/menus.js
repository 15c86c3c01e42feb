// Menus are <details>. With script they also close on Escape, on a click beside them, and one at a time.
export function closeMenusOnEscape() {
  const open = () => document.querySelectorAll("details.k-menu[open]");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", (event) => {
    for (const menu of open()) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
}
