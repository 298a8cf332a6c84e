// What is known of the plan. Events change it; each says which parts of the page are to be drawn again.

import type { LiveEvent } from "../socket";
import { Pace } from "./pace";
import type { Atom, Milestone, Phase, PlanDocument, Task, Wave } from "./types";

export const MOST_EVENTS = 1000;

/** After these the document is fetched anew: rows were made or changed that no event carries. */
const STRUCTURAL = new Set([
  "masterplan_created",
  "masterplan_cancelled",
  "atomization_complete",
  "dependency_graph_ready",
  "modification_approved",
  "complete",
]);

export class PlanStore {
  document!: PlanDocument;
  events: LiveEvent[] = [];
  last = 0;
  readonly atoms = new Map<string, Atom>();
  readonly tasks = new Map<string, Task>();
  readonly milestones = new Map<string, Milestone>();
  readonly phases = new Map<string, Phase>();
  readonly waves = new Map<number, Wave>();
  /** Atoms and items of the plan that changed since they were drawn. */
  readonly changedAtoms = new Set<string>();
  readonly changedItems = new Set<string>();
  readonly pace = new Pace();
  readonly draftPace = new Pace();
  drafts: { done: number; total: number } | null = null;

  constructor(document: PlanDocument) {
    this.replace(document);
  }

  /** Start from a new document; what came after it is applied again. */
  replace(document: PlanDocument): void {
    const later = this.events.filter((event) => event.seq > document.seq);
    this.document = document;
    this.index();
    this.events = document.events;
    this.last = document.seq;
    this.pace.clear();
    this.draftPace.clear();
    for (const event of this.events) {
      if (event.type === "code_generation_progress") {
        this.drafts = draftsOf(event);
        this.draftPace.accepted(Date.parse(event.ts));
      }
      if (event.type === "atom_execution_complete" && event.data.accepted) this.pace.accepted(Date.parse(event.ts));
    }
    for (const event of later) this.apply(event);
  }

  private index(): void {
    for (const map of [this.atoms, this.tasks, this.milestones, this.phases, this.waves]) map.clear();
    for (const atom of this.document.atoms) this.atoms.set(atom.id, atom);
    for (const wave of this.document.waves) this.waves.set(wave.number, wave);
    for (const phase of this.document.phases) {
      this.phases.set(phase.id, phase);
      for (const milestone of phase.milestones) {
        this.milestones.set(milestone.id, milestone);
        for (const task of milestone.tasks) this.tasks.set(task.id, task);
      }
    }
  }

  /** Names of the parts that changed; with "document" when it is to be fetched anew. */
  apply(event: LiveEvent): string[] {
    if (event.seq <= this.last) return [];
    this.last = event.seq;
    this.events.push(event);
    if (this.events.length > MOST_EVENTS) this.events = this.events.slice(-MOST_EVENTS);
    const parts = this.change(event);
    if (STRUCTURAL.has(event.type)) parts.push("document");
    return ["log", ...parts];
  }

  private change(event: LiveEvent): string[] {
    const parts = this.changePlan(event);
    if (typeof event.data.stage !== "string") return parts;
    this.document.plan.stage = event.data.stage;
    return [...parts, "stages", "figures", "waves"];
  }

  private changePlan({ type, data, ts }: LiveEvent): string[] {
    const { plan } = this.document;
    switch (type) {
      case "masterplan_updated":
        if (typeof data.progress_percent === "number") plan.progress_percent = data.progress_percent;
        return data.reason === "progress" || data.reason === "stage" ? ["figures"] : ["document"];
      case "masterplan_status_changed":
        plan.status = data.to;
        if (data.to === "in_progress") Object.assign(plan, { pause_reason: "", pause_detail: "", pause_asked: "" });
        return ["head", "waiting", "failures", "figures", "stages"];
      case "masterplan_paused":
        Object.assign(plan, { pause_reason: data.reason ?? "", pause_detail: data.detail ?? "", pause_asked: "" });
        plan.run_status = "paused";
        return ["head", "waiting", "failures", "stages", "document"];
      case "masterplan_resumed":
        Object.assign(plan, { run_status: "running", pause_reason: "", pause_detail: "", pause_asked: "" });
        return ["head", "waiting", "failures", "stages", "figures"];
      case "masterplan_execution_start":
        Object.assign(plan, { mode: data.mode, run_status: "running", started_at: ts, finished_at: null });
        return ["head", "figures", "stages"];
      case "code_generation_progress":
        return this.drafted(data, ts);
      case "complete":
        Object.assign(plan, { finished_at: ts, run_status: "completed" });
        return ["head", "figures"];
      case "task_status_changed":
        return this.moveTask(this.tasks.get(data.item), data, ts);
      case "milestone_status_changed":
        return this.move(this.milestones.get(data.item), data);
      case "phase_status_changed":
        return this.move(this.phases.get(data.item), data);
      case "cost_updated":
        Object.assign(this.document.cost, data);
        return ["cost", "figures"];
      default:
        return this.changeWork(type, data, ts);
    }
  }

  private drafted(data: Record<string, any>, ts: string): string[] {
    this.drafts = { done: data.done, total: data.total };
    this.draftPace.accepted(Date.parse(ts));
    const task = [...this.tasks.values()].find((one) => one.short_id === data.task);
    if (task && data.success) task.drafted_at = ts;
    return ["stages", "waves", "figures"];
  }

