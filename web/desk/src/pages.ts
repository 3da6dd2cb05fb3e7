import { defineAsyncComponent, type Component } from "vue";
import { needs, type Holder } from "./rights";
import type { PageName } from "./route";
import { texts } from "./texts";

/** A page beside the workbench. */
export interface Page {
  readonly title: string;
  /** Whether the agent sees it; the server decides what they may read there. */
  readonly mayOpen: (agent: Holder) => boolean;
  /** False for what the navigation does not list. */
  readonly isInMenu?: boolean;
  readonly view: Component;
}

/** Every page beside the workbench, in the order of the navigation. Rarely opened, they load when somebody goes there. */
export const PAGES: Readonly<Record<PageName, Page>> = {
  board: { title: texts.board.nav, mayOpen: needs("read_board"), view: defineAsyncComponent(() => import("./views/BoardPage.vue")) },
  ratings: { title: texts.ratings.nav, mayOpen: needs("serve"), view: defineAsyncComponent(() => import("./views/RatingsPage.vue")) },
  callbacks: { title: texts.callbacks.nav, mayOpen: needs("read_queue"), view: defineAsyncComponent(() => import("./views/CallbacksPage.vue")) },
  unanswered: { title: texts.nav.unanswered, mayOpen: needs("read_unanswered"), view: defineAsyncComponent(() => import("./views/UnansweredPage.vue")) },
  cases: { title: texts.cases.nav, mayOpen: () => true, view: defineAsyncComponent(() => import("./views/CasesPage.vue")) },
  flags: { title: texts.nav.flags, mayOpen: () => true, view: defineAsyncComponent(() => import("./views/FlagsPage.vue")) },
  canned: { title: texts.canned.nav, mayOpen: () => true, view: defineAsyncComponent(() => import("./views/CannedPage.vue")) },
  outbox: { title: texts.nav.outbox, mayOpen: needs("manage_outbox"), view: defineAsyncComponent(() => import("./views/OutboxPage.vue")) },
  teams: { title: texts.teams.nav, mayOpen: needs("manage_teams"), view: defineAsyncComponent(() => import("./views/TeamsPage.vue")) },
  agents: { title: texts.nav.agents, mayOpen: needs("manage_agents"), view: defineAsyncComponent(() => import("./views/AgentsPage.vue")) },
  audit: { title: texts.audit.heading, mayOpen: needs("read_audit"), view: defineAsyncComponent(() => import("./views/AuditPage.vue")) },
  // Reached from the account menu.
  account: { title: texts.account.heading, mayOpen: () => true, isInMenu: false, view: defineAsyncComponent(() => import("./views/AccountPage.vue")) },
};
