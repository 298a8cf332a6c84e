// The questions of a discovery as a form: all of them, or one after the other.

import { bdi, h } from "../dom";
import type { Question } from "./types";

export type Way = "together" | "one by one";

/** The form; `way` says which questions it shows. Buttons with `data-step` are the page's. */
export function questionForm(questions: Question[], way: Way, may: boolean): HTMLElement {
  const open = questions.filter((question) => !question.answer);
  const shown = way === "together" ? questions : open.slice(0, 1);
  const place = questions.length - open.length + 1;
  return h(
    "form",
    { class: "card questions", id: "questions", "data-way": way },
    h("div", { class: "row" }, h("h2", {}, way === "together" ? "Some questions first" : `Question ${place} of ${questions.length}`), wayButton(questions, way)),
    h("p", { class: "muted" }, way === "together" ? "What you leave empty is decided by the usual default." : "Left empty, the default is taken."),
    ...shown.map((question) => fieldOf(question, may)),
    may ? buttons(way) : h("p", {}, "Only the owner answers."),
  );
}

function wayButton(questions: Question[], way: Way): HTMLElement | "" {
  if (questions.length < 2) return "";
  const other: Way = way === "together" ? "one by one" : "together";
  return h("button", { type: "button", class: "quiet", "data-way": other }, `Ask me ${other}`);
}

function buttons(way: Way): HTMLElement {
  const answer = h("button", { type: "submit", class: "primary" }, way === "together" ? "Answer and go on" : "Answer");
  const words = way === "together" ? "Take all defaults" : "Take defaults for the rest";
  return h("div", { class: "row" }, answer, h("button", { type: "button", class: "quiet", "data-step": "defaults" }, words));
}

function fieldOf(question: Question, may: boolean): HTMLElement {
  const name = `answer.${question.key}`;
  const list = question.options.length ? `options-${question.key}` : null;
  return h(
    "div",
    { class: "question" },
    h("label", { for: name }, bdi(question.question)),
    question.why ? h("p", { class: "muted", id: `${name}-why` }, bdi(question.why)) : "",
    h("input", {
      id: name,
      name,
      dir: "auto",
      maxlength: 4000,
      value: question.answer,
      placeholder: question.default,
      "data-default": question.default,
      list,
      "aria-describedby": question.why ? `${name}-why` : null,
      autocomplete: "off",
      disabled: !may,
    }),
    list ? h("datalist", { id: list }, ...question.options.map((option) => h("option", { value: option }))) : "",
    question.examples.length ? h("p", { class: "muted" }, "For example: ", bdi(question.examples.join(" · "))) : "",
  );
}

/** What was filled in; of a single question also its default. */
export function answersIn(form: HTMLFormElement): Record<string, string> {
  const given = Object.fromEntries([...new FormData(form)].map(([key, value]) => [key, String(value)]));
  if (form.dataset.way === "together") return given;
  for (const input of form.querySelectorAll<HTMLInputElement>("input[name]")) {
    if (!input.value.trim()) given[input.name] = input.dataset.default || "-";
  }
  return { ...given, more: "1" };
}
