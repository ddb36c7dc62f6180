import { resolve } from "node:path";
import { writePage } from "../app/write-page-file.ts";
import type { Progress } from "../ports/reporter.ts";
import type { Rehearsed } from "../rehearsal/index.ts";

/** The page about one rehearsal: the same that a real rollout leaves. */
type RehearsalPage = {
  /** Every turn, so that the page knows what the metrics said last. */
  readonly told: (progress: Progress) => void;
  /** Gives why it could not be written. */
  write(rehearsed: Rehearsed, scenario: string, seed: number): Promise<string | undefined>;
};

export function rehearsalPage(file: string, workspace: string): RehearsalPage {
  let lastJudged: Progress["judged"];
  return {
    told: (progress) => {
      lastJudged = progress.judged ?? lastJudged;
    },
    write: (rehearsed, scenario, seed) =>
      writePage(resolve(workspace, file), {
        progress: rehearsed.progress,
        moments: rehearsed.moments,
        rehearsal: { scenario, seed },
        ...(lastJudged === undefined ? {} : { lastJudged }),
      }),
  };
}
