// Draws the graph on two canvases: edges below, which follow a moment later; boxes above, with every frame.

import { ATOM_GLYPHS } from "../words";
import type { Camera, Size } from "./camera";
import type { Places } from "./layout";

/** Which parts of a box are filled, from 0 to 1 of its width: a state is told by its shape, not by colour alone. */
const SHAPES: Record<string, { filled: [from: number, to: number][]; outline: boolean; taller?: number }> = {
  pending: { filled: [], outline: true },
  running: { filled: [[0, 0.42], [0.58, 1]], outline: false },
  validating: { filled: [[0, 0.5]], outline: true },
  retrying: { filled: [[0, 0.28], [0.36, 0.64], [0.72, 1]], outline: false },
  accepted: { filled: [[0, 1]], outline: false },
  decision: { filled: [[0, 1]], outline: true, taller: 1.5 },
  failed: { filled: [[0, 0.4], [0.6, 1]], outline: true, taller: 1.5 },
  blocked: { filled: [[0, 0.12], [0.88, 1]], outline: true },
  skipped: { filled: [], outline: false },
};
const READABLE = 0.62;
const MANY_EDGES = 400;

export interface Seen {
  places: Places;
  states: string[];
  only: string;
  /** The atom that is pointed at or walked on. */
  chosen: number | null;
}

export class Drawing {
  private readonly below: CanvasRenderingContext2D;
  private readonly above: CanvasRenderingContext2D;
  private readonly paths = new Map<string, Path2D>();
  private colours!: CSSStyleDeclaration;
  private size: Size = { width: 0, height: 0 };
  /** From where the edges were drawn last. */
  private drawnFrom: Camera | null = null;

  constructor(
    private readonly edges: HTMLCanvasElement,
    private readonly boxes: HTMLCanvasElement,
  ) {
    this.below = edges.getContext("2d")!;
    this.above = boxes.getContext("2d")!;
  }

  /** Sizes both canvases; in device pixels, so that text is sharp. */
  fit(size: Size): void {
    this.size = size;
    for (const canvas of [this.edges, this.boxes]) {
      canvas.width = Math.round(size.width * devicePixelRatio);
      canvas.height = Math.round(size.height * devicePixelRatio);
    }
  }

  forget(): void {
    this.paths.clear();
  }

  drawEdges(seen: Seen, camera: Camera): void {
    this.look();
    const paint = this.begin(this.below, camera);
    this.drawnFrom = camera;
    this.edges.style.transform = "";
    if (this.paths.size === 0) this.makePaths(seen.places);
    paint.lineWidth = 1 / camera.scale;
    for (const [kind, path] of this.paths) {
      const broken = kind === "broken";
      paint.strokeStyle = this.colour(`edge-${kind}`);
      paint.globalAlpha = broken ? 0.9 : seen.places.layout.edges.length > MANY_EDGES ? 0.28 : 0.55;
      paint.setLineDash(broken ? [5 / camera.scale, 4 / camera.scale] : []);
      paint.stroke(path);
    }
  }

  /** Until the edges are drawn anew, they are moved as they are. */
  moveEdges(camera: Camera): void {
    const from = this.drawnFrom;
    if (!from) return;
    const [x, y] = [(from.x - camera.x) * camera.scale, (from.y - camera.y) * camera.scale];
    this.edges.style.transform = `translate(${x}px, ${y}px) scale(${camera.scale / from.scale})`;
  }

  drawBoxes(seen: Seen, camera: Camera): void {
    this.look();
    const paint = this.begin(this.above, camera);
    this.titles(paint, seen, camera);
    if (seen.chosen !== null) this.linesOf(paint, seen, camera, seen.chosen);
    const { x, y, box, atoms } = seen.places.layout;
    const [left, top] = [camera.x - box[0], camera.y - box[1]];
    const [right, bottom] = [camera.x + this.size.width / camera.scale, camera.y + this.size.height / camera.scale];
    for (let index = 0; index < atoms.length; index++) {
      if (x[index]! < left || x[index]! > right || y[index]! < top || y[index]! > bottom) continue;
      this.box(paint, seen, camera, index);
    }
    if (seen.chosen !== null) this.frame(paint, seen, camera, seen.chosen);
  }

  private begin(paint: CanvasRenderingContext2D, camera: Camera): CanvasRenderingContext2D {
    paint.setTransform(1, 0, 0, 1, 0, 0);
    paint.clearRect(0, 0, paint.canvas.width, paint.canvas.height);
    const scale = camera.scale * devicePixelRatio;
    paint.setTransform(scale, 0, 0, scale, -camera.x * scale, -camera.y * scale);
    paint.globalAlpha = 1;
    paint.setLineDash([]);
    return paint;
  }

