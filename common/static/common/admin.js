// What the admin's pages lack: a main landmark, and a name of its own for each region that scrolls. Run in the head,
// after htmx and before what scrolls is made; htmx writes no style and evaluates nothing.

if (window.htmx) Object.assign(htmx.config, { includeIndicatorStyles: false, allowEval: false });

document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("main")?.setAttribute("role", "main");
  document.getElementById("nav-sidebar-inner")?.setAttribute("aria-label", "Records");
  document.querySelectorAll("[data-simplebar]").forEach((region, index) => {
    region.setAttribute("data-simplebar-aria-label", region.id === "nav-sidebar-apps" ? "Navigation" : `Scrolls ${index + 1}`);
  });
});
