import { defineAsyncComponent, type Component } from "vue";
import type { AgentRole } from "../../shared/protocol";
import { mayManageOutbox, mayReadUnanswered } from "./rights";
import type { PageName } from "./route";
import { texts } from "./texts";

/** A page beside the workbench. */
export interface Page {
  readonly title: string;
  /** Whether the role sees it; the server decides what it may read there. */
  readonly mayOpen: (role: AgentRole) => boolean;
  readonly view: Component;
}

/** Every page beside the workbench, in the order of the navigation. Rarely opened, they load when somebody goes there. */
export const PAGES: Readonly<Record<PageName, Page>> = {
  unanswered: { title: texts.nav.unanswered, mayOpen: mayReadUnanswered, view: defineAsyncComponent(() => import("./views/UnansweredPage.vue")) },
  flags: { title: texts.nav.flags, mayOpen: () => true, view: defineAsyncComponent(() => import("./views/FlagsPage.vue")) },
  outbox: { title: texts.nav.outbox, mayOpen: mayManageOutbox, view: defineAsyncComponent(() => import("./views/OutboxPage.vue")) },
  agents: { title: texts.nav.agents, mayOpen: (role) => role === "administrator", view: defineAsyncComponent(() => import("./views/AgentsPage.vue")) },
};