  private box(paint: CanvasRenderingContext2D, seen: Seen, camera: Camera, index: number): void {
    const { x, y, box, labels } = seen.places.layout;
    const state = seen.states[index]!;
    const shape = SHAPES[state] ?? SHAPES["pending"]!;
    const readable = camera.scale >= READABLE;
    const height = readable ? box[1] : box[1] * (shape.taller ?? 1);
    const [left, top] = [x[index]!, y[index]! - (height - box[1]) / 2];
    paint.globalAlpha = seen.only && seen.only !== state ? 0.15 : 1;
    paint.fillStyle = paint.strokeStyle = this.colour(state);
    if (readable) {
      paint.fillStyle = this.colour(`${state}-soft`);
      paint.fillRect(left, top, box[0], height);
      paint.fillStyle = this.colour(state);
    }
    const width = readable ? 16 : box[0];
    for (const [from, to] of shape.filled) paint.fillRect(left + from * width, top, (to - from) * width, height);
    if (state === "skipped") paint.fillRect(left, top + height / 2 - 1, box[0], 2);
    paint.lineWidth = Math.max(1, 1 / camera.scale);
    if (shape.outline || readable) paint.strokeRect(left, top, box[0], height);
    if (!readable) return;
    paint.fillStyle = shape.filled.length ? this.colour("on-fill") : this.colour("text");
    paint.font = "700 12px system-ui, sans-serif";
    paint.textAlign = "center";
    paint.fillText(ATOM_GLYPHS.get(state) ?? "·", left + 8, top + 14);
    paint.fillStyle = this.colour("text");
    paint.font = "11px system-ui, sans-serif";
    paint.textAlign = "left";
    paint.fillText(shortened(labels[index]!), left + 21, top + 14);
  }

  private frame(paint: CanvasRenderingContext2D, seen: Seen, camera: Camera, index: number): void {
    const { x, y, box } = seen.places.layout;
    const around = 3 / Math.min(1, camera.scale);
    paint.globalAlpha = 1;
    paint.strokeStyle = this.colour("chosen");
    paint.lineWidth = 2 / camera.scale;
    paint.strokeRect(x[index]! - around, y[index]! - around, box[0] + 2 * around, box[1] + 2 * around);
  }

  private titles(paint: CanvasRenderingContext2D, seen: Seen, camera: Camera): void {
    const size = Math.min(36, 12 / camera.scale);
    paint.fillStyle = this.colour("muted");
    paint.textAlign = "left";
    paint.font = `600 ${size}px system-ui, sans-serif`;
    let free = -Infinity;
    for (const wave of seen.places.layout.waves) {
      if (wave.x < free) continue;
      const words = camera.scale < 0.3 ? String(wave.number) : `Wave ${wave.number} · ${wave.atoms}`;
      paint.fillText(words, wave.x, 24);
      free = wave.x + paint.measureText(words).width + size;
    }
  }

  private linesOf(paint: CanvasRenderingContext2D, seen: Seen, camera: Camera, chosen: number): void {
    paint.lineWidth = 2 / camera.scale;
    for (const [source, target, , broken] of seen.places.layout.edges) {
      if (source !== chosen && target !== chosen) continue;
      const path = new Path2D();
      curve(path, seen.places, source, target);
      paint.strokeStyle = this.colour(target === chosen ? "chosen" : "needed-by");
      paint.setLineDash(broken === undefined ? [] : [5 / camera.scale, 4 / camera.scale]);
      paint.stroke(path);
    }
    paint.setLineDash([]);
  }

  private makePaths(places: Places): void {
    for (const [source, target, kind, broken] of places.layout.edges) {
      const name = broken === undefined ? places.layout.kinds[kind]! : "broken";
      if (!this.paths.has(name)) this.paths.set(name, new Path2D());
      curve(this.paths.get(name)!, places, source, target);
    }
  }

  private look(): void {
    this.colours = getComputedStyle(this.boxes);
  }

  private readonly found = new Map<string, string>();

  private colour(name: string): string {
    const scheme = this.colours.getPropertyValue("color-scheme") + matchMedia("(prefers-color-scheme: dark)").matches;
    const key = `${scheme} ${name}`;
    const known = this.found.get(key);
    if (known !== undefined) return known;
    const value = this.colours.getPropertyValue(`--g-${name}`).trim() || "#888";
    this.found.set(key, value);
    return value;
  }
}

function curve(path: Path2D, { layout }: Places, source: number, target: number): void {
  const [width, height] = layout.box;
  const [x1, y1] = [layout.x[source]! + width, layout.y[source]! + height / 2];
  const [x2, y2] = [layout.x[target]!, layout.y[target]! + height / 2];
  const bend = Math.min(160, Math.max(30, Math.abs(x2 - x1) / 2));
  path.moveTo(x1, y1);
  path.bezierCurveTo(x1 + bend, y1, x2 - bend, y2, x2, y2);
}

const shortened = (label: string): string => (label.length <= 20 ? label : `${label.slice(0, 8)}…${label.slice(-10)}`);
