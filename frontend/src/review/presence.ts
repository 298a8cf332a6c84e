// While the page is looked at it holds the claim, and hears what others did with the review meanwhile.

import { h } from "../dom";

const EVERY_MS = 20_000;

interface Presence {
  state: "mine" | "held" | "decided" | "obsolete";
  assistant: boolean;
  by?: string;
  decision?: string;
  reason?: string;
}

interface Page {
  address: string;
  token: string;
  answered: boolean;
  onTaken(): void;
  onAnswer(): void;
}

export function stayPresent(page: Page): void {
  let answered = page.answered;
  let over = false;

  const ask = async (): Promise<void> => {
    if (over || document.visibilityState !== "visible") return;
    let said: Presence;
    try {
      const response = await fetch(page.address, { method: "POST", headers: { "X-CSRFToken": page.token }, redirect: "error" });
      if (!response.ok) return tell("You are signed out, or may not decide this any more. What you typed is kept here.", false);
      said = (await response.json()) as Presence;
    } catch {
      return tell("The server does not answer. What you typed is kept here.", false);
    }
    if (said.state === "mine") tell("", false);
    else {
      over = true;
      tell(wordsOf(said), true);
      page.onTaken();
    }
    if (said.assistant && !answered) {
      answered = true;
      page.onAnswer();
    }
  };

  setInterval(() => void ask(), EVERY_MS);
  document.addEventListener("visibilitychange", () => void ask());
}

function wordsOf(said: Presence): string {
  if (said.state === "obsolete") return "The code has changed since you opened this; it cannot be decided any more.";
  if (said.state === "held") return `${said.by} has taken this over.`;
  return `${said.by}: ${said.decision}.${said.reason ? ` “${said.reason}”` : ""} What you typed is kept below.`;
}

/** The way on, when nothing is left to do here. */
function next(): HTMLElement | null {
  const link = document.querySelector<HTMLAnchorElement>('a[data-key="n"]');
  return link && h("a", { class: "rv-button", href: link.href }, "Go on with the next");
}

function tell(text: string, final: boolean): void {
  const place = document.getElementById("told");
  if (!place || place.dataset.text === text) return;
  place.dataset.text = text;
  place.replaceChildren(text ? h("section", { class: `rv-banner${final ? " rv-banner-final" : ""}` }, h("span", {}, text), final && next()) : "");
}
