// A conversation, a plan and its versions, as the server tells of them.

import type { Discovery } from "../discovery/types";

export interface Message {
  id: string;
  role: "user" | "assistant" | "system";
  content: string;
  suggestions: string[];
  created_at: string;
}

export interface PlanName {
  id: string;
  name: string;
  status: string;
  version: number;
  change_waits?: boolean;
}

export interface ChatDocument {
  seq: number;
  id: string;
  messages: Message[];
  earlier: boolean;
  awaits: boolean;
  writing: { id: string; text: string } | null;
  discovery: Discovery | null;
  plans: PlanName[];
}

export interface Criterion {
  text: string;
  priority: string;
  test: string | null;
}

export interface Task {
  id: string;
  short_id: string;
  title: string;
  description: string;
  type: string;
  priority: string;
  complexity: string;
  status: string;
  estimated_minutes: number;
  acceptance_criteria: Criterion[];
  target_files: string[];
  exports: { name: string; signature: string }[];
  depends_on: string[];
  covers: string[];
  subtasks: { title: string }[];
}

export interface Milestone {
  id: string;
  short_id: string;
  name: string;
  description: string;
  status: string;
  tasks: Task[];
}

export interface Phase {
  id: string;
  short_id: string;
  name: string;
  description: string;
  status: string;
  milestones: Milestone[];
}

export interface Plan extends PlanName {
  project_name: string;
  description: string;
  business_logic: string;
  conventions: string[];
  stack: string;
  total_tasks: number;
  estimated_minutes: number;
  estimated_cost: string;
  rejection_reason: string;
  phases: Phase[];
}

export interface FieldChange {
  name: string;
  before: unknown;
  after: unknown;
}

export interface ItemName {
  id: string;
  title: string;
}

export interface ItemChanges {
  added: ItemName[];
  removed: ItemName[];
  modified: (ItemName & { fields: FieldChange[] })[];
}

export interface PlanDiff {
  plan: FieldChange[];
  entities: ItemChanges;
  phases: ItemChanges;
  milestones: ItemChanges;
  tasks: ItemChanges;
}

export interface Version {
  number: number;
  type: string;
  summary: string;
  parent: number | null;
  author: string | null;
  created_at: string;
}

/** The state of a plan's tasks, kept at a pause or the end of a wave. */
export interface Snapshot {
  id: string;
  taken_by: string;
  reason: string;
  detail: string;
  tasks: Record<string, string>;
  created_at: string;
}

export interface Change {
  id: number;
  change_type: string;
  actor_kind: string;
  actor_name: string;
  item_type: string;
  item_label: string;
  before: Record<string, unknown>;
  after: Record<string, unknown>;
  reason: string;
  created_at: string;
}

export interface Page<T> {
  count: number;
  next: string | null;
  results: T[];
}

export interface TouchedItem extends ItemName {
  milestone: string;
  status: string;
  why: string;
}

export interface Impact {
  summary: string;
  words: string;
  new_tasks: TouchedItem[];
  changed_tasks: TouchedItem[];
  removed_tasks: TouchedItem[];
  dependents: TouchedItem[];
  kept_tasks: number;
  completed_touched: string[];
  extra_minutes: number;
  estimated_cost_usd: string;
  uncovered?: string[];
  not_understood: string[];
  questions: string[];
  diff?: PlanDiff;
}

export interface Modification {
  id: string;
  status: string;
  analysed: boolean;
  requirement: string;
  adjustment: string;
  /** The version that it brings back. */
  restores: number | null;
  made_version: number | null;
  impact: Impact;
  requested_by: string;
  decided_by: string;
  reason: string;
  error: Record<string, unknown> | null;
  created_at: string;
  expires_at: string | null;
  decided_at: string | null;
}
