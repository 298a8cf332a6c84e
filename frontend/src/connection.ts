// Says plainly whether the page is live.

import { byId, h, setText } from "./dom";
import type { Line } from "./socket";

let line: Line = { state: "connecting" };

export function showLine(next: Line): void {
  line = next;
  draw();
}

function words(): string {
  switch (line.state) {
    case "connecting":
      return "Connecting";
    case "live":
      return "Live";
    case "lost": {
      const seconds = Math.ceil((line.retryAt - Date.now()) / 1000);
      return seconds > 1 ? `Not live, trying again in ${seconds} s` : "Not live, trying again";
    }
    case "signed_out":
      return "Not live: signed out";
    case "gone":
      return "Not live: this is gone, or not yours";
  }
}

function draw(): void {
  byId("connection").dataset.state = line.state;
  setText(byId("connection-text"), words());
  const place = document.getElementById("ended");
  if (place) drawEnd(place);
}

/** What is left to do where the line will not come back by itself. */
function drawEnd(place: HTMLElement): void {
  const over = line.state === "signed_out" || line.state === "gone";
  place.hidden = !over;
  if (!over || place.dataset.state === line.state) return;
  place.dataset.state = line.state;
  const here = `/login/?next=${encodeURIComponent(location.pathname + location.search)}`;
  if (line.state === "signed_out") place.replaceChildren("You are signed out, so this page stands still. Nothing is lost. ", h("a", { href: here }, "Sign in again"));
  else place.replaceChildren("This was deleted, or is not yours any more. What you see is how it was last. ", h("a", { href: "/" }, "All plans"));
}

setInterval(() => {
  if (line.state === "lost") draw();
}, 1000);
