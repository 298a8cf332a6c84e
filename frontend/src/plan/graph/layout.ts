// Where the atoms stand, as the server has it, and what is found there. Pure.

export interface Layout {
  id: string;
  width: number;
  height: number;
  box: [width: number, height: number];
  waves: { number: number; x: number; atoms: number }[];
  atoms: string[];
  labels: string[];
  x: number[];
  y: number[];
  kinds: string[];
  edges: [source: number, target: number, kind: number, broken?: string][];
}

export type Direction = "left" | "right" | "up" | "down";

export class Places {
  readonly indexOf = new Map<string, number>();
  readonly needs: number[][];
  readonly neededBy: number[][];

  constructor(readonly layout: Layout) {
    layout.atoms.forEach((atom, index) => this.indexOf.set(atom, index));
    this.needs = layout.atoms.map(() => []);
    this.neededBy = layout.atoms.map(() => []);
    for (const [source, target] of layout.edges) {
      this.needs[target]!.push(source);
      this.neededBy[source]!.push(target);
    }
  }

  /** The atom at a point of the world, with a little room around it. */
  at(x: number, y: number, room: number): number | null {
    const [width, height] = this.layout.box;
    for (let index = 0; index < this.layout.atoms.length; index++) {
      const [left, top] = [this.layout.x[index]!, this.layout.y[index]!];
      if (x >= left - room && x <= left + width + room && y >= top - room && y <= top + height + room) return index;
    }
    return null;
  }

  /** Left and right walk along the edges where there are any; up and down within the column. */
  from(index: number, direction: Direction): number | null {
    const linked = direction === "left" ? this.needs[index]! : direction === "right" ? this.neededBy[index]! : [];
    return this.nearest(index, direction, linked) ?? this.nearest(index, direction, this.layout.atoms.keys());
  }

  private nearest(index: number, direction: Direction, among: Iterable<number>): number | null {
    const { x, y } = this.layout;
    let best: number | null = null;
    let least = Infinity;
    for (const other of among) {
      const [across, down] = [x[other]! - x[index]!, y[other]! - y[index]!];
      const along = { left: -across, right: across, up: -down, down: down }[direction];
      const aside = direction === "left" || direction === "right" ? Math.abs(down) : Math.abs(across);
      if (along > 0 && along + 3 * aside < least) [best, least] = [other, along + 3 * aside];
    }
    return best;
  }
}
