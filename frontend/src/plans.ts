// The list of plans: a key for the search, and one press for one request.

import { byId } from "./dom";
import { followTheme } from "./theme";

followTheme();

document.addEventListener("keydown", (event) => {
  const typing = (event.target as HTMLElement).matches("input, textarea, select");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  byId("q").focus();
});

document.querySelector<HTMLFormElement>(".ask form")?.addEventListener("submit", (event) => {
  const button = (event.target as HTMLFormElement).querySelector<HTMLButtonElement>("button[type=submit]");
  // After the form is sent, or the browser would leave it out.
  setTimeout(() => button?.setAttribute("disabled", ""));
});

// A page from the browser's own cache still has its button switched off.
addEventListener("pageshow", () => document.querySelector(".ask button[type=submit]")?.removeAttribute("disabled"));
