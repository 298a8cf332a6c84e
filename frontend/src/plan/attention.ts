// What people are needed for: why it waits, failures with ways out, and the end.

import { bdi, byId, h } from "../dom";
import { staffButton, type Deed } from "./staff";
import { PlanStore, stateOf } from "./store";
import type { Failure } from "./types";
import { chosenWords, waysOf } from "./waysout";
import { count, dollars, duration, human } from "./words";

interface Why {
  title: string;
  why: string;
  unblock: string;
  link?: string;
  /** What staff may do about it. */
  staff?: Deed;
}

const QUIET_AFTER = 180;

const REASONS: Record<string, Omit<Why, "why"> & { why?: string }> = {
  person: { title: "Paused by a person", unblock: "Resume it; accepted work is kept." },
  cost_limit: { title: "Paused at the cost limit", unblock: "Staff raise the plan's limit, then resume.", staff: "limit" },
  provider_unavailable: { title: "Paused: the model does not answer", unblock: "It goes on by itself when the provider answers again; or resume it. No attempt was spent." },
  provider_rejected: { title: "Paused: the model refused the call", unblock: "Mend the key, the model or the address as it says, then resume. No attempt was spent." },
  pending_decision: { title: "Waits for a decision", unblock: "Choose a way out below, or retry, fix or skip what failed; then resume." },
  too_many_failures: { title: "Paused: too many atoms failed", unblock: "Look at the failures below, choose ways out, then resume." },
  checks_not_run: { title: "Paused: the code could not be checked", unblock: "Mend what is said above, then resume. Nothing was accepted unchecked." },
  modification: { title: "Paused: a change waits for a decision", unblock: "Approve, reject or adjust it.", link: "Look at the change" },
  tests_failed: { title: "Paused: the whole does not pass", unblock: "Look at what fails, retry or edit the atoms it points at; then resume." },
  proposal_chosen: { title: "Pausing for the way out that was chosen", unblock: "Nothing to do: the plan is changed as it says, and the build goes on by itself." },
  work_is_lost: { title: "Paused: work is lost again and again", unblock: "Look at the logs of the workers for why it never came back; then resume." },
  gate_failed: { title: "Paused: the gate did not pass", unblock: "Look at the failed tests, or let staff override the gate; then resume.", staff: "override" },
};

export function drawWaiting(store: PlanStore, staff: boolean): void {
  const place = byId("waiting");
  const reason = whyWaiting(store);
  place.hidden = reason === null;
  if (!reason) return;
  const key = JSON.stringify(reason);
  if (place.dataset.key === key) return;
  place.dataset.key = key;
  place.replaceChildren(
    h("h2", { id: "waiting-title" }, reason.title),
    reason.why ? h("p", {}, bdi(reason.why)) : "",
    h("p", { class: "unblock" }, h("strong", {}, "What unblocks it: "), reason.unblock),
    reason.link ? h("p", {}, h("a", { href: byId<HTMLAnchorElement>("change").href }, reason.link)) : "",
    staff && reason.staff ? h("p", {}, staffButton(reason.staff)) : "",
  );
}

function whyWaiting(store: PlanStore): Why | null {
  const { plan } = store.document;
  const size = `${count(store.tasks.size, "task")}, about ${duration(plan.estimated_minutes * 60)} by hand, estimated ${dollars(store.document.cost.estimated)}.`;
  if (plan.status === "draft") return { title: "Waits for your approval", why: size, unblock: "Read the plan below, then approve it. Nothing is built before." };
  if (plan.status === "approved") return { title: "Approved, not begun", why: "", unblock: "Press Build." };
  if (store.state === "in_progress" && plan.pause_asked) {
    return { title: "Pausing", why: "What runs is finished and recorded first; nothing new begins.", unblock: "Nothing to do." };
  }
  if (store.state === "paused") {
    const known = REASONS[plan.pause_reason];
    return {
      title: known?.title ?? `Paused: ${human(plan.pause_reason || "no reason given").toLowerCase()}`,
      why: plan.pause_detail,
      unblock: known?.unblock ?? "Mend what is said above, then resume.",
      ...(known?.link ? { link: known.link } : {}),
      ...(known?.staff ? { staff: known.staff } : {}),
    };
  }
  if (["rejected", "cancelled", "failed"].includes(plan.status) && plan.closed_reason) {
    return { title: human(plan.status), why: plan.closed_reason, unblock: plan.status === "failed" ? "Resume tries again from where it stood." : "Nothing; it is final. Ask for a new plan." };
  }
  return quiet(store);
}

