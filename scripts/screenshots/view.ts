import type { Browser } from "playwright-core";
import type { State } from "./states.ts";

/** One way of looking at a rollout. A new one is an entry in `views`. */
export type View = {
  readonly name: string;
  /** The states that it is shown in; all, where it says nothing. */
  readonly states?: readonly string[];
  /** A picture as PNG. */
  shoot(browser: Browser, state: State): Promise<Buffer>;
};
