// What staff may do to a plan that waits: let a failed gate pass, raise what it may cost.

import { h } from "../dom";
import { call } from "../requests";
import { ask } from "./asking";
import type { PlanStore } from "./store";
import { dollars } from "./words";

export type Deed = "override" | "limit";

const WORDS: Record<Deed, string> = { override: "Override the gate…", limit: "Raise the limit…" };

export const staffButton = (deed: Deed): HTMLElement => h("button", { type: "button", class: "small", "data-deed": deed }, WORDS[deed]);

export async function doAsStaff(store: PlanStore, deed: Deed): Promise<void> {
  await (deed === "override" ? override(store) : raise(store));
}

async function override(store: PlanStore): Promise<void> {
  const { plan, gates } = store.document;
  const waits = plan.pause_reason === "gate_failed";
  await ask(
    {
      title: "Let the gate pass although it failed?",
      words: [gates[0]?.reason ?? "", "These tests are excused from now on:"],
      list: gates[0]?.failing ?? [],
      fields: [{ name: "reason", label: "Why the plan may go on (kept with your name)", needed: true }],
      yes: waits ? "Override it and go on" : "Override it",
      no: "Let it hold",
      danger: true,
    },
    ({ reason }) => call("POST", `/api/v2/testing/gate/${plan.id}/override/`, { reason }),
  );
}

async function raise(store: PlanStore): Promise<void> {
  const { plan, cost } = store.document;
  await ask(
    {
      title: "What may this plan cost?",
      words: [`${dollars(cost.spent)} are spent, ${dollars(cost.estimated)} were estimated. In force with the next call; a paused plan goes on when it is resumed.`],
      fields: [
        { name: "soft", label: "Warning at, in dollars", value: Number(cost.soft_limit).toFixed(2), needed: true, number: true },
        { name: "hard", label: "Stops at, in dollars", value: Number(cost.hard_limit).toFixed(2), needed: true, number: true },
      ],
      yes: "Set the limits",
    },
    ({ soft, hard }) => call("PUT", `/api/v1/masterplans/${plan.id}/cost-limit/`, { soft, hard }),
  );
}
