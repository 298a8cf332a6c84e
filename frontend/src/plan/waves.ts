// Waves with their rounds, and a cell for each atom: a letter and a colour, never a colour alone.

import { fromAddress, keepInAddress } from "../address";
import { byId, h, setText } from "../dom";
import { PlanStore, stateOf } from "./store";
import type { Atom, Wave } from "./types";
import { ATOM_GLYPHS, ATOM_STATES, ATOM_WORDS, count, duration, human } from "./words";

/** Numbers of atoms from which on cells are smaller, and from which on waves out of sight are not laid out. */
const DENSE = 500;
const MANY = 1500;
/** Waves with more atoms than this have a row of their own. */
const WIDE = 30;
const cells = new Map<string, HTMLButtonElement>();
const heads = new Map<number, HTMLElement>();
const legend = new Map<string, HTMLButtonElement>();

export function buildWaves(store: PlanStore): void {
  cells.clear();
  heads.clear();
  const place = byId("waves");
  place.classList.toggle("dense", store.atoms.size > DENSE);
  place.classList.toggle("many", store.atoms.size > MANY);
  if (store.atoms.size === 0) {
    place.replaceChildren(h("p", { class: "empty" }, emptyWords(store)));
  } else if (store.waves.size === 0) {
    place.replaceChildren(
      h("p", { class: "muted" }, "Cut, and being put in order."),
      grid([...store.atoms.values()], "Atoms without a wave"),
    );
  } else {
    place.replaceChildren(...[...store.waves.values()].map((wave) => waveOf(store, wave)));
  }
  drawLegend(store);
}

export function drawWaves(store: PlanStore): void {
  if (store.atoms.size === 0) buildWaves(store);
  for (const wave of store.waves.values()) {
    const head = heads.get(wave.number);
    if (head) fillHead(store, wave, head);
  }
}

/** Only the cells of atoms that changed, and the heads of their waves. */
export function drawAtoms(store: PlanStore): void {
  for (const id of store.changedAtoms) {
    const cell = cells.get(id);
    const atom = store.atoms.get(id);
    if (cell && atom) fillCell(cell, atom);
  }
  store.changedAtoms.clear();
  drawWaves(store);
  drawLegend(store);
}

function emptyWords(store: PlanStore): string {
  const { plan } = store.document;
  if (plan.status === "draft") return "Nothing is built before the plan is approved.";
  if (store.drafts) return `Code is drafted: ${store.drafts.done} of ${store.drafts.total} tasks. Then it is cut into atoms.`;
  return "Atoms appear here when the code of all tasks is drafted and cut.";
}

function waveOf(store: PlanStore, wave: Wave): HTMLElement {
  const head = h("header", { class: "wave-head" });
  heads.set(wave.number, head);
  fillHead(store, wave, head);
  const atoms = wave.atoms.map((id) => store.atoms.get(id)).filter((atom) => atom !== undefined);
  const size = atoms.length > WIDE ? "wave wide" : "wave";
  return h("section", { class: size, id: `wave-${wave.number}`, "aria-label": `Wave ${wave.number}` }, head, grid(atoms, `Atoms of wave ${wave.number}`));
}

function fillHead(store: PlanStore, wave: Wave, head: HTMLElement): void {
  const accepted = wave.atoms.filter((id) => store.atoms.get(id)?.status === "accepted").length;
  const round = wave.rounds.at(-1);
  const parts = [`${accepted} of ${wave.atoms.length} accepted`];
  if (round) parts.push(round.status === "open" ? `round ${round.number}` : count(wave.rounds.length, "round"));
  if (wave.status === "completed") parts.push(duration(wave.seconds));
  const words = parts.join(" · ");
  const key = `${wave.status}|${words}`;
  if (head.dataset.key === key) return;
  head.dataset.key = key;
  head.replaceChildren(
    h("h3", {}, h("a", { class: "plain-link", href: `#wave-${wave.number}` }, `Wave ${wave.number}`)),
    h("span", { class: `pill s-${wave.status}` }, human(wave.status)),
    h("span", { class: "muted" }, words),
  );
}

function grid(atoms: Atom[], label: string): HTMLElement {
  const place = h("div", { class: "cells", role: "group", "aria-label": `${label}: arrow keys move, Enter opens` });
  atoms.forEach((atom, index) => {
    const cell = h("button", { type: "button", "data-atom": atom.id, tabindex: index === 0 ? 0 : -1 });
    fillCell(cell, atom);
    cells.set(atom.id, cell);
    place.append(cell);
  });
  return place;
}

function fillCell(cell: HTMLButtonElement, atom: Atom): void {
  const state = stateOf(atom);
  const more = [ATOM_WORDS.get(state) ?? state];
  if (atom.attempts > 1) more.push(`attempt ${atom.attempts}`);
  if (atom.confidence !== null) more.push(`confidence ${atom.confidence.toFixed(2)}`);
  const words = `${atom.label}: ${more.join(", ")}`;
  cell.className = `cell c-${state}`;
  setText(cell, ATOM_GLYPHS.get(state) ?? "·");
  cell.title = words;
  cell.setAttribute("aria-label", words);
}

function drawLegend(store: PlanStore): void {
  const counts = new Map<string, number>();
  for (const atom of store.atoms.values()) counts.set(stateOf(atom), (counts.get(stateOf(atom)) ?? 0) + 1);
  const place = byId("legend");
  for (const [state, glyph, words] of ATOM_STATES) {
    let button = legend.get(state);
    if (!button) {
      button = h(
        "button",
        { type: "button", "data-state": state, "aria-pressed": "false", title: `Show only atoms that are ${words}` },
        h("span", { class: `cell c-${state}`, "aria-hidden": "true" }, glyph),
        h("span", { class: "legend-words" }),
      );
      legend.set(state, button);
      place.append(button);
    }
    const number = counts.get(state) ?? 0;
    button.hidden = number === 0 && button.getAttribute("aria-pressed") !== "true";
    setText(button.querySelector(".legend-words")!, `${number} ${words}`);
  }
}

/** Filter by state, kept in the address; arrow keys among the cells; clicks are the panel's. */
export function listenToWaves(open: (atom: string) => void, filtered: (state: string) => void): void {
  const place = byId("waves");
  place.addEventListener("click", (event) => {
    const cell = (event.target as HTMLElement).closest<HTMLElement>("[data-atom]");
    if (cell?.dataset.atom) open(cell.dataset.atom);
  });
  place.addEventListener("keydown", (event) => moveFocus(event));
  byId("legend").addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLElement>("[data-state]");
    if (button) filtered(only(button.getAttribute("aria-pressed") === "true" ? "" : (button.dataset.state ?? "")));
  });
  only(fromAddress("atoms"));
}

function only(state: string): string {
  const known = ATOM_GLYPHS.has(state) ? state : "";
  const place = byId("waves");
  place.classList.remove(...[...place.classList].filter((name) => name.startsWith("only")));
  if (known) place.classList.add("only", `only-${known}`);
  for (const [name, button] of legend) button.setAttribute("aria-pressed", String(name === known));
  keepInAddress("atoms", known);
  return known;
}

function moveFocus(event: KeyboardEvent): void {
  const cell = (event.target as HTMLElement).closest<HTMLElement>(".cell");
  const group = cell?.parentElement;
  if (!cell || !group) return;
  const all = [...group.children] as HTMLElement[];
  const columns = all.filter((one) => one.offsetTop === all[0]!.offsetTop).length;
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const next = all[all.indexOf(cell) + step];
  if (!next) return;
  cell.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}
