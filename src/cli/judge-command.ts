import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import type { Millis } from "../base/units.ts";
import { judgePlanOf } from "../evidence/derive-judge-plan.ts";
import { readJudging } from "../inputs/offline-judge-plan.ts";
import { readerFrom } from "../inputs/text-file-reader.ts";
import { type CountsJudge, type CountsLine, judgeCounts } from "../judge/offline/judge-recording.ts";
import { watchFromOf } from "../judge/phase-grid.ts";
import type { Plan } from "../rollout/plan.ts";
import { describePlace } from "../text/describe-problems.ts";
import { textOf } from "../text/index.ts";
import { actOn } from "./act-on-verdict.ts";
import { linesOf } from "./read-lines.ts";
import { flagsIn } from "./value-flags.ts";

/** All that the commands need which read files and write lines. */
export type FileHost = {
  readonly workspace: string;
  readonly stdin: Readable;
  /** Writes text of whole lines, and waits where the reader is slower than we. */
  readonly write: (text: string) => Promise<void>;
  readonly warn: (line: string) => void;
};

const usage = "Write: sluice judge --plan FILE --counts FILE, with - for standard input.";

/** Judges a recording of counters, look by look. No cluster, no metric source, no revision and no secret is needed. */
export async function judgeCommand(words: readonly string[], host: FileHost): Promise<0 | 2> {
  const read = flagsIn(words, ["plan", "counts"]);
  if (typeof read === "string") return refuse(host, `${read} ${usage}`);
  const { plan: file, counts } = read.flags;
  const [stray] = read.others;
  if (stray !== undefined) return refuse(host, `"${stray}" is not understood. ${usage}`);
  if (file === undefined) return refuse(host, `--plan is missing. ${usage}`);
  if (counts === undefined) return refuse(host, `--counts is missing. ${usage}`);
  const reading = await readJudging(file, () => readerFrom(host.workspace)(file));
  for (const warning of reading.warnings) host.warn(`Warning: ${warning}`);
  if (reading.kind === "refused") {
    for (const { place = {}, message } of reading.problems) host.warn(`${describePlace(place, "cli")} ${message}`);
    return 2;
  }
  const { plan, compare, pace } = reading;
  const judged = judgePlanOf(plan, compare, pace);
  const judge = judgeCounts(judged);
  const printed = (line: CountsLine) => JSON.stringify(withAct(line, judged, plan));
  const input = counts === "-" ? host.stdin : createReadStream(resolve(host.workspace, counts));
  try {
    for await (const lines of linesOf(input)) {
      const wrong = await tell(judge, lines, host, printed);
      if (wrong !== undefined) return refuse(host, `${counts === "-" ? "The counts" : counts}: ${wrong}.`);
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (typeof code !== "string") throw error;
    return refuse(host, `The counts cannot be read from ${counts} (${code}). Check the path.`);
  }
  await tell(judge, undefined, host, printed);
  return 0;
}

/** A line as it is printed: beside the verdict what a run would do with it, and the reason as text too. */
function withAct(
  { enteredAt, verdict, reason, lacking, ...line }: CountsLine,
  judged: Parameters<typeof watchFromOf>[0] & { readonly lagMs: Millis },
  { phases, policy }: Pick<Plan, "phases" | "policy">,
) {
  const watchedMs = line.t + judged.lagMs - watchFromOf(judged, enteredAt);
  const planned = phases[line.phase - 1] ?? { holdMs: 0, maxHoldMs: 0 };
  const found =
    verdict === "inconclusive" ? { kind: verdict, lacking: lacking ?? "data", reason } : { kind: verdict, reason };
  const act = actOn(found, { watchedMs, countedMs: watchedMs }, planned, policy.onInconclusive);
  const told = { reason: textOf(reason), reasonCode: reason.code, reasonData: reason.data };
  const { t, phase, weight, culprit, evidence } = line;
  return { t, phase, weight, verdict, act, ...told, lacking, culprit, evidence };
}

/** So much is gathered before it is written. */
const batch = 65_536;

/** Writes down the looks that these lines complete, or the end of the recording; what is wrong with a line, if anything. */
async function tell(
  judge: CountsJudge,
  lines: readonly string[] | undefined,
  { write }: FileHost,
  printed: (line: CountsLine) => string,
): Promise<string | undefined> {
  let looks = "";
  for (const all of lines === undefined ? [judge.end()] : lines.map((line) => judge.feed(line))) {
    for (const told of all) {
      if (told.kind === "look") looks += `${printed(told.line)}\n`;
      // A write for each of a hundred thousand lines would take longer than judging them.
      if (looks !== "" && (told.kind === "malformed" || looks.length > batch)) {
        await write(looks);
        looks = "";
      }
      if (told.kind === "malformed") return told.because;
    }
  }
  // What came in together goes out together, and nothing waits for what has not come yet.
  if (looks !== "") await write(looks);
  return undefined;
}

function refuse(host: FileHost, because: string): 2 {
  host.warn(because);
  return 2;
}
