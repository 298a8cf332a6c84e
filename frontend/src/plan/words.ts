// Names, letters and sentences.

import type { LiveEvent } from "../socket";

export const ATOM_STATES: [state: string, glyph: string, words: string][] = [
  ["pending", "·", "waiting its turn"],
  ["running", "▸", "being worked on"],
  ["validating", "?", "being checked"],
  ["retrying", "↻", "to be tried again"],
  ["accepted", "✓", "accepted"],
  ["decision", "!", "needs a decision"],
  ["failed", "✕", "failed"],
  ["blocked", "‖", "blocked"],
  ["skipped", "–", "left out"],
];
export const ATOM_GLYPHS = new Map(ATOM_STATES.map(([state, glyph]) => [state, glyph]));
export const ATOM_WORDS = new Map(ATOM_STATES.map(([state, , words]) => [state, words]));

export const ITEM_GLYPHS: Record<string, string> = {
  pending: "·",
  in_progress: "▸",
  running: "▸",
  validating: "?",
  ready_for_test: "◔",
  tested: "◕",
  completed: "✓",
  done: "✓",
  failed: "✕",
  blocked: "‖",
  skipped: "–",
  cancelled: "–",
};

export const STAGES: [stage: string, words: string][] = [
  ["code_generation", "Draft"],
  ["atomization", "Cut"],
  ["ordering", "Order"],
  ["waves", "Waves"],
  ["infrastructure", "Infrastructure"],
  ["testing", "Test"],
  ["closing", "Report"],
];

