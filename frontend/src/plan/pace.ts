// How fast atoms are accepted, or tasks drafted, and how long the rest will take at that rate.

const WINDOW = 120_000;
const LEAST_ATOMS = 12;
const LEAST_TIME = 5_000;

export class Pace {
  private times: number[] = [];

  /** One was done at this moment (milliseconds). */
  accepted(at: number): void {
    this.times.push(at);
    while (at - this.times[0]! > WINDOW) this.times.shift();
  }

  clear(): void {
    this.times = [];
  }

  /** Seconds for so many more at the observed rate; nothing while too little was seen to mean something. */
  secondsFor(number: number): number | null {
    const span = (this.times.at(-1) ?? 0) - (this.times[0] ?? 0);
    if (number === 0 || this.times.length < LEAST_ATOMS || span < LEAST_TIME) return null;
    return (number * span) / (this.times.length - 1) / 1000;
  }
}
