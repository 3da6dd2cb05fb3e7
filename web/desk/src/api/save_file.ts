import type { DownloadedFile } from "./http";

/** Hands a downloaded file to the browser's own downloads. */
export function saveFile({ blob, name }: DownloadedFile): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // In a later turn: some browsers begin to read only after the click has been handled.
  setTimeout(() => URL.revokeObjectURL(address), 0);
}
