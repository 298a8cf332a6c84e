// The domain model as a picture: bounded contexts at the places that the server gave them, and who supplies whom.

import { bdi, h, s } from "../dom";
import type { ContextMap } from "./types";

const RELATIONS: Record<string, string> = {
  customer_supplier: "customer and supplier",
  conformist: "conformist",
  anti_corruption_layer: "anti-corruption layer",
  none: "",
};
const LONGEST = 24;

const clipped = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

/** The picture, and the same in words below it. */
export function contextPicture(map: ContextMap): HTMLElement {
  return h(
    "figure",
    { class: "context-map" },
    h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "Picture of the contexts" }, drawing(map)),
    h("figcaption", { class: "muted" }, map.lines.length ? h("ul", { class: "plain" }, ...map.lines.map(lineWords)) : contextsWords(map)),
  );
}

const contextsWords = (map: ContextMap): string => (map.boxes.length === 1 ? "One context, which needs no other." : "No context needs another.");

function lineWords(line: ContextMap["lines"][number]): HTMLElement {
  const relation = RELATIONS[line.relation] ?? line.relation;
  return h("li", {}, bdi(line.source), " supplies ", bdi(line.target), relation ? ` (${relation})` : "");
}

function drawing(map: ContextMap): SVGElement {
  const names = map.boxes.map((box) => box.name).join(", ");
  return s(
    "svg",
    { viewBox: `0 0 ${map.width} ${map.height}`, width: map.width, height: map.height, role: "img", "aria-label": `Contexts: ${names}` },
    s("defs", {}, s("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" }, s("path", { class: "arrow", d: "M0 0L8 4L0 8z" }))),
    ...map.lines.map((line) => s("path", { class: "context-line", d: line.path, "marker-end": "url(#arrow)" }, s("title", {}, `${line.source} → ${line.target}`))),
    ...map.lines.filter((line) => RELATIONS[line.relation]).map((line) => s("text", { class: "context-relation", x: line.x, y: line.y + 4 }, RELATIONS[line.relation]!)),
    ...map.boxes.map(boxOf),
  );
}

function boxOf(box: ContextMap["boxes"][number]): SVGElement {
  const rows = [...box.entities.map(clipped), ...(box.more ? [`and ${box.more} more`] : [])];
  return s(
    "g",
    { class: "context-box", transform: `translate(${box.x} ${box.y})` },
    s("title", {}, [box.name, ...box.responsibilities].join("\n")),
    s("rect", { width: box.width, height: box.height, rx: 9 }),
    s("text", { class: "context-name", x: box.width / 2, y: 23 }, clipped(box.name)),
    ...rows.map((row, index) => s("text", { x: box.width / 2, y: 34 + 18 * index + 13 }, row)),
  );
}
