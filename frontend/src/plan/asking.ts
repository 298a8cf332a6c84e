// Asks before something is done: what it means, what it costs, and perhaps for words or a choice.

import { bdi, byId, h } from "../dom";

export interface Question {
  title: string;
  words: string[];
  list?: string[];
  /** Label of a line of text that may be left empty. */
  field?: string;
  choices?: { value: string; words: string; detail: string }[];
  yes: string;
  no?: string;
  danger?: boolean;
}

export interface Answer {
  text: string;
  choice: string;
}

/** `null` when it was not wanted after all. */
export function ask(question: Question): Promise<Answer | null> {
  const dialog = byId<HTMLDialogElement>("ask");
  const form = h(
    "form",
    { method: "dialog" },
    h("h2", { id: "ask-title" }, question.title),
    ...question.words.filter(Boolean).map((words) => h("p", {}, bdi(words))),
    question.list?.length ? h("ul", { class: "ask-list" }, ...question.list.map((line) => h("li", {}, bdi(line)))) : "",
    question.choices ? choicesOf(question.choices) : "",
    ...(question.field ? [h("label", { for: "ask-text" }, question.field), h("input", { id: "ask-text", maxlength: 2000, dir: "auto" })] : []),
    h(
      "div",
      { class: "row" },
      h("button", { value: "no", type: "submit" }, question.no ?? "Not now"),
      h("button", { class: question.danger ? "danger" : "primary", value: "yes", type: "submit", autofocus: !question.field }, question.yes),
    ),
  );
  dialog.replaceChildren(form);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    const closed = () => {
      const content = new FormData(form);
      const text = (form.querySelector("#ask-text") as HTMLInputElement | null)?.value ?? "";
      resolve(dialog.returnValue === "yes" ? { text, choice: String(content.get("choice") ?? "") } : null);
    };
    dialog.addEventListener("close", closed, { once: true });
  });
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
