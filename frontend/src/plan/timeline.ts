// When waves, rounds and tasks were worked on: a row for each, with the same axis, nearer or farther.

import { bdi, byId, h, setText } from "../dom";
import type { PlanStore } from "./store";
import type { Task, Wave } from "./types";
import { ITEM_GLYPHS, count, duration, human } from "./words";

interface Bar {
  from: number;
  to: number;
  kind: string;
  title: string;
}

interface Row {
  key: string;
  label: string;
  says: string;
  status: string;
  open: { view: "wave" | "task"; id: string };
  bars: Bar[];
}

const LABEL = 190;
const LONGEST = 200;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400];

export class Timeline {
  private zoomed = 1;
  private shown = false;
  private readonly rows = new Map<string, { row: HTMLElement; label: HTMLElement; track: HTMLElement }>();
  private readonly axis = h("div", { class: "tl-axis", "aria-hidden": true });
  private readonly body = h("div", { class: "tl-body" });
  private readonly scroll = h("div", { class: "tl-scroll", tabindex: 0, role: "region", "aria-label": "Timeline of waves and tasks" }, this.axis, this.body);
  private readonly empty = h("p", { class: "empty" }, "Nothing was begun yet.");

  constructor(
    private readonly store: PlanStore,
    private readonly open: (what: Row["open"]) => void,
  ) {
    const tool = (words: string, label: string, press: () => void) => h("button", { type: "button", class: "small", "aria-label": label, onclick: press }, words);
    const tools = h("div", { class: "graph-tools", role: "group", "aria-label": "Zoom of the timeline" },
      tool("−", "Longer stretch of time", () => this.zoom(1 / 1.5)), tool("+", "Shorter stretch of time", () => this.zoom(1.5)), tool("All", "Whole time", () => this.zoom(0)));
    byId("timeline").append(tools, this.empty, this.scroll);
    this.scroll.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 300));
    }, { passive: false });
    this.scroll.addEventListener("keydown", (event) => {
      const factor = { "+": 1.5, "=": 1.5, "-": 1 / 1.5, "0": 0 }[event.key];
      if (factor === undefined || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.zoom(factor);
    });
    new ResizeObserver(() => this.draw()).observe(this.scroll);
  }

  show(shown: boolean): void {
    this.shown = shown;
    this.draw();
  }

  /** 0 shows all. What is in the middle stays there. */
  private zoom(factor: number): void {
    const middle = (this.scroll.scrollLeft + this.scroll.clientWidth / 2 - LABEL) / this.zoomed;
    this.zoomed = factor === 0 ? 1 : Math.min(LONGEST, Math.max(1, this.zoomed * factor));
    this.draw();
    this.scroll.scrollLeft = middle * this.zoomed + LABEL - this.scroll.clientWidth / 2;
  }

  draw(): void {
    if (!this.shown) return;
    const now = Date.now();
    const rows = [...this.waveRows(now), ...this.taskRows(now)];
    this.empty.hidden = rows.length > 0;
    this.scroll.hidden = rows.length === 0;
    if (!rows.length) return;
    const bars = rows.flatMap((row) => row.bars);
    const from = Math.min(...bars.map((bar) => bar.from));
    const to = Math.max(from + 1000, ...bars.map((bar) => bar.to));
    const width = Math.max(120, (this.scroll.clientWidth - LABEL - 24) * this.zoomed);
    const place = (moment: number) => ((moment - from) / (to - from)) * width;
    this.body.style.width = this.axis.style.width = `${LABEL + width + 16}px`;
    this.drawAxis(to - from, width);
    for (const row of rows) this.drawRow(row, place);
    const keys = new Set(rows.map((row) => row.key));
    for (const [key, drawn] of this.rows) if (!keys.has(key)) drawn.row.remove(), this.rows.delete(key);
  }

  private drawAxis(span: number, width: number): void {
    const seconds = span / 1000;
    const step = STEPS.find((one) => (one / seconds) * width >= 70) ?? STEPS.at(-1)!;
    const ticks: HTMLElement[] = [];
    for (let at = 0; at <= seconds && ticks.length < 2000; at += step) {
      const tick = h("span", { class: "tl-tick" }, at === 0 ? "0" : duration(at));
      tick.style.left = `${LABEL + (at / seconds) * width}px`;
      ticks.push(tick);
    }
    this.axis.replaceChildren(...ticks);
  }

  private drawRow(row: Row, place: (moment: number) => number): void {
    let drawn = this.rows.get(row.key);
    if (!drawn) {
      const label = h("button", { type: "button", class: "tl-label link", onclick: () => this.open(row.open) }, bdi(""));
      const track = h("div", { class: "tl-track" });
      drawn = { row: h("div", { class: `tl-row tl-${row.open.view}` }, label, track), label, track };
      this.rows.set(row.key, drawn);
      this.body.append(drawn.row);
    }
    setText(drawn.label.firstElementChild!, `${ITEM_GLYPHS[row.status] ?? "·"} ${row.label}`);
    drawn.label.title = row.label;
    drawn.label.setAttribute("aria-label", row.says);
    row.bars.forEach((bar, index) => {
      const element = (drawn.track.children[index] as HTMLElement | undefined) ?? drawn.track.appendChild(h("span"));
      element.className = `tl-bar tl-${bar.kind}`;
      element.title = bar.title;
      element.style.left = `${place(bar.from)}px`;
      element.style.width = `${Math.max(2, place(bar.to) - place(bar.from))}px`;
    });
    while (drawn.track.children.length > row.bars.length) drawn.track.lastElementChild!.remove();
  }

  private waveRows(now: number): Row[] {
    return [...this.store.waves.values()].filter((wave) => wave.started_at || wave.rounds.some((round) => round.started_at)).map((wave) => this.waveRow(wave, now));
  }

  private waveRow(wave: Wave, now: number): Row {
    const going = wave.status === "running" || wave.status === "validating";
    const from = Math.min(...[wave.started_at, ...wave.rounds.map((round) => round.started_at)].filter((one) => one !== null).map((one) => Date.parse(one)));
    const to = wave.finished_at && !going ? Date.parse(wave.finished_at) : going ? this.end(now) : from;
    const rounds = wave.rounds.filter((round) => round.started_at).map((round) => ({
      from: Date.parse(round.started_at!),
      to: round.finished_at ? Date.parse(round.finished_at) : round.status === "open" ? this.end(now) : Date.parse(round.started_at!),
      kind: `round${round.number % 2 ? "" : " tl-even"}${round.status === "open" ? " tl-open" : ""}`,
      title: `Round ${round.number} of wave ${wave.number}, ${count(round.atoms, "atom")}`,
    }));
    return {
      key: `wave ${wave.number}`, label: `Wave ${wave.number}`, status: wave.status, open: { view: "wave", id: String(wave.number) },
      says: `Wave ${wave.number}, ${human(wave.status).toLowerCase()}, ${count(wave.rounds.length, "round")}, ${duration((to - from) / 1000)}`,
      bars: [{ from, to, kind: "whole", title: `Wave ${wave.number}: ${duration((to - from) / 1000)}` }, ...rounds],
    };
  }

  private taskRows(now: number): Row[] {
    return [...this.store.tasks.values()].filter((task) => task.started_at).map((task) => this.taskRow(task, now));
  }

  private taskRow(task: Task, now: number): Row {
    const from = Date.parse(task.started_at!);
    const going = ["in_progress", "ready_for_test", "tested"].includes(task.status);
    const to = Math.max(from, task.completed_at && !going ? Date.parse(task.completed_at) : going ? this.end(now) : from);
    const drafted = task.drafted_at ? Math.min(to, Math.max(from, Date.parse(task.drafted_at))) : going ? to : from;
    return {
      key: task.id, label: task.title, status: task.status, open: { view: "task", id: task.id },
      says: `${task.short_id} ${task.title}, ${human(task.status).toLowerCase()}, drafted in ${duration((drafted - from) / 1000)}, ${duration((to - from) / 1000)} in all`,
      bars: [
        { from, to: drafted, kind: "draft", title: `Draft: ${duration((drafted - from) / 1000)}` },
        { from: drafted, to, kind: going ? "after tl-open" : "after", title: `Waves and checks: ${duration((to - drafted) / 1000)}` },
      ],
    };
  }

  /** Until when something that is not finished reaches. */
  private end(now: number): number {
    if (this.store.state === "in_progress") return now;
    return Date.parse(this.store.events.at(-1)?.ts ?? "") || now;
  }
}
