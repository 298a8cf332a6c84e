// Text of the assistant as Markdown. micromark escapes HTML and drops dangerous addresses; pictures of others stay links.

import { micromark } from "micromark";

import { h } from "../dom";

const OPTIONS = { extensions: [{ disable: { null: ["labelStartImage"] } }] };
const PLACE = /\/(?:plans|discoveries|chat)\/[0-9a-f]{8}-[0-9a-f-]{27}\//g;

/** The text as elements; links to other hosts open elsewhere. */
export function markdown(text: string): DocumentFragment {
  const template = document.createElement("template");
  template.innerHTML = micromark(text, OPTIONS);
  for (const link of template.content.querySelectorAll("a")) {
    link.rel = "noopener noreferrer nofollow";
    if (link.host !== location.host) link.target = "_blank";
  }
  for (const block of template.content.querySelectorAll("p, li, h1, h2, h3, h4, h5, h6, blockquote")) block.setAttribute("dir", "auto");
  linkPlaces(template.content);
  return template.content;
}

/** Addresses of our own pages become links. */
function linkPlaces(content: DocumentFragment): void {
  const walker = document.createTreeWalker(content, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  for (const node of texts) {
    const text = node.data;
    const found = [...text.matchAll(PLACE)];
    if (!found.length || node.parentElement?.closest("a, code, pre")) continue;
    let end = 0;
    const parts: (Node | string)[] = [];
    for (const match of found) {
      parts.push(text.slice(end, match.index), h("a", { href: match[0] }, match[0]));
      end = match.index + match[0].length;
    }
    node.replaceWith(...parts, text.slice(end));
  }
}