/** Nothing was heard for long, although work is under way. */
function quiet(store: PlanStore): Why | null {
  const last = Date.parse(store.events.at(-1)?.ts ?? store.document.plan.started_at ?? "");
  const silent = (Date.now() - last) / 1000;
  if (store.state !== "in_progress" || !(silent > QUIET_AFTER)) return null;
  return {
    title: "Nothing happened for some minutes",
    why: "A call to a model may take long. Or no worker takes the work.",
    unblock: "Wait, or look whether workers run: make status, or manage.py doctor. What was lost is sent again by itself.",
  };
}

export function drawFailures(store: PlanStore, may: boolean): void {
  const { failures } = store.document;
  const place = byId("failures");
  place.hidden = failures.length === 0;
  const open = failures.filter((failure) => !settled(store, failure));
  const key = JSON.stringify([may, store.state, failures, open.length]);
  if (place.dataset.key === key) return; // what is the same stays, with the focus on it
  place.dataset.key = key;
  place.replaceChildren(
    h("h2", { id: "failures-title" }, "Failures", open.length ? h("span", { class: "pill s-failed" }, `${open.length} open`) : h("span", { class: "pill s-completed" }, "All decided")),
    ...open.map((failure) => failureOf(failure, may, store.state === "in_progress")),
    ...(failures.length > open.length
      ? [h("details", {}, h("summary", {}, `${failures.length - open.length} decided`), ...failures.filter((failure) => settled(store, failure)).map((failure) => failureOf(failure, false, false)))]
      : []),
  );
}

function settled(store: PlanStore, failure: Failure): boolean {
  const atom = failure.atom ? store.atoms.get(failure.atom) : undefined;
  return failure.choice !== null || (atom !== undefined && ["accepted", "skipped"].includes(stateOf(atom)));
}

function failureOf(failure: Failure, may: boolean, running: boolean): HTMLElement {
  const label = failure.atom
    ? h("button", { type: "button", class: "link", "data-open": failure.atom }, bdi(failure.label))
    : bdi(failure.label || "A task");
  return h(
    "article",
    { class: "failure" },
    h("h3", {}, label),
    h("p", {}, bdi(failure.root_cause)),
    failure.conclusion ? h("p", { class: "muted" }, bdi(failure.conclusion)) : "",
    ...(failure.choice ? [h("p", { class: "muted" }, chosenWords(failure))] : waysOf(failure, may, running)),
  );
}

export function drawFinished(store: PlanStore): void {
  const { report, plan } = store.document;
  const place = byId("finished");
  place.hidden = report === null || plan.status !== "completed";
  if (!report || place.hidden) return;
  const tests = report.tests.ran ? `${report.tests.passed} passed, ${report.tests.failed} failed` : `not run. ${report.tests.reason ?? ""}`;
  const coverage = typeof report.tests.coverage === "number" ? `, ${Math.round(report.tests.coverage)}% covered` : "";
  const facts: [string, string][] = [
    ["Files", `${report.built.files}, ${Number(report.built.lines).toLocaleString("en")} lines`],
    ["Endpoints", String(report.built.endpoints?.length ?? 0)],
    ["Tests", tests + coverage],
    ["Untouched by people", report.precision === null ? "not known" : `${Math.floor(1000 * report.precision) / 10}% of atoms`],
    ["Cost", dollars(report.cost)],
    ["Time at work", duration(report.seconds)],
  ];
  const changing = store.state !== "completed";
  place.replaceChildren(
    h("h2", { id: "finished-title" }, changing ? "Finished, and being changed" : "Finished"),
    changing ? h("p", { class: "muted" }, "These are the figures before the change that is under way; new ones come with its report.") : "",
    report.summary ? h("p", {}, bdi(report.summary)) : "",
    h("dl", { class: "facts wide" }, ...facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    ...(report.not_done.length
      ? [h("h3", {}, "Not done"), h("ul", { class: "plain" }, ...report.not_done.map((row) => h("li", {}, bdi(row.what), ": ", bdi(row.why))))]
      : []),
    ...(report.next_steps.length ? [h("h3", {}, "Next"), h("ul", {}, ...report.next_steps.map((step) => h("li", {}, bdi(step))))] : []),
    h("p", {}, h("a", { class: "button primary", href: `/api/v1/masterplans/${plan.id}/download/` }, "Download the project")),
  );
}
