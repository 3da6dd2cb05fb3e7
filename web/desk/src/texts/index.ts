import { accountTexts } from "./account";
import { auditTexts } from "./audit";
import { boardTexts } from "./board";
import { callbacksTexts } from "./callbacks";
import { casesTexts } from "./cases";
import { conversationTexts } from "./conversation";
import { filesTexts } from "./files";
import { flagsTexts } from "./flags";
import { frameTexts } from "./frame";
import { knowledgeTexts } from "./knowledge";
import { outboxTexts } from "./outbox";
import { peopleTexts } from "./people";
import { routingTexts } from "./routing";
import { scamTexts } from "./scam";
import { toolsTexts } from "./tools";

/** Every string of the desk that people read, a file for each part of the page. */
export const texts = {
  ...frameTexts,
  ...conversationTexts,
  ...scamTexts,
  ...filesTexts,
  ...flagsTexts,
  ...peopleTexts,
  ...knowledgeTexts,
  ...outboxTexts,
  ...routingTexts,
  ...toolsTexts,
  ...callbacksTexts,
  ...casesTexts,
  ...accountTexts,
  ...auditTexts,
  ...boardTexts,
} as const;
