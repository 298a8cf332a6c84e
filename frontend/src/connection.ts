// Says plainly whether the page is live.

import { byId, setText } from "./dom";
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
}

setInterval(() => {
  if (line.state === "lost") draw();
}, 1000);
