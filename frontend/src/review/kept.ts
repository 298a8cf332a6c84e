// What a person has typed and not sent: kept in the browser, so that an expired session or a closed tab loses nothing.

interface Typed {
  code?: string;
  note?: string;
}

const DAYS_KEPT = 7;

export class Kept {
  private readonly name: string;

  constructor(person: string, review: string) {
    this.name = `review:${person}:${review}`;
    this.forgetOld();
  }

  read(): Typed {
    try {
      return JSON.parse(localStorage.getItem(this.name) ?? "{}") as Typed;
    } catch {
      return {};
    }
  }

  write(typed: Typed): void {
    try {
      const kept = { ...this.read(), ...typed, at: Date.now() };
      if (kept.code || kept.note) localStorage.setItem(this.name, JSON.stringify(kept));
      else this.forget();
    } catch {
      // Storage is full or forbidden; the page still asks before it is left.
    }
  }

  forget(): void {
    localStorage.removeItem(this.name);
  }

  private forgetOld(): void {
    const limit = Date.now() - DAYS_KEPT * 86_400_000;
    for (const name of Object.keys(localStorage)) {
      if (!name.startsWith("review:")) continue;
      const at = (JSON.parse(localStorage.getItem(name) ?? "{}") as { at?: number }).at ?? 0;
      if (at < limit) localStorage.removeItem(name);
    }
  }
}
