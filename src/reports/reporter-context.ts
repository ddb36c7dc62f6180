import type { Clock } from "../base/clock.ts";
import type { GitHub } from "../ports/github.ts";
import type { Reporter } from "../ports/reporter.ts";
import type { PageInput } from "./page/page-data.ts";

/** What a reporter may work with. What is absent cannot be reported to, and its reporter does not come into being. */
export type ReporterContext = {
  readonly clock: Clock;
  /** Writes one line to the log. */
  readonly write: (line: string) => void;
  /** Whether the log belongs to a runner, which understands workflow commands in it. */
  readonly inAction: boolean;
  readonly terminal?: Terminal;
  /** Writes one turn as a line of JSON, for programs that watch. */
  readonly writeTurn?: (line: string) => void;
  /** Appends to the run's summary page. */
  readonly appendSummary?: (markdown: string) => void | Promise<void>;
  readonly github?: GitHub;
  readonly repository?: Repository;
  readonly pullRequest?: number;
  /** The GitHub environment whose deployment is kept up to date. */
  readonly environment?: string;
  readonly environmentUrl?: string;
  /** The event's commit, for a deployment of a revision that is no ref of the repository. */
  readonly commit?: string;
  /** Writes the page about the rollout to a file; gives in a few words why it could not. */
  readonly writePage?: (file: string, told: Omit<PageInput, "course" | "version">) => Promise<string | undefined>;
  /** Takes every known secret out of a text: the second net, after errors that hold none. */
  readonly scrub?: (text: string) => string;
};

export type Repository = { readonly owner: string; readonly name: string };

export type Terminal = {
  /** Writes as it is, without a line break. */
  readonly write: (text: string) => void;
  /** A screen that can be drawn on, and somebody in front of it. */
  readonly isInteractive: boolean;
  readonly hasColour: boolean;
  /** The size of the window now. */
  readonly columns?: number;
  readonly rows?: number;
  /** Told whenever the window has another size. Returns how to be told no more. */
  readonly onResize?: (listener: () => void) => () => void;
  /** Called when the process ends, however it ends. Returns how to call that off. */
  readonly onExit?: (listener: () => void) => () => void;
};

/** Makes a reporter, or none where there is nothing to report to. */
export type MakeReporter = (means: ReporterContext) => Reporter | undefined;

export const scrubbed = (means: ReporterContext, text: string): string => means.scrub?.(text) ?? text;
