// The plan, to read; while it is a draft also to edit, approve or reject.

import { bdi, byId, h, pill } from "../dom";
import { count, dollars, duration, human, ITEM_GLYPHS, STACKS } from "../plan/words";
import { post } from "../requests";
import { addTask, changePlan, changeTask, moveTask, rejectPlan, removeTask } from "./edits";
import type { Milestone, Phase, Plan, Task } from "./types";

export class PlanPart {
  private plan: Plan | null = null;
  private readonly open = new Set<string>();

  constructor(
    private readonly may: boolean,
    private readonly act: (what: () => Promise<unknown>) => void,
    private readonly reload: () => void,
  ) {
    const place = byId("plan-part");
    place.addEventListener("toggle", (event) => this.remember(event.target as HTMLDetailsElement), true);
    place.addEventListener("click", (event) => this.clicked(event.target as HTMLElement));
  }

  draw(plan: Plan): void {
    const place = byId("plan-part");
    const focus = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>("#plan-part [data-edit]")?.dataset;
    this.plan = plan;
    place.replaceChildren(this.head(plan), ...plan.phases.map((phase, index) => this.phase(phase, index)));
    if (focus?.edit) place.querySelector<HTMLElement>(`[data-edit="${focus.edit}"][data-item="${focus.item ?? ""}"]`)?.focus();
  }

  private get editable(): boolean {
    return this.may && this.plan?.status === "draft";
  }

