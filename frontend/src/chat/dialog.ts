// One form over the page for every edit: what is refused is said in it, and what was written stays.

import { byId, h } from "../dom";
import { Refused } from "../requests";
import { diffView } from "./diff";

export interface Question {
  title: string;
  fields: (HTMLElement | string)[];
  words: string;
  danger?: boolean;
  /** The version of the plan that the person saw. */
  version: number;
  send: (form: FormData, version: number) => Promise<unknown>;
  /** Another form, where a refusal offers a way out. */
  otherwise?: (error: Refused) => Question | null;
  done: () => void;
}

export function askIn(question: Question): void {
  const dialog = byId<HTMLDialogElement>("dialog");
  const alert = h("div", { class: "alert", role: "alert", hidden: true });
  const submit = h("button", { type: "submit", class: question.danger ? "danger" : "primary" }, question.words);
  const close = h("button", { type: "button", onclick: () => dialog.close() }, "Leave it");
  const form = h("form", {}, h("h2", { id: "dialog-title" }, question.title), ...question.fields, alert, h("div", { class: "row decide" }, close, submit));
  let version = question.version;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    alert.hidden = true;
    try {
      await question.send(new FormData(form), version);
      dialog.close();
      question.done();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const other = question.otherwise?.(error);
      if (other) {
        askIn({ ...other, version });
        return;
      }
      alert.replaceChildren(...explained(error));
      alert.hidden = false;
      alert.scrollIntoView({ block: "nearest" });
      if (error.problem.code === "plan_changed") {
        version = error.problem.current;
        submit.textContent = `${question.words}, in version ${version}`;
        question.done();
      }
    } finally {
      submit.disabled = false;
    }
  });
  dialog.replaceChildren(form);
  if (!dialog.open) dialog.showModal();
  form.querySelector<HTMLElement>("input, textarea, select")?.focus();
}

/** A refusal in words; of a plan that was changed meanwhile, with what changed. */
export function explained(error: Refused): HTMLElement[] {
  const { code, changes, problems } = error.problem;
  if (code === "plan_changed") return [h("p", {}, error.problem.detail), h("p", {}, "This is what changed; yours is not done yet:"), diffView(changes)];
  const list = Array.isArray(problems) && problems.length > 1 ? [h("ul", {}, ...problems.slice(0, 10).map((one: string) => h("li", {}, h("bdi", {}, one))))] : [];
  return [h("p", {}, error.message), ...list];
}

type Field = Record<string, string | number | boolean | null>;

/** A field with its label; `lines` makes it a text area. */
export function field(name: string, label: string, value: string | number, more: Field & { lines?: number } = {}): HTMLElement {
  const { lines, ...properties } = more;
  const id = `field-${name}`;
  const common = { id, name, dir: "auto", autocomplete: "off", ...properties };
  const input = lines ? h("textarea", { ...common, rows: lines }, String(value)) : h("input", { ...common, value });
  return h("div", { class: "field" }, h("label", { for: id }, label), input);
}

export function choice(name: string, label: string, options: [value: string, words: string][], chosen: string): HTMLElement {
  const id = `field-${name}`;
  const shown = options.map(([value, words]) => h("option", { value, selected: value === chosen }, words));
  return h("div", { class: "field" }, h("label", { for: id }, label), h("select", { id, name }, ...shown));
}
