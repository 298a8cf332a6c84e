// The editor of code: CodeMirror in the place of a text area, which stays what the form sends.

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { css } from "@codemirror/lang-css";
import { html } from "@codemirror/lang-html";
import { javascript } from "@codemirror/lang-javascript";
import { json } from "@codemirror/lang-json";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension, Prec } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

const LANGUAGES: Record<string, () => Extension> = {
  python: () => [python(), indentUnit.of("    ")],
  javascript: () => javascript({ jsx: true }),
  typescript: () => javascript({ typescript: true }),
  tsx: () => javascript({ jsx: true, typescript: true }),
  jsx: () => javascript({ jsx: true }),
  json: () => json(),
  html: () => html(),
  css: () => css(),
};

/** By the end of the file's name, which says more than the language of an atom does. */
const BY_ENDING: Record<string, string> = { py: "python", ts: "typescript", tsx: "tsx", js: "javascript", mjs: "javascript", jsx: "jsx", json: "json", html: "html", css: "css" };

export interface Finding {
  line: number;
  text: string;
  severity: string;
}

export interface Editor {
  text(): string;
  replace(text: string): void;
  focus(): void;
  goTo(line: number): void;
  show(findings: Finding[]): void;
}

interface Options {
  area: HTMLTextAreaElement;
  place: HTMLElement;
  language?: string;
  path: string;
  firstLine: number;
  labelledBy: string;
  /** With which the policy lets the editor's style sheet through. */
  nonce: string;
  onChange(): void;
  onSave(): void;
}

/** What is typed over a selection. The browser would copy the colours of what goes as styles, which the policy forbids. */
const typedOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const range = getSelection()?.rangeCount ? getSelection()!.getRangeAt(0) : null; // ours follows the browser's a moment later
    if (event.inputType !== "insertText" || !event.data || event.isComposing || !range || range.collapsed) return false;
    const from = view.posAtDOM(range.startContainer, range.startOffset);
    const insert = view.state.toText(event.data);
    const changes = { from, to: view.posAtDOM(range.endContainer, range.endOffset), insert };
    view.dispatch({ changes, selection: { anchor: from + insert.length }, userEvent: "input.type", scrollIntoView: true });
    event.preventDefault();
    return true;
  },
});

export function openEditor(options: Options): Editor {
  const { area, place, firstLine } = options;
  const language = BY_ENDING[options.path.split(".").at(-1) ?? ""] ?? options.language ?? "";
  const view = new EditorView({
    parent: place,
    state: EditorState.create({
      doc: area.value,
      extensions: [
        Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => (options.onSave(), true) }])),
        EditorView.cspNonce.of(options.nonce),
        typedOver,
        lineNumbers({ formatNumber: (number) => String(number + firstLine - 1) }),
        lintGutter(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        highlightSpecialChars(),
        highlightSelectionMatches(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        syntaxHighlighting(classHighlighter),
        LANGUAGES[language]?.() ?? [],
        // Escape, then Tab, leaves the editor by keyboard.
        keymap.of([indentWithTab, ...searchKeymap, ...historyKeymap, ...defaultKeymap]),
        EditorView.contentAttributes.of({ "aria-labelledby": options.labelledBy, spellcheck: "false", tabindex: "0" }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          area.value = update.state.doc.toString();
          options.onChange();
        }),
      ],
    }),
  });
  area.hidden = true;

  return {
    text: () => view.state.doc.toString(),
    // One step, which the editor's own undo takes back.
    replace: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    focus: () => view.focus(),
    goTo(line) {
      const { from, to } = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
      view.dispatch({ selection: { anchor: from, head: to }, scrollIntoView: true });
      view.focus();
    },
    show(findings) {
      const { doc } = view.state;
      const shown = findings.map(({ line, text, severity }): Diagnostic => {
        const { from, to } = doc.line(Math.min(Math.max(line, 1), doc.lines));
        return { from, to, message: text, severity: severity === "error" ? "error" : severity === "info" ? "info" : "warning" };
      });
      view.dispatch(setDiagnostics(view.state, shown));
    },
  };
}
