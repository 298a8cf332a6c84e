// The event log, latest on top, with a filter.

import { fromAddress, keepInAddress } from "../address";
import { bdi, byId, h } from "../dom";
import type { LiveEvent } from "../socket";
import type { PlanStore } from "./store";
import { GROUPS, sentence } from "./words";

const SHOWN = 300;
let drawn = 0;

export function listenToLog(redraw: () => void): void {
  const groups = byId<HTMLSelectElement>("log-group");
  groups.append(...GROUPS.map(([group, words]) => h("option", { value: group }, words)));
  const again = () => {
    drawn = 0;
    byId("log").replaceChildren();
    redraw();
  };
  const words = byId<HTMLInputElement>("log-words");
  groups.value = GROUPS.some(([group]) => group === fromAddress("log")) ? fromAddress("log") : "";
  words.value = fromAddress("words");
  groups.addEventListener("change", () => {
    keepInAddress("log", groups.value);
    again();
  });
  words.addEventListener("input", () => {
    keepInAddress("words", words.value.slice(0, 100));
    again();
  });
}

/** Adds what is new since the last drawing. */
export function drawLog(store: PlanStore): void {
  const list = byId("log");
  const fresh = store.events.filter((event) => event.seq > drawn).map((event) => named(store, event)).filter(wanted).slice(-SHOWN);
  drawn = store.last;
  if (fresh.length) {
    list.prepend(...fresh.reverse().map((event) => lineOf(event)));
    while (list.children.length > SHOWN) list.lastElementChild?.remove();
  }
  list.classList.toggle("nothing", list.children.length === 0);
}

/** An event that only says which atom it speaks of, with the atom's name. */
function named(store: PlanStore, event: LiveEvent): LiveEvent {
  const { label, atom_id: id } = event.data;
  const atom = label || !id ? undefined : store.atoms.get(id);
  return atom ? { ...event, data: { ...event.data, label: atom.label } } : event;
}

function wanted(event: LiveEvent): boolean {
  const group = byId<HTMLSelectElement>("log-group").value;
  const words = byId<HTMLInputElement>("log-words").value.trim().toLowerCase();
  const fits = GROUPS.find(([name]) => name === group)?.[2](event.type) ?? true;
  return fits && (!words || `${event.type} ${sentence(event)}`.toLowerCase().includes(words));
}

function lineOf(event: LiveEvent): HTMLElement {
  const at = new Date(event.ts);
  return h(
    "li",
    { class: event.type === "error" || event.type.endsWith("_failed") ? "bad" : null, "data-seq": event.seq },
    h("time", { datetime: event.ts, title: event.type }, at.toLocaleTimeString("en-GB")),
    bdi(sentence(event)),
  );
}
