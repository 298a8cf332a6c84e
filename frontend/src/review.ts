// The review page and what stands above the queue. Everything works without this too, by buttons and forms.

import type * as Editors from "./editor";
import { Kept } from "./review/kept";
import { stayPresent } from "./review/presence";

const page = document.getElementById("review");
const dialog = document.getElementById("keys") as HTMLDialogElement | null;
const find = <T extends HTMLElement>(selector: string, inside: ParentNode = document): T | null => inside.querySelector<T>(selector);
const press = (key: string): void => find(`[data-key="${key}"]`)?.click();
const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable]";

function typing(event: KeyboardEvent): HTMLElement | null {
  return event.target instanceof Element ? event.target.closest<HTMLElement>(TYPING) : null;
}

function listen(keys: Record<string, () => void>, whileTyping: (event: KeyboardEvent, field: HTMLElement) => void): void {
  document.addEventListener("keydown", (event) => {
    const field = typing(event);
    if (field) return whileTyping(event, field);
    if (event.ctrlKey || event.metaKey || event.altKey || dialog?.open) return;
    const action = keys[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

if (page) review(page);
else listen({ z: () => press("z") }, () => undefined);

function review(page: HTMLElement): void {
  const { dataset } = page;
  const area = find<HTMLTextAreaElement>("#editor");
  const note = find<HTMLTextAreaElement>("#note");
  const hint = find("#note-hint");
  const token = find<HTMLInputElement>("input[name=csrfmiddlewaretoken]", page)?.value ?? "";
  const kept = new Kept(dataset.person ?? "", dataset.review ?? "");
  const stored = area?.value ?? "";
  let editor: Promise<Editors.Editor> | null = null;
  let sent = false;
  let wanted = "";

  // -- the editor ------------------------------------------------------------------------------------------------

  // It is large and comes by itself while the code is being read; until it is there the text area does.
  const editors = (): Promise<typeof Editors> => import(dataset.editor ?? "") as Promise<typeof Editors>;

  const open = async (): Promise<Editors.Editor | null> => {
    const details = find<HTMLDetailsElement>("#edit");
    const place = find("#editor-place");
    if (!details || !place || !area) return null;
    details.open = true;
    editor ??= editors().then(({ openEditor }) => {
      const opened = openEditor({
        area,
        place,
        language: dataset.language ?? "",
        path: dataset.path ?? "",
        firstLine: Number(dataset.line ?? 1),
        labelledBy: "editor-label",
        nonce: dataset.nonce ?? "",
        onChange: () => kept.write({ code: area.value === stored ? "" : area.value }),
        onSave: () => area.form?.requestSubmit(),
      });
      opened.show(findings());
      return opened;
    });
    return editor;
  };

  const edit = async (): Promise<void> => {
    const opened = await open();
    find("#edit")?.scrollIntoView({ block: "start" });
    opened?.focus();
  };

  const suggest = async (): Promise<void> => {
    const suggestion = find<HTMLTextAreaElement>("#suggestion");
    const opened = suggestion && (await open());
    if (!suggestion || !opened) return;
    opened.replace(suggestion.value);
    await edit();
  };

  const findings = (): Editors.Finding[] =>
    [...document.querySelectorAll<HTMLElement>("#editor-findings [data-text]")].map((item) => ({
      line: Number(find("[data-line]", item)?.dataset.line ?? 1),
      text: item.dataset.text ?? "",
      severity: item.dataset.severity ?? "error",
    }));

  // -- keys and buttons ------------------------------------------------------------------------------------------

  const toggle = (id: string): void => {
    const details = find<HTMLDetailsElement>(`#${id}`);
    if (!details) return;
    details.open = !details.open;
    if (details.open) details.scrollIntoView({ block: "start" });
  };

  const want = (key: string): void => {
    wanted = key;
    if (hint) hint.textContent = key === "r" ? "Ctrl ↵ rejects." : "Ctrl ↵ regenerates.";
    note?.classList.add("rv-wanted");
    note?.focus();
  };

  listen(
    {
      ...Object.fromEntries(["a", "r", "g", "n", "p", "q", "z"].map((key) => [key, () => press(key)])),
      e: () => void edit(),
      u: () => void suggest(),
      f: () => toggle("file"),
      t: () => toggle("attempts"),
      c: () => toggle("related"),
      "?": () => dialog?.showModal(),
    },
    (event, field) => {
      if (event.key === "Escape" && !field.closest(".cm-editor")) field.blur();
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      if (field === note && wanted) press(wanted);
      else if (field.closest("#edit") && !field.closest(".cm-editor")) area?.form?.requestSubmit();
    },
  );

  page.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("button, a");
    if (!button) return;
    if ("edit" in button.dataset) void edit();
    if ("suggest" in button.dataset) void suggest();
    if ("help" in button.dataset) dialog?.showModal();
    if ("discard" in button.dataset) discard();
    if (button.matches("[data-line]")) void open().then((opened) => opened?.goTo(Number(button.dataset.line)));
    if ("leave" in button.dataset && dataset.open) release();
    if ("needsNote" in button.dataset && note && !note.value.trim()) {
      event.preventDefault();
      want(button.dataset.key ?? "");
    }
  });

  find<HTMLDetailsElement>("#edit")?.addEventListener("toggle", (event) => {
    if ((event.target as HTMLDetailsElement).open) void open();
  });

  // Going on without a decision puts the review back at once, so that nobody waits for the claim to expire.
  const release = (): void => {
    const body = new URLSearchParams({ release: "1", csrfmiddlewaretoken: token });
    void fetch(dataset.hold ?? "", { method: "POST", body, keepalive: true, redirect: "manual" });
  };

  // -- nothing that was typed is lost ------------------------------------------------------------------------------

  const discard = (): void => {
    void open().then((opened) => opened?.replace(stored));
    kept.write({ code: "" });
    find("#restored")?.setAttribute("hidden", "");
  };

  const before = kept.read();
  if (!dataset.open) showKept(before);
  else {
    if (note && before.note && !note.value) note.value = before.note;
    if (area && before.code && before.code !== stored) {
      const { code } = before;
      void open().then((opened) => opened?.replace(code));
      find("#restored")?.removeAttribute("hidden");
    }
    if (find("#editor-findings")) void edit();
    else if (find<HTMLDetailsElement>("#edit")?.open) void open();
    else if (area) (window.requestIdleCallback ?? setTimeout)(() => void editors());
  }

  note?.addEventListener("input", () => {
    note.classList.remove("rv-wanted");
    kept.write({ note: note.value });
  });

  function showKept({ code, note: words }: { code?: string; note?: string }): void {
    if ((!code && !words) || find("#kept")) return kept.forget();
    const section = document.createElement("section");
    section.className = "rv-card rv-kept";
    const title = document.createElement("h2");
    title.textContent = "What you had written";
    section.append(title);
    if (words) section.append(Object.assign(document.createElement("p"), { className: "rv-quote", textContent: words }));
    if (code) {
      const text = Object.assign(document.createElement("textarea"), { className: "rv-editor rv-mono", value: code, readOnly: true, rows: 10 });
      text.setAttribute("aria-label", "Your code");
      section.append(text);
    }
    find("#told")?.after(section);
    kept.forget();
  }

  // A second click, or a second key, must not send a decision twice.
  for (const form of page.querySelectorAll<HTMLFormElement>("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (sent) return event.preventDefault();
      sent = true;
      form.classList.add("rv-sending");
      const label = event.submitter?.dataset.busy ?? find("[data-busy]", form)?.dataset.busy;
      const words = label ? find("[data-busy] span", form) : null;
      if (label && words) words.textContent = label;
    });
  }
  window.addEventListener("pageshow", () => {
    sent = false;
    for (const form of page.querySelectorAll(".rv-sending")) form.classList.remove("rv-sending");
  });

  // -- others --------------------------------------------------------------------------------------------------------

  if (dataset.open) {
    stayPresent({
      address: dataset.presence ?? "",
      token,
      answered: Boolean(dataset.answered),
      onTaken() {
        for (const button of page.querySelectorAll<HTMLButtonElement>("#decide button, #edit button")) button.disabled = true;
      },
      onAnswer: () => void bringAnswer(),
    });
  }

  /** The assistant has answered: its card and the findings beside the lines are put in, the rest stays as it is. */
  async function bringAnswer(): Promise<void> {
    const response = await fetch(location.href);
    if (!response.ok) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const id of ["assistant-card", "code-card"]) {
      const now = fresh.getElementById(id);
      if (now) document.getElementById(id)?.replaceWith(document.adoptNode(now));
    }
  }
}