  private head(plan: Plan): HTMLElement {
    const facts: [string, string | HTMLElement][] = [
      ["Version", String(plan.version)],
      ["Stack", STACKS[plan.stack] ?? human(plan.stack)],
      ["Tasks", String(plan.total_tasks)],
      ["Estimate", `${duration(plan.estimated_minutes * 60)}, ${dollars(plan.estimated_cost)}`],
    ];
    return h(
      "section",
      { class: "card plan-card", "aria-labelledby": "plan-name" },
      h("div", { class: "row top-row" }, h("h2", { id: "plan-name" }, bdi(plan.project_name), " ", pill(plan.status, human(plan.status))), this.editable ? edit("plan", "", "Edit", "Edit name, description and conventions") : ""),
      h("p", {}, bdi(plan.description)),
      h("dl", { class: "facts wide" }, ...facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
      more("Business logic", plan.business_logic ? h("p", { class: "lines" }, bdi(plan.business_logic)) : null),
      more("Conventions", plan.conventions.length ? h("ul", {}, ...plan.conventions.map((one) => h("li", {}, bdi(one)))) : null),
      plan.rejection_reason ? h("p", { class: "muted" }, "Rejected: ", bdi(plan.rejection_reason)) : "",
      this.choices(plan),
    );
  }

  private choices(plan: Plan): HTMLElement {
    const link = h("a", { class: plan.status === "draft" ? "button" : "button primary", href: `/plans/${plan.id}/` }, "Live page");
    if (!this.may) return h("div", { class: "row" }, link);
    const button = (name: string, words: string, kind: string) => h("button", { type: "button", class: kind, "data-control": name }, words);
    const draft = [button("approve_and_build", "Approve and build", "primary"), button("approve", "Approve", ""), button("reject", "Reject…", "danger")];
    const approved = [button("execute", "Build", "primary")];
    const shown = plan.status === "draft" ? draft : plan.status === "approved" ? approved : [];
    return h("div", { class: "actions" }, ...shown, link);
  }

  private phase(phase: Phase, index: number): HTMLElement {
    const tasks = phase.milestones.reduce((sum, one) => sum + one.tasks.length, 0);
    return h(
      "details",
      { class: "card phase-card", "data-open": phase.short_id, open: this.open.has(phase.short_id) || (index === 0 && !this.open.has(`closed ${phase.short_id}`)) },
      h("summary", {}, h("span", { class: "name" }, h("h3", {}, bdi(phase.name))), h("span", { class: "muted" }, count(tasks, "task")), this.markOf(phase.status)),
      phase.description ? h("p", { class: "muted" }, bdi(phase.description)) : "",
      ...phase.milestones.map((milestone) => this.milestone(milestone)),
    );
  }

  private milestone(milestone: Milestone): HTMLElement {
    return h(
      "section",
      { class: "milestone" },
      h("h4", {}, bdi(milestone.name), this.editable ? edit("add", milestone.short_id, "Add a task", `Add a task to ${milestone.name}`) : this.markOf(milestone.status)),
      h("ul", { class: "tasks" }, ...milestone.tasks.map((task) => this.task(task))),
    );
  }

  private task(task: Task): HTMLElement {
    return h(
      "li",
      {},
      h(
        "details",
        { class: "task-row", id: task.short_id, "data-open": task.short_id, open: this.open.has(task.short_id) },
        h(
          "summary",
          {},
          h("span", { class: "short muted" }, task.short_id.replace("task_", "")),
          h("span", { class: "name" }, bdi(task.title), h("small", { class: "muted" }, bdi(task.target_files.join(", ")))),
          h("span", { class: "muted nowrap" }, `${task.estimated_minutes} min`),
          this.markOf(task.status),
        ),
        h(
          "div",
          { class: "task-body" },
          h("p", { class: "lines" }, bdi(task.description)),
          facts(task),
          listed("Criteria", task.acceptance_criteria.map((one) => `${one.priority}: ${one.text}`)),
          listed("Covers", task.covers),
          listed("Offers", task.exports.map((one) => one.signature || one.name)),
          listed("Steps", task.subtasks.map((one) => one.title)),
          this.editable
            ? h("div", { class: "actions" }, edit("change", task.id, "Edit…", `Edit ${task.short_id}`), edit("move", task.id, "Move…", `Move ${task.short_id}`), edit("remove", task.id, "Remove…", `Remove ${task.short_id}`))
            : "",
        ),
      ),
    );
  }

  /** Of a draft nothing is begun. */
  private markOf(status: string): HTMLElement | "" {
    return this.plan?.status === "draft" ? "" : pill(status, `${ITEM_GLYPHS[status] ?? ""} ${human(status)}`.trim());
  }

  private remember(details: HTMLDetailsElement): void {
    const id = details.dataset?.open;
    if (!id) return;
    if (details.open) this.open.add(id);
    else this.open.delete(id);
    if (details.matches(".phase-card") && !details.open) this.open.add(`closed ${id}`);
  }

  private clicked(target: HTMLElement): void {
    const { plan } = this;
    if (!plan) return;
    const control = target.closest<HTMLElement>("[data-control]")?.dataset.control;
    if (control === "reject") rejectPlan(plan, this.reload);
    else if (control) this.act(() => post(`/plans/${plan.id}/control/${control}/`, { version: String(plan.version) }));
    const { edit: kind, item } = target.closest<HTMLElement>("[data-edit]")?.dataset ?? {};
    const milestones = plan.phases.flatMap((phase) => phase.milestones);
    const milestone = milestones.find((one) => one.short_id === item);
    const task = milestones.flatMap((one) => one.tasks).find((one) => one.id === item);
    if (kind === "plan") changePlan(plan, this.reload);
    if (kind === "add" && milestone) addTask(plan, milestone, this.reload);
    if (kind === "change" && task) changeTask(plan, task, this.reload);
    if (kind === "move" && task) moveTask(plan, task, this.reload);
    if (kind === "remove" && task) removeTask(plan, task, this.reload);
  }
}

function edit(kind: string, item: string, words: string, label: string): HTMLElement {
  return h("button", { type: "button", class: "small", "data-edit": kind, "data-item": item, "aria-label": label }, words);
}

function more(title: string, content: HTMLElement | null): HTMLElement | "" {
  return content ? h("details", { class: "more-of" }, h("summary", {}, title), content) : "";
}

function facts(task: Task): HTMLElement {
  const shown = [human(task.type), `priority ${task.priority}`, `complexity ${task.complexity}`, `${task.estimated_minutes} min`];
  if (task.depends_on.length) shown.push(`after ${task.depends_on.join(", ")}`);
  return h("p", { class: "muted" }, bdi(shown.join(" · ")));
}

function listed(title: string, items: string[]): HTMLElement | "" {
  return items.length ? h("div", {}, h("h5", {}, title), h("ul", {}, ...items.map((one) => h("li", {}, bdi(one))))) : "";
}
