// The document that the page starts from, as the server makes it (execution/live/selectors/plan_document.py).

import type { LiveEvent } from "../socket";

export interface Task {
  id: string;
  short_id: string;
  title: string;
  status: string;
  type: string;
  priority: string;
  target_files: string[];
  last_error: string;
  started_at: string | null;
  drafted_at: string | null;
  completed_at: string | null;
}

export interface Milestone {
  id: string;
  short_id: string;
  name: string;
  status: string;
  tasks: Task[];
}

export interface Phase {
  id: string;
  short_id: string;
  name: string;
  type: string;
  status: string;
  milestones: Milestone[];
}

export interface Atom {
  id: string;
  task: string;
  label: string;
  status: string;
  waits: boolean;
  attempts: number;
  confidence: number | null;
}

export interface Round {
  number: number;
  status: string;
  atoms: number;
  started_at: string | null;
  finished_at: string | null;
}

export interface Wave {
  id: string;
  number: number;
  status: string;
  seconds: number;
  started_at: string | null;
  finished_at: string | null;
  rounds: Round[];
  atoms: string[];
}

export interface Cost {
  spent: string;
  reserved: string;
  estimated: string;
  planning: string;
  calls: number;
  tokens_in: number;
  tokens_out: number;
  cache_share: number;
  soft_limit: string;
  hard_limit: string;
}

export interface Gate {
  wave: number | null;
  passed: boolean | null;
  must_rate: number | null;
  should_rate: number | null;
  reason: string;
  overridden: boolean;
  overridden_by: string;
  override_reason: string;
  /** What its failing tests are about. */
  failing: string[];
  suspects: { atom: string; label: string }[];
}

export interface AcceptanceTest {
  id: string;
  requirement: string;
  priority: string;
  passed: boolean | null;
  ran: boolean;
  error: string;
  untestable?: string;
}

export interface Proposal {
  action: string;
  title: string;
  detail: string;
  probability: number;
  minutes: number;
  target_file?: string;
}

export interface Failure {
  id: string;
  atom: string | null;
  task: string;
  label: string;
  root_cause: string;
  conclusion: string;
  proposals: Proposal[];
  choice: { proposal?: number; action?: string; by?: string } | null;
}

export interface Review {
  review_id: string;
  atom_id: string;
  confidence: number | null;
  status: string;
}

export interface Report {
  summary: string;
  built: Record<string, any>;
  tests: Record<string, any>;
  cost: string;
  seconds: number;
  by_stage: { stage: string; seconds: number }[];
  not_done: { what: string; why: string }[];
  next_steps: string[];
  precision: number | null;
}

export interface Plan {
  id: string;
  name: string;
  description: string;
  request: string;
  status: string;
  stack: string;
  mode: string;
  stage: string;
  /** Of the latest run: a completed plan may have a small run under way. */
  run_status: string;
  progress_percent: number;
  version: number;
  pause_asked: string;
  pause_reason: string;
  pause_detail: string;
  closed_reason: string;
  estimated_minutes: number;
  started_at: string | null;
  finished_at: string | null;
}

export interface PlanDocument {
  seq: number;
  offered: Record<string, string[]>;
  plan: Plan;
  phases: Phase[];
  atoms: Atom[];
  /** The latest one; its picture is fetched when it is looked at. */
  graph: { id: string; atoms: number; edges: number } | null;
  waves: Wave[];
  cost: Cost;
  gates: Gate[];
  acceptance: AcceptanceTest[];
  failures: Failure[];
  reviews: Review[];
  report: Report | null;
  events: LiveEvent[];
}
