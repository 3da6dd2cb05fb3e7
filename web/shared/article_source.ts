import type { Source } from "./protocol";

/** Names a source the way people cite it; `clause` words the numbers of a law. */
export function formatSource(source: Source, clause: (numbers: string) => string): string {
  if (source.article === undefined || source.article === "") return source.name;
  const isNumbers = /^[\d\s,，、~–-]+$/.test(source.article);
  return `${source.name} ${isNumbers ? clause(source.article) : source.article}`;
}
