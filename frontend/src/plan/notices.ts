// Tells a person who looks elsewhere that something waits for them: in the title, and by the browser where it is wanted.

import { byId } from "../dom";
import type { PlanStore } from "./store";
import { count } from "./words";

interface Notice {
  key: string;
  title: string;
  words: string;
}

const WANTED = "devmatrix.notices";
const QUIET = new Set(["person", "modification_analysis"]);

export class Notices {
  private told = "";
  private readonly title = document.title;
  private readonly button = byId<HTMLButtonElement>("notify");

  constructor(private readonly store: PlanStore) {
    this.told = this.present()?.key ?? "";
    this.button.hidden = !("Notification" in window) || Notification.permission === "denied";
    this.button.addEventListener("click", () => void this.toggle());
    this.draw();
  }

  /** Once for each thing that waits. */
  draw(): void {
    const notice = this.present();
    document.title = notice && notice.key !== "completed" ? `(!) ${this.title}` : this.title;
    this.button.setAttribute("aria-pressed", String(this.wanted()));
    const key = notice?.key ?? "";
    if (key === this.told) return;
    this.told = key;
    if (notice && this.wanted() && !(document.visibilityState === "visible" && document.hasFocus())) this.tell(notice);
  }

  private tell(notice: Notice): void {
    const shown = new Notification(notice.title, { body: notice.words, tag: `${this.store.document.plan.id} ${notice.key}` });
    shown.addEventListener("click", () => {
      window.focus();
      shown.close();
    });
  }

  private wanted(): boolean {
    return "Notification" in window && Notification.permission === "granted" && localStorage.getItem(WANTED) === "yes";
  }

  private async toggle(): Promise<void> {
    if (this.wanted()) localStorage.setItem(WANTED, "no");
    else {
      localStorage.setItem(WANTED, "yes");
      await Notification.requestPermission();
    }
    this.draw();
  }

  private present(): Notice | null {
    const { plan, failures, reviews } = this.store.document;
    const open = failures.filter((failure) => failure.choice === null && this.store.atoms.get(failure.atom ?? "")?.waits).length;
    if (plan.status === "draft") return { key: "draft", title: plan.name, words: "The plan waits for your approval." };
    if (this.store.state === "paused" && !QUIET.has(plan.pause_reason)) return { key: `paused ${plan.pause_reason}`, title: `${plan.name} is paused`, words: plan.pause_detail || "Look at why, then resume." };
    if (open) return { key: `failures ${open}`, title: plan.name, words: `${count(open, "failure")} to decide on.` };
    if (reviews.length) return { key: "reviews", title: plan.name, words: `${count(reviews.length, "atom")} for review.` };
    if (plan.status === "completed" && this.store.state === "completed") return { key: "completed", title: plan.name, words: "Finished." };
    return null;
  }
}
