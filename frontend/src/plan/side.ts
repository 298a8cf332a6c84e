// Cost against limits, acceptance tests and gates, reviews.

import { bdi, byId, h } from "../dom";
import { staffButton } from "./staff";
import type { PlanStore } from "./store";
import type { Gate } from "./types";
import { count, dollars } from "./words";

export function drawCost(store: PlanStore, staff: boolean): void {
  const { cost } = store.document;
  const [spent, soft, hard] = [Number(cost.spent), Number(cost.soft_limit), Number(cost.hard_limit)];
  const level = spent >= hard ? "over" : spent >= soft ? "warned" : "fine";
  const rows: [string, string][] = [
    ["Spent", dollars(cost.spent)],
    ["Reserved by calls under way", dollars(cost.reserved)],
    ["Estimated for the build", dollars(cost.estimated)],
    ["Warning at", dollars(cost.soft_limit)],
    ["Stops at", dollars(cost.hard_limit)],
    ["Tokens read / written", `${cost.tokens_in.toLocaleString("en")} / ${cost.tokens_out.toLocaleString("en")}`],
    ["From the cache", `${Math.round(100 * cost.cache_share)}%`],
    ["Calls", cost.calls.toLocaleString("en")],
  ];
  byId("cost").replaceChildren(
    h("meter", {
      class: `limit limit-${level}`, min: 0, max: hard || 1, high: soft, value: Math.min(spent, hard), "aria-label": `${dollars(spent)} of ${dollars(hard)} spent`,
    }),
    h("dl", { class: "facts" }, ...rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", { class: "number" }, value)))),
    staff && ["draft", "approved", "in_progress", "paused", "failed"].includes(store.state) ? h("p", { class: "card-foot" }, staffButton("limit")) : "",
  );
}

export function drawTests(store: PlanStore, staff: boolean): void {
  const { acceptance, gates } = store.document;
  const place = byId("tests");
  if (acceptance.length === 0 && gates.length === 0) {
    place.replaceChildren(h("p", { class: "empty" }, "The project's tests run when its files are written."));
    return;
  }
  const ran = acceptance.filter((test) => test.ran);
  const passed = ran.filter((test) => test.passed).length;
  place.replaceChildren(
    ...gates.slice(0, 3).map((gate, index) => gateOf(gate, staff && index === 0)),
    h("p", { class: "muted" }, `${passed} of ${ran.length} passed, ${acceptance.length - ran.length} not run`),
    h(
      "ul",
      { class: "tests" },
      ...acceptance.map((test) =>
        h(
          "li",
          { class: `test-${verdict(test.passed)}`, title: test.error || test.untestable || null },
          h("span", { class: "glyph", "aria-hidden": "true" }, test.passed === null ? "·" : test.passed ? "✓" : "✕"),
          h("span", {}, bdi(test.requirement), h("small", { class: "muted" }, ` ${test.priority}, ${test.untestable ? "no test can prove it" : test.passed === null ? "not run" : test.passed ? "passed" : "failed"}`)),
        ),
      ),
    ),
  );
}

/** Only the latest one can be overridden. */
function gateOf(gate: Gate, staff: boolean): HTMLElement {
  const holds = gate.passed === false && !gate.overridden;
  const words = gate.passed === null ? "Gate not applicable" : gate.passed ? "✓ Gate passed" : gate.overridden ? "✕ Gate overridden" : "✕ Gate failed";
  const suspects = gate.suspects.filter((one) => one.atom);
  return h(
    "div",
    { class: "gate" },
    h("p", {}, h("span", { class: `pill s-${gate.overridden ? "paused" : verdict(gate.passed)}` }, words), " ", gate.wave === null ? "" : `after wave ${gate.wave}: `, bdi(gate.reason)),
    gate.overridden && gate.override_reason ? h("p", { class: "muted" }, "By ", bdi(gate.overridden_by || "staff"), ": ", bdi(gate.override_reason)) : "",
    holds && suspects.length ? h("div", {}, h("p", {}, "Suspected:"), h("ul", { class: "plain suspects" }, ...suspects.map((one) => h("li", {}, h("button", { type: "button", class: "link", "data-open": one.atom }, bdi(one.label)))))) : "",
    holds && staff ? h("p", {}, staffButton("override")) : "",
  );
}

const verdict = (passed: boolean | null): string => (passed === null ? "pending" : passed ? "accepted" : "failed");

export function drawReviews(store: PlanStore, staff: boolean): void {
  const { reviews } = store.document;
  const place = byId("reviews");
  if (reviews.length === 0) {
    place.replaceChildren(h("p", { class: "empty" }, "No atom waits for a person."));
    return;
  }
  const lowest = [...reviews].sort((a, b) => (a.confidence ?? 0) - (b.confidence ?? 0));
  place.replaceChildren(
    h("p", {}, `${count(reviews.length, "atom")} ${reviews.length === 1 ? "waits" : "wait"} for a person; the least certain first.`),
    h(
      "ul",
      { class: "plain" },
      ...lowest.slice(0, 8).map((review) =>
        h(
          "li",
          { class: "review" },
          h("button", { type: "button", class: "link", "data-open": review.atom_id }, bdi(store.atoms.get(review.atom_id)?.label ?? "atom")),
          h("span", { class: "number" }, review.confidence === null ? "–" : review.confidence.toFixed(2)),
          staff && h("a", { href: `/admin/review/review/${review.review_id}/change/` }, "Review"),
        ),
      ),
    ),
    ...(lowest.length > 8 ? [h("p", { class: "muted" }, `and ${lowest.length - 8} more`)] : []),
    staff ? h("p", {}, h("a", { href: "/admin/review/review/" }, "Open the queue")) : h("p", { class: "muted" }, "Staff decide them in the admin."),
  );
}
