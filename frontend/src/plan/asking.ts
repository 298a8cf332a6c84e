// Asks before something is done: what it means, what it costs, and perhaps for words or a choice. What was confirmed is
// sent while the question stands: a refusal is said in it, and what was written stays.

import type * as Editors from "../editor";
import { bdi, byId, h } from "../dom";
import { Refused } from "../requests";

export interface Field {
  name: string;
  label: string;
  value?: string;
  needed?: boolean;
  /** Code, written in an editor: of which file, and where it begins in it. */
  code?: { path: string; firstLine: number };
  number?: boolean;
}

export interface Question {
  title: string;
  words: string[];
  list?: string[];
  fields?: Field[];
  choices?: { value: string; words: string; detail: string }[];
  yes: string;
  /** What the button says while the answer is awaited. */
  busy?: string;
  no?: string;
  danger?: boolean;
  /** Told whenever something is written. */
  written?: (answer: Answer) => void;
}

/** What was written and chosen, by name. */
export type Answer = Record<string, string>;

const MOST_FINDINGS = 12;
const ROWS = 16;

/** Sends the answer when it is confirmed; ends when it was taken, or was not wanted after all. */
export function ask(question: Question, send: (answer: Answer) => Promise<unknown>): Promise<void> {
  const dialog = byId<HTMLDialogElement>("ask");
  const alert = h("div", { class: "alert", role: "alert", hidden: true });
  const yes = h("button", { class: question.danger ? "danger" : "primary", value: "yes", type: "submit", autofocus: !question.fields }, question.yes);
  const form = h(
    "form",
    { method: "dialog" },
    h("h2", { id: "ask-title" }, question.title),
    ...question.words.filter(Boolean).map((words) => h("p", {}, bdi(words))),
    question.list?.length ? h("ul", { class: "ask-list" }, ...question.list.map((line) => h("li", {}, bdi(line)))) : "",
    question.choices ? choicesOf(question.choices) : "",
    ...(question.fields ?? []).flatMap((field) => fieldOf(field)),
    alert,
    h("div", { class: "row" }, h("button", { value: "no", type: "submit", formnovalidate: true }, question.no ?? "Not now"), yes),
  );
  const answer = (): Answer => Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
  const written = () => question.written?.(answer());
  form.addEventListener("input", written);
  form.addEventListener("submit", (event) => {
    if (event.submitter !== yes) return;
    event.preventDefault();
    void attempt();
  });
  const attempt = async (): Promise<void> => {
    alert.hidden = true;
    const empty = (question.fields ?? []).find(({ name, code, needed }) => code && needed && !answer()[name]?.trim());
    if (empty) {
      alert.replaceChildren(`${empty.label} is empty.`);
      alert.hidden = false;
      return;
    }
    yes.disabled = true;
    yes.textContent = question.busy ?? question.yes;
    try {
      await send(answer());
      dialog.close("yes");
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      alert.replaceChildren(...explained(error));
      alert.hidden = false;
      for (const opened of editors) opened.editor.show(foundIn(opened, error));
      alert.scrollIntoView({ block: "nearest" });
    } finally {
      yes.disabled = false;
      yes.textContent = question.yes;
    }
  };
  dialog.classList.toggle("with-code", question.fields?.some((field) => field.code) ?? false);
  dialog.replaceChildren(form);
  dialog.returnValue = "no";
  dialog.showModal();
  const editors: Opened[] = [];
  for (const field of question.fields ?? []) if (field.code) void openEditor(field, form, yes, written).then((opened) => editors.push(opened));
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(), { once: true }));
}

interface Opened {
  editor: Editors.Editor;
  path: string;
  firstLine: number;
}

/** The editor is large and comes when it is wanted; until it is there, the text area is written into. */
async function openEditor({ name, code }: Field, form: HTMLFormElement, yes: HTMLElement, onChange: () => void): Promise<Opened> {
  const { editor: address = "", nonce = "" } = byId("plan").dataset;
  const { path = "", firstLine = 1 } = code ?? {};
  const { openEditor: open } = (await import(address)) as typeof Editors;
  const area = form.elements.namedItem(name) as HTMLTextAreaElement;
  const focused = document.activeElement === area;
  const place = h("div", { class: "code-editor" });
  area.after(place);
  area.required = false; // an empty one is told of by us: the browser cannot point at what is hidden
  const editor = open({ area, place, path, firstLine, labelledBy: `${area.id}-label`, nonce, onChange, onSave: () => form.requestSubmit(yes) });
  // There Escape is for leaving the editor with the next Tab; the dialog would close at it.
  place.addEventListener("keydown", (event) => {
    if (event.key === "Escape") event.preventDefault();
  });
  if (focused) editor.focus();
  return { editor, path, firstLine };
}

function foundIn({ path, firstLine }: Opened, { problem }: Refused): Editors.Finding[] {
  const found: Record<string, unknown>[] = Array.isArray(problem.diagnostics) ? problem.diagnostics : [];
  return found.filter((one) => one.path === path).map((one) => ({ line: Number(one.line) - firstLine + 1, text: String(one.message), severity: String(one.severity) }));
}

/** A refusal in words, with what a check of code found. */
function explained(error: Refused): HTMLElement[] {
  const { diagnostics, problems } = error.problem;
  const found = [
    ...(Array.isArray(diagnostics) ? diagnostics.map((one) => `${one.path}:${one.line} ${one.message}${one.hint ? ` ${one.hint}` : ""}`) : []),
    ...(Array.isArray(problems) ? problems.map(String) : []),
  ];
  const more = found.length > MOST_FINDINGS ? [h("li", {}, `and ${found.length - MOST_FINDINGS} more`)] : [];
  const list = found.length ? [h("ul", {}, ...found.slice(0, MOST_FINDINGS).map((one) => h("li", {}, bdi(one))), ...more)] : [];
  return [h("p", {}, error.message), ...list];
}

function fieldOf({ name, label, value, needed, code, number }: Field): HTMLElement[] {
  const id = `ask-${name}`;
  const common = { id, name, required: needed, autocomplete: "off" };
  const input = code
    ? h("textarea", { ...common, rows: ROWS, dir: "ltr", class: "code-field", spellcheck: "false", wrap: "off" })
    : number
      ? h("input", { ...common, type: "number", min: 0, step: "0.01", inputmode: "decimal", value })
      : h("input", { ...common, maxlength: 2000, dir: "auto", value });
  if (code) (input as HTMLTextAreaElement).value = value ?? "";
  return [h("label", { for: id, id: `${id}-label` }, label), input];
}

function choicesOf(choices: NonNullable<Question["choices"]>): HTMLElement {
  return h(
    "fieldset",
    { class: "ask-choices" },
    h("legend", {}, "From where"),
    ...choices.map(({ value, words, detail }, index) =>
      h(
        "label",
        {},
        h("input", { type: "radio", name: "choice", value, checked: index === 0 }),
        h("span", {}, words, detail ? h("small", { class: "muted" }, bdi(detail)) : ""),
      ),
    ),
  );
}
