import type { OutcomeName } from "../../../src/rollout/outcome.ts";
import type { Status } from "../../../src/rollout/rollout-state.ts";

/**
 * What the behaviour hash calls each public word. A renamed word is a new key here with the id of the old one, and the hash
 * stays; a word that is new gets an id of its own.
 */

export const statusIds = {
  progressing: "s1",
  paused: "s2",
  held: "s3",
  promoted: "s4",
  "rolled-back": "s5",
} as const satisfies Record<Status, string>;

export const outcomeIds = {
  promoted: "o1",
  "rolled-back": "o2",
  paused: "o3",
  reached: "o4",
  "in-progress": "o5",
  superseded: "o6",
  drifted: "o7",
  held: "o8",
  cancelled: "o9",
  ready: "o10",
  none: "o11",
  refused: "o12",
  failed: "o13",
} as const satisfies Record<OutcomeName, string>;
