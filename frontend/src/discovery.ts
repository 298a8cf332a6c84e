// A request on its way to a plan: follows the conversation, asks what is to be asked, goes to the plan when it is made.

import { showLine } from "./connection";
import { byId, documentOf } from "./dom";
import type { Discovery } from "./discovery/types";
import { DiscoveryView } from "./discovery/view";
import { LiveSocket } from "./socket";
import { followTheme } from "./theme";

const page = byId("discovery");
const state = documentOf<Discovery>("document");

followTheme();

const view = new DiscoveryView(page, state, "control" in page.dataset, (next) => {
  if (next.plan) location.assign(`/plans/${next.plan}/`);
});

new LiveSocket({
  join: { action: "join_chat", conversation_id: state.conversation },
  since: () => view.seq,
  onEvent: (event) => view.take(event),
  onLine: showLine,
  onBehind: () => location.reload(),
});
