// The graph on the page: fetched once when it is first looked at, moved and zoomed by mouse, touch and keys.

import { fromAddress } from "../../address";
import { byId, h, setText } from "../../dom";
import { getJson } from "../../requests";
import { stateOf, type PlanStore } from "../store";
import { ATOM_WORDS, count } from "../words";
import { fitted, moved, showing, zoomed, type Camera, type Size } from "./camera";
import { Drawing, type Seen } from "./drawing";
import { Places, type Direction, type Layout } from "./layout";

const STEP = 1.35;
const EDGES_AFTER = 120;
const DIRECTIONS: Record<string, Direction> = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };

export class GraphView {
  private readonly edges = h("canvas", { "aria-hidden": true });
  private readonly boxes = h("canvas", { tabindex: 0, role: "application", "aria-roledescription": "graph", "aria-describedby": "graph-said" });
  private readonly said = h("p", { class: "muted graph-said", id: "graph-said", role: "status" });
  private readonly view = h("div", { class: "graph-view" }, this.edges, this.boxes);
  private readonly drawing = new Drawing(this.edges, this.boxes);
  private seen: Seen | null = null;
  private camera: Camera = { x: 0, y: 0, scale: 1 };
  private size: Size = { width: 0, height: 0 };
  private wanted = "";
  private shown = false;
  private asked = false;
  private later: number | undefined;
  private pointers = new Map<number, PointerEvent>();
  private pulled = 0;

  constructor(
    private readonly store: PlanStore,
    private readonly address: string,
    private readonly open: (atom: string) => void,
  ) {
    const tools = h("div", { class: "graph-tools", role: "group", "aria-label": "Zoom of the graph" }, ...this.tools());
    byId("graph").append(tools, this.view, this.said);
    this.listen();
  }

  show(shown: boolean): void {
    this.shown = shown;
    if (shown) void this.update();
  }

  /** The graph may be another, or its atoms may have changed. */
  async update(only?: string): Promise<void> {
    if (this.seen && only !== undefined) this.seen.only = only;
    if (!this.shown) return;
    const graph = this.store.document.graph;
    if (!graph) {
      setText(this.said, "The graph is drawn when the atoms are cut and ordered.");
      return;
    }
    if (this.wanted !== graph.id) {
      this.wanted = graph.id;
      setText(this.said, "The graph is being fetched.");
      await this.fetch(graph.id);
    }
    this.paint();
  }

  private async fetch(id: string): Promise<void> {
    try {
      const layout = await getJson<Layout>(`${this.address}graphs/${id}/`);
      if (this.wanted !== id) return;
      const only = this.seen?.only ?? fromAddress("atoms");
      this.seen = { places: new Places(layout), states: [], only, chosen: null };
      this.drawing.forget();
      this.boxes.setAttribute("aria-label", `Dependency graph: ${count(layout.atoms.length, "atom")}, ${count(layout.edges.length, "edge")}. Arrow keys walk, Enter opens, plus and minus zoom, 0 shows all.`);
      setText(this.said, `${count(layout.atoms.length, "atom")}, ${count(layout.edges.length, "edge")}, ${count(layout.waves.length, "wave")}. Drag to move, Ctrl and wheel to zoom; arrow keys walk along.`);
      this.size = { width: 0, height: 0 };
      this.resize();
    } catch (error) {
      this.wanted = "";
      setText(this.said, (error as Error).message);
    }
  }

  private resize(): void {
    const size = { width: this.view.clientWidth, height: this.view.clientHeight };
    if (!this.seen || size.width === 0 || (size.width === this.size.width && size.height === this.size.height)) return;
    this.size = size;
    this.drawing.fit(size);
    this.camera = fitted(this.seen.places.layout, size);
    this.paint();
    this.paintEdges();
  }

  private look(camera: Camera): void {
    this.camera = camera;
    this.paint();
    this.drawing.moveEdges(camera);
    clearTimeout(this.later);
    this.later = setTimeout(() => this.paintEdges(), EDGES_AFTER);
  }

  private paintEdges(): void {
    if (this.seen) this.drawing.drawEdges(this.seen, this.camera);
  }