export const human = (name: string): string => {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** Names that are not written as words are. */
export const STACKS: Record<string, string> = { fastapi: "FastAPI", django: "Django" };

export const count = (number: number, noun: string): string => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

export const dollars = (amount: string | number): string => {
  const value = Number(amount);
  return `$${value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: value > 0 && value < 1 ? 4 : 2 })}`;
};

export function duration(seconds: number): string {
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 ? `${minutes} min ${whole % 60} s` : `${minutes} min`;
  return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
}

export const GROUPS: [group: string, words: string, test: (type: string) => boolean][] = [
  ["", "All", () => true],
  ["plan", "Plan", (type) => type.startsWith("masterplan") || type.startsWith("modification") || type === "complete" || type.startsWith("jira")],
  ["tasks", "Tasks", (type) => /^(task|subtask|milestone|phase|code|atomization)_/.test(type)],
  ["waves", "Waves", (type) => type.startsWith("wave") || type === "dependency_graph_ready"],
  ["atoms", "Atoms", (type) => type.startsWith("atom_")],
  ["tests", "Tests", (type) => type.startsWith("acceptance") || type.startsWith("gate")],
  ["people", "Decisions", (type) => type.startsWith("review") || type.startsWith("failure") || type.endsWith("paused")],
  ["cost", "Cost", (type) => type.startsWith("cost")],
  ["errors", "Errors", (type) => type === "error" || type.endsWith("_failed")],
];

type Data = Record<string, any>;

const SENTENCES: Record<string, (data: Data) => string> = {
  masterplan_created: () => "Plan made",
  masterplan_updated: (data) =>
    data.reason === "stage"
      ? `Stage: ${(STAGES.find(([stage]) => stage === data.stage)?.[1] ?? human(data.stage)).toLowerCase()}`
      : data.reason === "progress"
        ? `${data.progress_percent}% done`
        : data.reason === "acceptance_tests"
        ? `${count(data.acceptance_tests, "acceptance test")} written`
        : `Plan edited by ${data.by}`,
  masterplan_approved: (data) => `Approved by ${data.by}`,
  masterplan_rejected: (data) => `Rejected by ${data.by}: ${data.reason}`,
  masterplan_status_changed: (data) => `Plan is ${human(data.to).toLowerCase()}`,
  masterplan_execution_start: (data) => (data.tasks ? `Building ${count(data.tasks, "task")}` : "Changing what was built"),
  masterplan_paused: (data) => `Paused: ${human(data.reason).toLowerCase()}. ${data.detail ?? ""}`,
  masterplan_resumed: (data) => `Resumed by ${data.by}`,
  masterplan_cancelled: (data) => `Cancelled. ${data.reason ?? ""}`,
  code_generation_progress: (data) =>
    `${data.success ? "Drafted" : "Could not draft"} ${data.task} ${data.title} (${data.done} of ${data.total})`,
  code_generation_complete: (data) => `Code of ${count(data.tasks, "task")} drafted, ${count(data.lines, "line")}`,
  atomization_progress: (data) => `${data.task} cut into ${count(data.atoms_created, "atom")}`,
  atomization_complete: (data) => `Cut into ${count(data.atoms, "atom")}`,
  dependency_graph_ready: (data) => `Ordered: ${count(data.edges, "edge")}, ${count(data.waves, "wave")}`,
  wave_execution_start: (data) =>
    `Wave ${data.wave_number} of ${data.total_waves}, round ${data.round}: ${count(data.total_atoms, "atom")}`,
  wave_execution_complete: (data) =>
    `Wave ${data.wave_number} done in ${duration(data.duration_seconds)}: ${data.succeeded} accepted, ${data.failed} failed, ${data.blocked} blocked`,
  atom_execution_progress: (data) =>
    data.label ? `${data.label} is ${ATOM_WORDS.get(data.to) ?? data.to}` : `Atom ${data.current} of ${data.total} begun`,
  atom_execution_complete: (data) =>
    `${data.label} accepted after ${count(data.attempts, "attempt")}, confidence ${Number(data.confidence).toFixed(2)}`,
  atom_retry_start: (data) => `${data.label}: attempt ${data.attempt} of ${data.max_attempts}. ${data.error ?? ""}`,
  atom_retry_failed: (data) => `${data.label}: attempts spent. ${data.error ?? ""}`,
  failure_analysis: (data) => `Cause found for ${data.label}: ${data.root_cause}`,
  acceptance_test_start: (data) => `Test begins: ${data.requirement ?? "all"}`,
  acceptance_test_result: (data) =>
    `${data.passed === null ? "Not run" : data.passed ? "Passed" : "Failed"}: ${data.requirement}`,
  gate_validation_result: (data) =>
    `Gate ${data.overridden ? "overridden" : data.passed === null ? "not applicable" : data.passed ? "passed" : "failed"}: ${data.reason}`,
  code_validation_complete: (data) => `Validated (${data.level}): ${count(data.errors, "error")}, ${count(data.warnings, "warning")}`,
  review_created: (data) => `${data.label ?? "An atom"} is for review, confidence ${data.confidence === null ? "unknown" : Number(data.confidence).toFixed(2)}`,
  review_updated: (data) => `Review of ${data.label ?? "an atom"} is ${human(data.status).toLowerCase()}`,
  cost_updated: (data) => `Spent ${dollars(data.spent)} in ${count(data.calls, "call")}`,
  cost_warning: (data) => `Cost warning: ${dollars(data.current)} of ${dollars(data.soft_limit)}`,
  task_status_changed: (data) => `${data.label} is ${human(data.to).toLowerCase()}`,
  milestone_status_changed: (data) => `${data.label} is ${human(data.to).toLowerCase()}`,
  phase_status_changed: (data) => `${data.label} is ${human(data.to).toLowerCase()}`,
  file_writing_progress: (data) => `${data.files_written} of ${data.total} files written`,
  infrastructure_generation_complete: (data) => `Infrastructure for ${data.project_type}: ${count(data.files.length, "file")}`,
  execution_complete: (data) => `Built: ${count(data.files, "file")}, ${count(data.lines, "line")}`,
  complete: (data) => `Complete after ${duration(data.duration)}, ${dollars(data.cost)}`,
  jira_export_progress: (data) => `To Jira: ${data.created} made, ${data.updated} changed, ${data.failed} failed, of ${data.total}`,
  jira_export_complete: (data) => `In Jira: ${data.created} made, ${data.updated} changed, ${data.failed} failed. ${data.board_url}`,
  jira_csv_ready: (data) => `The CSV for Jira is ready: ${count(data.created, "row")}`,
  error: (data) => `${data.message} ${data.hint ?? ""}`,
};

/** An event in words. One that is not known, or lacks what its sentence needs, is named. */
export function sentence(event: LiveEvent): string {
  const say = SENTENCES[event.type];
  if (!say) return human(event.type);
  try {
    return say(event.data).trim();
  } catch {
    return human(event.type);
  }
}
