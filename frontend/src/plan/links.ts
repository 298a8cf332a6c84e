// Links to a wave (#wave-3) and to a task (#task_003) of this page, whose elements are made after it is loaded.

import { byId } from "../dom";

/** Shows what the address points at; `show` brings the waves into view. */
export function goToWhatIsNamed(show: () => void): void {
  const name = decodeURIComponent(location.hash.slice(1));
  if (name.startsWith("wave-")) show();
  const found = name ? document.getElementById(name) : null;
  if (!found || !(byId("waves").contains(found) || byId("tree").contains(found))) return;
  found.closest("details")?.setAttribute("open", "");
  for (const before of document.querySelectorAll(".pointed-at")) before.classList.remove("pointed-at");
  found.classList.add("pointed-at");
  found.scrollIntoView({ block: "center" });
}