  private paint(): void {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      if (!this.seen || !this.shown) return;
      this.seen.states = this.seen.places.layout.atoms.map((id) => {
        const atom = this.store.atoms.get(id);
        return atom ? stateOf(atom) : "pending";
      });
      this.drawing.drawBoxes(this.seen, this.camera);
      this.boxes.dataset.drawn = String(this.seen.places.layout.atoms.length);
    });
  }

  private zoom(factor: number, x = this.size.width / 2, y = this.size.height / 2): void {
    if (!this.seen) return;
    const farthest = Math.min(0.5, fitted(this.seen.places.layout, this.size).scale);
    this.look(zoomed(this.camera, factor, x, y, farthest));
  }

  private all(): void {
    if (this.seen) this.look(fitted(this.seen.places.layout, this.size));
  }

  private tools(): HTMLElement[] {
    const tool = (words: string, label: string, press: () => void) => h("button", { type: "button", class: "small", "aria-label": label, onclick: press }, words);
    return [tool("−", "Farther away", () => this.zoom(1 / STEP)), tool("+", "Nearer", () => this.zoom(STEP)), tool("All", "Show all", () => this.all())];
  }

  private choose(index: number | null, follow: boolean): void {
    if (!this.seen || this.seen.chosen === index) return;
    this.seen.chosen = index;
    this.boxes.style.cursor = index === null ? "grab" : "pointer";
    if (index !== null) {
      const { layout } = this.seen.places;
      setText(this.said, this.wordsOf(index));
      this.boxes.dataset.chosen = layout.atoms[index];
      if (follow) this.look(showing(this.camera, { x: layout.x[index]!, y: layout.y[index]!, width: layout.box[0], height: layout.box[1] }, this.size));
    } else delete this.boxes.dataset.chosen;
    this.paint();
  }

  private wordsOf(index: number): string {
    const { layout, needs, neededBy } = this.seen!.places;
    const atom = this.store.atoms.get(layout.atoms[index]!);
    const state = atom ? stateOf(atom) : "pending";
    return `${atom?.label ?? layout.labels[index]}: ${ATOM_WORDS.get(state) ?? state}, needs ${needs[index]!.length}, needed by ${neededBy[index]!.length}`;
  }

  private atomAt(event: PointerEvent | MouseEvent): number | null {
    const [x, y] = [this.camera.x + event.offsetX / this.camera.scale, this.camera.y + event.offsetY / this.camera.scale];
    return this.seen?.places.at(x, y, 2 / this.camera.scale) ?? null;
  }

  private listen(): void {
    new ResizeObserver(() => this.resize()).observe(this.view);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.look(this.camera));
    this.boxes.addEventListener("pointerdown", (event) => {
      this.boxes.setPointerCapture(event.pointerId);
      this.pointers.set(event.pointerId, event);
      this.pulled = 0;
    });
    this.boxes.addEventListener("pointermove", (event) => this.pulledOrPointedAt(event));
    for (const type of ["pointerup", "pointercancel"] as const) {
      this.boxes.addEventListener(type, (event) => {
        this.pointers.delete(event.pointerId);
        const atom = this.atomAt(event);
        if (type === "pointerup" && this.pulled < 5 && atom !== null) this.open(this.seen!.places.layout.atoms[atom]!);
      });
    }
    this.boxes.addEventListener("pointerleave", () => this.choose(null, false));
    this.boxes.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== this.boxes) return;
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 300), event.offsetX, event.offsetY);
    }, { passive: false });
    this.boxes.addEventListener("keydown", (event) => this.pressed(event));
  }

  private pulledOrPointedAt(event: PointerEvent): void {
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") this.choose(this.atomAt(event), false);
      return;
    }
    const [x, y] = [event.clientX - before.clientX, event.clientY - before.clientY];
    this.pulled += Math.abs(x) + Math.abs(y);
    const other = [...this.pointers.values()].find((one) => one.pointerId !== event.pointerId);
    this.pointers.set(event.pointerId, event);
    if (!other) this.look(moved(this.camera, x, y));
    else {
      const apart = (one: PointerEvent) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
      this.zoom(apart(event) / Math.max(1, apart(before)), (event.offsetX + other.offsetX) / 2, (event.offsetY + other.offsetY) / 2);
    }
  }

  private pressed(event: KeyboardEvent): void {
    if (!this.seen || event.ctrlKey || event.metaKey || event.altKey) return;
    const { places, chosen } = this.seen;
    const direction = DIRECTIONS[event.key];
    if (direction) this.choose(chosen === null ? 0 : (places.from(chosen, direction) ?? chosen), true);
    else if (event.key === "Enter" && chosen !== null) this.open(places.layout.atoms[chosen]!);
    else if (event.key === "+" || event.key === "=") this.zoom(STEP);
    else if (event.key === "-") this.zoom(1 / STEP);
    else if (event.key === "0") this.all();
    else return;
    event.preventDefault();
  }
}
