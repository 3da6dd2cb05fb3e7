/** What may be sent, as the server has it; it decides by the content, this only saves people a futile upload. */
export const ACCEPTED = "image/jpeg,image/png,image/webp,image/gif,application/pdf,text/plain,audio/amr,audio/mpeg,audio/mp4,.jpg,.jpeg,.png,.webp,.gif,.pdf,.txt,.amr,.mp3,.m4a";
export const MOST_MB = 10;
export const MOST_AT_ONCE = 9;

const MEGABYTE = 1024 * 1024;
const SUFFIX = /\.(jpe?g|png|webp|gif|pdf|txt|log|csv|amr|mp3|m4a)$/i;
const TYPES = new Set(ACCEPTED.split(",").filter((type) => type.includes("/")));

export type FileProblem = "too_large" | "empty" | "type";

/** Tells what certainly is wrong with a file, null where the server has to look. */
export function findProblem(file: File, mostMb = MOST_MB): FileProblem | null {
  if (file.size === 0) return "empty";
  if (file.size > mostMb * MEGABYTE) return "too_large";
  // A camera names its pictures; what is pasted may have a type only.
  return TYPES.has(file.type) || SUFFIX.test(file.name) ? null : "type";
}

export function isPicture(file: { type: string }): boolean {
  return file.type.startsWith("image/");
}

/** A size as people read it. */
export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < MEGABYTE) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / MEGABYTE).toFixed(1)} MB`;
}
