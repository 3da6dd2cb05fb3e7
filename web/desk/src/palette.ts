import type { CannedReply, Colleague } from "./api/tools_api";

/** As many as fit above the reply box without scrolling. */
const MOST = 8;
const SLASH = /(?:^|\n)\/([^\s/]{0,24})$/;
const AT = /(?:^|[\s，。：；！？、（])@([^\s@]{0,20})$/;
/** What the server puts where a canned reply lacks a value; texts/zh-CN.yml `canned.gap`. */
const GAP = /【请填写：[^】]{1,20}】/;

/** What was typed after a `/` that begins a line, up to the cursor; null where no palette is asked for. */
export function slashQuery(beforeCursor: string): string | null {
  return SLASH.exec(beforeCursor)?.[1] ?? null;
}

/** What was typed after an `@`, up to the cursor; null where nobody is being mentioned. */
export function mentionQuery(beforeCursor: string): string | null {
  return AT.exec(beforeCursor)?.[1] ?? null;
}

/** The replies that can be used and fit a query: shortcuts first, then titles, folders and wordings; the most used first. */
export function findReplies(replies: readonly CannedReply[], query: string): CannedReply[] {
  const wanted = query.toLowerCase();
  const rank = (reply: CannedReply): number => {
    if (reply.shortcut.startsWith(wanted)) return 0;
    if (reply.shortcut.includes(wanted)) return 1;
    if (reply.title.toLowerCase().includes(wanted) || reply.folder.toLowerCase().includes(wanted)) return 2;
    return (reply.body ?? "").toLowerCase().includes(wanted) ? 3 : 4;
  };
  return replies
    .filter((reply) => reply.body !== null && rank(reply) < 4)
    .sort((a, b) => rank(a) - rank(b) || b.used - a.used || a.shortcut.localeCompare(b.shortcut))
    .slice(0, MOST);
}

export function findColleagues(colleagues: readonly Colleague[], query: string): Colleague[] {
  return colleagues.filter((colleague) => colleague.name.includes(query)).slice(0, MOST);
}

/** Whom a text mentions. The longest name counts: `@张三丰` does not mention 张三. */
export function mentionsIn(text: string, colleagues: readonly Colleague[]): string[] {
  const byLength = [...colleagues].sort((a, b) => b.name.length - a.name.length);
  const found = new Set<string>();
  for (const [index, character] of [...text].entries()) {
    if (character !== "@") continue;
    const rest = [...text].slice(index + 1).join("");
    const longest = byLength.find((colleague) => rest.startsWith(colleague.name));
    // Two people of one name: both are told rather than the wrong one.
    for (const colleague of byLength) if (longest !== undefined && colleague.name === longest.name) found.add(colleague.id);
  }
  return [...found];
}

/** Puts text in place of what was typed for the palette; returns the new text and where the cursor goes. */
export function replaceQuery(text: string, cursor: number, query: string, inserted: string): { text: string; cursor: number } {
  const start = cursor - query.length - 1;
  return { text: text.slice(0, start) + inserted + text.slice(cursor), cursor: start + inserted.length };
}

/** The first gap of a text, to be selected and typed over; null where none is left. */
export function firstGap(text: string): { start: number; end: number; words: string } | null {
  const match = GAP.exec(text);
  return match === null ? null : { start: match.index, end: match.index + match[0].length, words: match[0] };
}
