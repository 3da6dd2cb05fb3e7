import type { FlagAction } from "../../shared/protocol";
import type { FlagRequest } from "./api/desk_api";

/** What a dialog about a flag has been filled in with. */
export interface FlagForm {
  choice: string;
  note: string;
}

/** What is still missing in the dialog, or the request that it makes. */
export function requestOf(action: FlagAction, form: FlagForm): FlagRequest | "choice" | "note" {
  const note = form.note.trim();
  if (action === "notice") return { path: "notice" };
  if (action === "confirm") {
    if (form.choice !== "victim" && form.choice !== "operator") return "choice";
    return note === "" ? "note" : { path: "confirm", role: form.choice, note };
  }
  if (action === "decide_appeal") {
    if (form.choice !== "granted" && form.choice !== "dismissed") return "choice";
    return note === "" ? "note" : { path: "appeal/decide", outcome: form.choice, note };
  }
  return note === "" ? "note" : { path: action, note };
}
