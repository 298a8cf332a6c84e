// Asks before something is done: what it means, what it costs, and perhaps for words or a choice. What was confirmed is
// sent while the question stands: a refusal is said in it, and what was written stays.

import { bdi, byId, h } from "../dom";
import { Refused } from "../requests";

export interface Field {
  name: string;
  label: string;
  value?: string;
  needed?: boolean;
  /** Of so many lines, in the letters of code. */
  code?: number;
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
  form.addEventListener("input", () => question.written?.(answer()));
  form.addEventListener("submit", (event) => {
    if (event.submitter !== yes) return;
    event.preventDefault();
    void attempt();
  });
  const attempt = async (): Promise<void> => {
    yes.disabled = true;
    yes.textContent = question.busy ?? question.yes;
    alert.hidden = true;
    try {
      await send(answer());
      dialog.close("yes");
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      alert.replaceChildren(...explained(error));
      alert.hidden = false;
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
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(), { once: true }));
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
    ? h("textarea", { ...common, rows: code, dir: "ltr", class: "code-field", spellcheck: "false", wrap: "off" })
    : number
      ? h("input", { ...common, type: "number", min: 0, step: "0.01", inputmode: "decimal", value })
      : h("input", { ...common, maxlength: 2000, dir: "auto", value });
  if (code) (input as HTMLTextAreaElement).value = value ?? "";
  return [h("label", { for: id }, label), input];
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
