import { conversationTexts } from "./conversation";
import { flagsTexts } from "./flags";
import { frameTexts } from "./frame";
import { knowledgeTexts } from "./knowledge";
import { outboxTexts } from "./outbox";
import { peopleTexts } from "./people";
import { scamTexts } from "./scam";

/** Every string of the desk that people read, a file for each part of the page. */
export const texts = {
  ...frameTexts,
  ...conversationTexts,
  ...scamTexts,
  ...flagsTexts,
  ...peopleTexts,
  ...knowledgeTexts,
  ...outboxTexts,
} as const;
