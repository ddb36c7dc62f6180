import type { Foreign } from "../foreign.ts";
import { type Reason, reason } from "./index.ts";
import type { Notice } from "./notice.ts";

/** A reason out of a sentence that has no code: of bad input, or of a rehearsal. Its lines stay: some are there to be copied. */
export const said = (text: string): Reason<"said"> => reason("said", { text: text as unknown as Foreign });

/** The same of a notice: its first line, and the others as they are. */
export function saidNotice(text: string, route?: Notice["route"]): Notice {
  const [first = "", ...rest] = text.split("\n");
  return {
    reason: said(first),
    ...(route === undefined ? {} : { route }),
    ...(rest.length === 0 ? {} : { snippet: rest.join("\n") }),
  };
}
