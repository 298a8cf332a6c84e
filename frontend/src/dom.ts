// Small helpers for the page. Text goes in as text, never as markup.

type Child = Node | string | number | null | undefined | false;
type Properties = Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>;

/** An element; properties that begin with "on" are listeners, `true` sets a bare attribute, `null` and `false` none. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) {
      element.append(typeof child === "number" ? String(child) : child);
    }
  }
  return element;
}

/** Text of persons and models: written in its own direction. */
export const bdi = (text: string): HTMLElement => h("bdi", {}, text);

export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no #${id}`);
  return found as T;
}

export function documentOf<T>(id: string): T {
  return JSON.parse(byId(id).textContent ?? "null") as T;
}

/** Sets the text only when it differs, so that screen readers are not told twice. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export const pill = (status: string, text: string): HTMLElement => h("span", { class: `pill s-${status}` }, text);

/** A time as the lists of the server write it. */
export function timeOf(iso: string, only?: "time"): HTMLElement {
  const at = new Date(iso);
  const time: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
  const whole = at.toLocaleString("en-GB", { day: "numeric", month: "short", year: "numeric", ...time });
  return h("time", { datetime: iso, title: only ? whole : null }, only ? at.toLocaleTimeString("en-GB", time) : whole);
}

/** An element of a picture. */
export function s(tag: string, properties: Record<string, string | number> = {}, ...children: (Node | string)[]): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(properties)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}
