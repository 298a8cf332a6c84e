// Changes are collected and drawn once per animation frame, whatever the number of events.

export class Painter {
  private readonly parts = new Map<string, () => void>();
  private readonly dirty = new Set<string>();
  private asked = false;

  part(name: string, draw: () => void): void {
    this.parts.set(name, draw);
  }

  /** Draw these parts with the next frame. */
  mark(...names: string[]): void {
    for (const name of names) this.dirty.add(name);
    if (this.asked || this.dirty.size === 0) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      const names = [...this.dirty];
      this.dirty.clear();
      for (const name of names) this.parts.get(name)?.();
    });
  }

  all(): void {
    this.mark(...this.parts.keys());
  }
}
