// Keys and small helps of the review page. Everything works without it, by buttons and forms.
(() => {
  "use strict";

  const page = document.getElementById("review");
  if (!page) return;
  const editor = document.getElementById("editor");
  const note = document.getElementById("note");
  const keys = document.getElementById("keys");
  let sent = false;

  const open = (id) => {
    const details = document.getElementById(id);
    if (!details) return;
    details.open = true;
    details.scrollIntoView({ block: "start" });
  };

  const toggle = (id) => {
    const details = document.getElementById(id);
    if (!details) return;
    details.open = !details.open;
    if (details.open) details.scrollIntoView({ block: "start" });
  };

  const edit = () => {
    if (!editor) return;
    open("edit");
    editor.focus();
  };

  const suggest = () => {
    const suggestion = document.getElementById("suggestion");
    if (!suggestion || !editor) return;
    edit();
    // Typed in as a person would, so that the browser's own undo brings the old text back.
    editor.select();
    if (!document.execCommand("insertText", false, suggestion.value)) editor.value = suggestion.value;
  };

  const press = (key) => {
    const button = page.querySelector(`[data-key="${key}"]`);
    if (button) button.click();
  };

  const actions = {
    a: () => press("a"),
    r: () => press("r"),
    g: () => press("g"),
    e: edit,
    u: suggest,
    f: () => toggle("file"),
    t: () => toggle("attempts"),
    c: () => toggle("related"),
    n: () => page.dataset.next && location.assign(page.dataset.next),
    p: () => history.back(),
    q: () => location.assign(page.dataset.queue),
    "?": () => keys.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (typing) {
      if (event.key === "Escape") typing.blur();
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && typing.form) {
        if (typing === editor) typing.form.requestSubmit();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || keys.open) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });

  page.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.open) edit();
    if ("suggest" in button.dataset) suggest();
    if ("help" in button.dataset) keys.showModal();
    if (button.dataset.line && editor) goToLine(Number(button.dataset.line));
    if ("needsNote" in button.dataset && !note.value.trim()) {
      event.preventDefault();
      note.classList.add("rv-wanted");
      note.focus();
    }
  });

  if (note) note.addEventListener("input", () => note.classList.remove("rv-wanted"));

  const goToLine = (line) => {
    const lines = editor.value.split("\n");
    const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    editor.focus();
    editor.setSelectionRange(start, start + (lines[line - 1] || "").length);
  };

  if (editor) {
    // Tab indents; Escape first, then Tab, leaves the field by keyboard.
    editor.addEventListener("keydown", (event) => {
      if (event.key !== "Tab" || event.shiftKey) return;
      event.preventDefault();
      document.execCommand("insertText", false, "    ");
    });
    const before = editor.value;
    window.addEventListener("beforeunload", (event) => {
      if (!sent && editor.value !== before) event.preventDefault();
    });
  }

  // A second click, or a second key, must not send a decision twice.
  for (const form of page.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (sent) event.preventDefault();
      sent = true;
      form.classList.add("rv-sending");
    });
  }
  window.addEventListener("pageshow", () => {
    sent = false;
    for (const form of page.querySelectorAll(".rv-sending")) form.classList.remove("rv-sending");
  });
})();
