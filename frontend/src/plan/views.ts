// Waves, graph or timeline: one at a time, kept in the address.

import { fromAddress, keepInAddress } from "../address";
import { byId } from "../dom";

export type View = "waves" | "graph" | "timeline";

const VIEWS: View[] = ["waves", "graph", "timeline"];

export function listenToViews(shown: (view: View) => void): (view: View) => void {
  const show = (view: View) => {
    for (const one of VIEWS) byId(one).hidden = one !== view;
    for (const button of byId("views").querySelectorAll<HTMLElement>("[data-view]")) button.setAttribute("aria-pressed", String(button.dataset.view === view));
    byId("legend").hidden = view === "timeline";
    keepInAddress("view", view === "waves" ? "" : view);
    shown(view);
  };
  byId("views").addEventListener("click", (event) => {
    const view = (event.target as HTMLElement).closest<HTMLElement>("[data-view]")?.dataset.view as View | undefined;
    if (view) show(view);
  });
  show(VIEWS.find((view) => view === fromAddress("view")) ?? "waves");
  return show;
}
