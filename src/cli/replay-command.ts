import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Numbers, replay } from "../judge/verdict-with-numbers.ts";
import { textOf } from "../text/index.ts";
import type { FileHost } from "./judge-command.ts";

const usage = "Write: sluice replay FILE, with the output `result-json` of a run in it, or - for standard input.";

/**
 * Makes a verdict again from the numbers in a result, and says whether it is the one that was acted on: kind, culprit and
 * numbers, not the words. 0: it is; 1: it is not; 2: there is nothing to judge in the file.
 */
export async function replayCommand(words: readonly string[], host: FileHost): Promise<0 | 1 | 2> {
  const [file, stray] = words;
  if (file === undefined || stray !== undefined || file.startsWith("--")) return refuse(host, usage);
  const text = await contentOf(file, host);
  if (text === undefined) return refuse(host, `${file} cannot be read. ${usage}`);
  const found = numbersIn(text);
  if (typeof found === "string") return refuse(host, `${file} ${found} ${usage}`);
  let again: ReturnType<typeof replay>;
  let isSame = false;
  try {
    again = replay(found.numbers);
    isSame = isSameVerdict(again, found);
  } catch {
    return refuse(host, `${file} holds numbers that no verdict can be made of. ${usage}`);
  }
  const { verdict } = again;
  const told = { verdict: verdict.kind, reason: textOf(verdict.reason), same: isSame, recomputed: verdict };
  await host.write(`${JSON.stringify(told)}\n`);
  if (!isSame) host.warn(`The verdict on record is another one: ${JSON.stringify(found.recorded)}`);
  return isSame ? 0 : 1;
}

type Found = { readonly numbers: Numbers; readonly recorded: unknown };

/** What a verdict is made of and decides; a reason may be worded otherwise, and hold more, in another version. */
function isSameVerdict(again: ReturnType<typeof replay>, { recorded, numbers }: Found): boolean {
  const { verdict, numbers: own } = again;
  if (isObject(recorded)) {
    const culprit = verdict.kind === "fail" ? verdict.culprit : undefined;
    const lacking = verdict.kind === "inconclusive" ? verdict.lacking : undefined;
    const decided = { kind: verdict.kind, culprit, lacking };
    if (!isAlike(decided, { kind: recorded["kind"], culprit: recorded["culprit"], lacking: recorded["lacking"] }))
      return false;
  }
  // A file may hold only what goes into a verdict: then there are no figures to compare.
  return (["evidence", "combined", "logSplit", "gates", "suspects"] as const).every(
    (part) => numbers[part] === undefined || isAlike(plain(own[part]), numbers[part]),
  );
}

/** Whether both hold the same; another build of the runtime may round the last digits otherwise. */
function isAlike(one: unknown, other: unknown): boolean {
  if (typeof one === "number" && typeof other === "number")
    return Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(one), Math.abs(other));
  if (!isPart(one) || !isPart(other)) return one === other;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => isAlike(one[key], other[key]));
}

/** The numbers of a result, or numbers by themselves. */
function numbersIn(text: string): Found | string {
  let result: unknown;
  try {
    result = JSON.parse(text);
  } catch {
    return "is not JSON.";
  }
  if (!isObject(result)) return "holds no result.";
  const numbers = "looks" in result ? result : result["numbers"];
  if (!isObject(numbers) || !Array.isArray(numbers["looks"])) {
    return "holds no `numbers`: nothing was compared in the last turn of that run, or the result was too long for them.";
  }
  // Whatever is not as it should be ends in an error when the verdict is made, and that is told.
  return { numbers: numbers as unknown as Numbers, recorded: result["verdict"] ?? undefined };
}

/** As it would come out of JSON: what is undefined is not there. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

async function contentOf(file: string, { workspace, stdin }: FileHost): Promise<string | undefined> {
  try {
    if (file !== "-") return readFileSync(resolve(workspace, file), "utf8");
    let text = "";
    for await (const chunk of stdin) text += String(chunk);
    return text;
  } catch {
    return undefined;
  }
}

const isPart = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => isPart(value) && !Array.isArray(value);

function refuse(host: FileHost, because: string): 2 {
  host.warn(because);
  return 2;
}
