import type { Clock } from "../base/clock.ts";
import type { Circumstances } from "../github/workflow-event.ts";
import type { Given } from "../inputs/raw-inputs.ts";
import type { Terminal } from "../reports/reporter-context.ts";

/** What a process brings along: the step of a workflow, or a command line. */
export type ProcessContext = {
  readonly given: Given;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workspace: string;
  readonly home: string | undefined;
  readonly circumstances: Circumstances;
  readonly revision: string | undefined;
  /** A runner that GitHub takes away after six hours. */
  readonly hostedRunner: boolean;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Writes one line to the log. */
  readonly write: (line: string) => void;
  readonly terminal?: Terminal;
  /** Writes one turn as a line of JSON to whoever asked for that. */
  readonly writeTurn?: (line: string) => void;
  /** Where the page about a rollout goes: a folder of the runner's, or the file that somebody named. */
  readonly page?: { readonly folder: string } | { readonly file: string };
  readonly appendSummary?: (markdown: string) => void;
  /** Hides a secret in everything that the process prints from now on. */
  readonly mask: (secret: string) => void;
};

export const inAction = (host: ProcessContext): boolean => host.given.surface === "action";