  private changeWork(type: string, data: Record<string, any>, ts: string): string[] {
    switch (type) {
      case "atom_execution_progress":
        return this.moveAtom(data.atom_id ?? data.item, data.status ?? data.to);
      case "atom_execution_complete":
        if (data.accepted) this.pace.accepted(Date.parse(ts));
        return this.moveAtom(data.atom_id, data.accepted ? "accepted" : "failed", data);
      case "atom_retry_start":
        return this.moveAtom(data.atom_id, "validating", { attempts: data.attempt });
      case "atom_retry_failed":
        return this.moveAtom(data.atom_id, "validating", { attempts: data.attempt, waits: true });
      case "wave_execution_start":
        return this.openRound(data, ts);
      case "wave_execution_complete":
        return this.closeWave(data, ts);
      case "acceptance_test_result":
        return this.testResult(data);
      case "gate_validation_result":
        return this.judged(data);
      case "failure_analysis":
        return this.failed(data);
      case "review_created":
      case "review_updated":
        return this.review(data);
      default:
        return [];
    }
  }

  private move(item: Task | Milestone | Phase | undefined, data: Record<string, any>): string[] {
    if (!item) return ["document"];
    item.status = data.to;
    if ("last_error" in item && ["failed", "blocked"].includes(data.to)) item.last_error = data.reason ?? "";
    this.changedItems.add(item.id);
    return ["tree", "figures"];
  }

  private moveTask(task: Task | undefined, data: Record<string, any>, ts: string): string[] {
    if (task && data.to === "in_progress") task.started_at = ts;
    if (task && data.to === "done") task.completed_at = ts;
    return this.move(task, data);
  }

  private moveAtom(id: string, status: string, more: { attempts?: number; confidence?: number; waits?: boolean } = {}) {
    const atom = this.atoms.get(id);
    if (!atom) return ["document"];
    const wasWaiting = atom.waits;
    atom.waits = more.waits ?? (status === "validating" && atom.waits);
    atom.status = status;
    atom.attempts = more.attempts ?? atom.attempts;
    atom.confidence = more.confidence ?? atom.confidence;
    this.changedAtoms.add(id);
    const decided = wasWaiting && !atom.waits && this.document.failures.some((one) => one.atom === id && !one.choice);
    return decided ? ["atoms", "figures", "document"] : ["atoms", "figures"];
  }

  private openRound(data: Record<string, any>, ts: string): string[] {
    const wave = this.waves.get(data.wave_number);
    if (!wave) return ["document"];
    closeRounds(wave, ts);
    if (!wave.rounds.some((round) => round.number === data.round)) {
      wave.rounds.push({ number: data.round, status: "open", atoms: data.total_atoms, started_at: ts, finished_at: null });
    }
    wave.status = "running";
    wave.started_at ??= ts;
    return ["waves", "figures"];
  }

  private closeWave(data: Record<string, any>, ts: string): string[] {
    const wave = this.waves.get(data.wave_number);
    if (!wave) return ["document"];
    closeRounds(wave, ts);
    wave.status = "completed";
    wave.finished_at = ts;
    wave.seconds = data.duration_seconds;
    return ["waves", "figures", ...([...this.waves.values()].every((one) => one.status === "completed") ? ["stages"] : [])];
  }

  private testResult(data: Record<string, any>): string[] {
    const test = this.document.acceptance.find((one) => one.id === data.test_id);
    const result = { passed: data.passed, ran: data.passed !== null, error: data.error ?? "" };
    if (test) Object.assign(test, result);
    else
      this.document.acceptance.push({
        id: data.test_id,
        requirement: data.requirement,
        priority: data.priority,
        ...result,
      });
    return ["tests"];
  }

  /** Of a gate that failed, or that somebody let pass, the document tells more than the event. */
  private judged(data: Record<string, any>): string[] {
    const { gates } = this.document;
    const gate = { overridden_by: "", override_reason: "", ...data, overridden: data.overridden ?? false, failing: data.failing ?? [], suspects: [] };
    const same = gate.overridden && gates[0]?.wave === data.wave;
    gates.splice(0, same ? 1 : 0, gate as unknown as PlanDocument["gates"][number]);
    return data.passed === false ? ["tests", "waiting", "document"] : ["tests", "waiting"];
  }

  private failed(data: Record<string, any>): string[] {
    this.document.failures.unshift({
      id: data.failure_id,
      atom: data.atom_id ?? null,
      task: this.atoms.get(data.atom_id)?.task ?? "",
      label: data.label ?? "",
      root_cause: data.root_cause,
      conclusion: data.conclusion ?? "",
      proposals: data.proposals ?? [],
      choice: null,
    });
    return ["failures", "waiting"];
  }

  private review(data: Record<string, any>): string[] {
    const others = this.document.reviews.filter((one) => one.review_id !== data.review_id);
    const open = data.status === "pending" || data.status === "in_review";
    this.document.reviews = open ? [...others, data as PlanDocument["reviews"][number]] : others;
    return ["reviews", "figures"];
  }

  /** Done and all tasks (skipped ones are settled), and how far the plan is by the server's reckoning. */
  progress(): { settled: number; total: number; percent: number } {
    let settled = 0;
    for (const task of this.tasks.values()) if (task.status === "done" || task.status === "skipped") settled += 1;
    return { settled, total: this.tasks.size, percent: Math.floor(this.document.plan.progress_percent) };
  }

  /** What a person may do by: of a completed plan the state of its small run, if there is one. */
  get state(): string {
    const { plan } = this.document;
    if (plan.status !== "completed") return plan.status;
    return { running: "in_progress", paused: "paused" }[plan.run_status] ?? plan.status;
  }
}

function closeRounds(wave: Wave, ts: string): void {
  for (const round of wave.rounds) {
    if (round.status === "open") round.finished_at = ts;
    round.status = "closed";
  }
}

/** What an atom is for people: one that waits for a decision says so. */
export const stateOf = (atom: Atom): string => (atom.waits ? "decision" : atom.status);

const draftsOf = (event: LiveEvent) => ({ done: event.data.done as number, total: event.data.total as number });
