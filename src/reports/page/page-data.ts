import { deflateRawSync } from "node:zlib";
import type { EvidenceByInterval } from "../../judge/evidence-by-interval.ts";
import type { Progress } from "../../ports/reporter.ts";
import { resultOf } from "../run-result.ts";
import { names } from "../status-text.ts";
import { type Packed, packed } from "./pack-intervals.ts";
import { endOf, eventsOf, type Happening, type PageEvent, type WeightStep, weightsOf } from "./rollout-events.ts";

/** Everything that a page is made from. */
export type PageInput = {
  readonly progress: Progress;
  /** How the evidence came about; absent where nothing was compared. */
  readonly course?: EvidenceByInterval;
  /** What the metrics said last, where the end itself asked none. */
  readonly lastJudged?: Progress["judged"];
  /** What happened, where somebody knows more of it than the run's own timeline. */
  readonly moments?: readonly Happening[];
  /** Virtual traffic in virtual time, and what was said about it. */
  readonly rehearsal?: { readonly scenario: string; readonly seed: number };
  /** Of Sluice. */
  readonly version: string;
  /** Takes every known secret out of a text: the second net, after texts that hold none. */
  readonly scrub?: (text: string) => string;
};

type Result = ReturnType<typeof resultOf>;
type Numbers = NonNullable<Result["numbers"]>;

/** What the page's script draws and hands out. All of it is text to the page, wherever it came from. */
export type PageData = {
  readonly names: { readonly stable: string; readonly canary: string };
  readonly from: number;
  readonly to: number;
  readonly weights: readonly WeightStep[];
  readonly events: readonly PageEvent[];
  readonly course: EvidenceByInterval | null;
  /** The same object as the output `result-json`, but for its numbers. */
  readonly result: Omit<Result, "numbers">;
  /** Those of the last look, the looks as columns. */
  readonly numbers: (Omit<Numbers, "looks"> & { readonly looks: Packed }) | null;
  /** The numbers were too many for one page, and stand in `result-json` alone. */
  readonly isCut: boolean;
};

/** The progress with what the metrics said last: what a page speaks of. */
export function shownOf({ progress, lastJudged }: PageInput): Progress {
  const judged = progress.judged ?? lastJudged;
  return judged === undefined ? progress : { ...progress, judged };
}

/** How much has to be left out: nothing, the single points of the checks, or all numbers. */
export type Cut = 0 | 1 | 2;

export function dataOf(account: PageInput, cut: Cut = 0): PageData {
  const { progress, course, moments } = account;
  const shown = shownOf(account);
  const { numbers: _, ...result } = resultOf(progress);
  const numbers = cut === 2 ? undefined : shown.judged?.numbers;
  const weights = weightsOf(progress, moments);
  const samples = cut === 0 ? {} : { samples: {} };
  return {
    names: names(progress),
    from: weights[0]?.at ?? progress.at ?? 0,
    to: endOf(progress),
    weights,
    events: eventsOf(shown, moments),
    course: cut === 2 ? null : (course ?? null),
    result,
    numbers: numbers === undefined ? null : { ...numbers, ...samples, looks: packed(numbers.looks) },
    isCut: cut > 0,
  };
}

/** Deflated, as one line of letters: numbers of six hours take a megabyte as they are. */
export function dataText(data: PageData, scrub = (text: string) => text): string {
  const clean = (_: string, value: unknown) => (typeof value === "string" ? scrub(value) : value);
  return deflateRawSync(JSON.stringify(data, clean)).toString("base64");
}
