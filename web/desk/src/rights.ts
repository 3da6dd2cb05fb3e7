import type { DeskAgent, DeskRight } from "../../shared/protocol";

/** Who is asked about: the signed-in agent, with the rights that the server told. */
export type Holder = Pick<DeskAgent, "rights"> | null;

/** Hides what the server would refuse; the server decides. */
export function may(agent: Holder, right: DeskRight): boolean {
  return agent !== null && agent.rights.includes(right);
}

/** The test of one right, for tables of pages. */
export function needs(right: DeskRight): (agent: Holder) => boolean {
  return (agent) => may(agent, right);
}
