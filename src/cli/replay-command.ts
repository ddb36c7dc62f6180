import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { JudgeVerdict } from "../judge/types.ts";
import { type Numbers, replay } from "../judge/verdict-with-numbers.ts";
import type { FileHost } from "./judge-command.ts";

const usage = "Write: sluice replay FILE, with the output `result-json` of a run in it, or - for standard input.";

/**
 * Makes a verdict again from the numbers in a result, and says whether it is the one that was acted on. 0: it is; 1: it is
 * not; 2: there is nothing to judge in the file.
 */
export async function replayCommand(words: readonly string[], host: FileHost): Promise<0 | 1 | 2> {
  const [file, stray] = words;
  if (file === undefined || stray !== undefined || file.startsWith("--")) return refuse(host, usage);
  const text = await textOf(file, host);
  if (text === undefined) return refuse(host, `${file} cannot be read. ${usage}`);
  const found = numbersIn(text);
  if (typeof found === "string") return refuse(host, `${file} ${found} ${usage}`);
  let again: JudgeVerdict;
  try {
    again = replay(found.numbers);
  } catch {
    return refuse(host, `${file} holds numbers that no verdict can be made of. ${usage}`);
  }
  const same = found.recorded === undefined || isDeepStrictEqual(plain(again), plain(found.recorded));
  await host.write(`${JSON.stringify({ verdict: again.kind, because: again.because, same, recomputed: again })}\n`);
  if (!same) host.warn(`The verdict on record is another one: ${JSON.stringify(found.recorded)}`);
  return same ? 0 : 1;
}

type Found = { readonly numbers: Numbers; readonly recorded: unknown };

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

async function textOf(file: string, { workspace, stdin }: FileHost): Promise<string | undefined> {
  try {
    if (file !== "-") return readFileSync(resolve(workspace, file), "utf8");
    let text = "";
    for await (const chunk of stdin) text += String(chunk);
    return text;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function refuse(host: FileHost, because: string): 2 {
  host.warn(because);
  return 2;
}
