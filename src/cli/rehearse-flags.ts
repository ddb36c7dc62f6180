import type { Problem } from "../base/problem.ts";
import type { Given } from "../inputs/raw-inputs.ts";
import { routeKinds } from "../inputs/routes-and-destinations.ts";
import { givenToCli } from "./input-flags.ts";

/** What `sluice rehearse` was asked for, besides what every command takes. */
export type RehearseFlags = {
  readonly scenario: string | undefined;
  readonly all: boolean;
  readonly json: boolean;
  readonly seed: number;
  /** Where the page about the rehearsal is written to. */
  readonly html: string | undefined;
  /** Files with the user's own objects. */
  readonly routeFiles: readonly string[];
  /** The plan's own words, as for `run`. */
  readonly given: Given;
  readonly problems: readonly Problem[];
};

const valued: readonly string[] = ["scenario", "seed", "html"];
const alone: readonly string[] = ["all", "json"];
/** These reach a cluster, or GitHub, or decide which command is meant: a rehearsal has none of it. */
const meaningless: readonly string[] = [
  "kubeconfig",
  "context",
  "exec-allow",
  "exec-env",
  "allow-insecure-tls",
  "expected-cluster",
  "github-token",
  "pull-request",
  "environment",
];

export function rehearseFlags(words: readonly string[]): RehearseFlags {
  const problems: Problem[] = [];
  const own = new Map<string, string>();
  const rest: string[] = [];
  const routeFiles: string[] = [];
  const stray = (word: string) => {
    const message = `"${word}" belongs to no flag. Write --scenario ${quoted(word)} for a scenario, or --route ${word} for a file.`;
    problems.push({ code: "input", message });
  };
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (!word.startsWith("--")) {
      stray(word);
      continue;
    }
    const equals = word.indexOf("=");
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
    const values = equals < 0 ? following(words, at, name) : [word.slice(equals + 1)];
    if (alone.includes(name)) {
      own.set(name, equals < 0 ? "true" : word.slice(equals + 1));
      continue;
    }
    if (equals < 0) at += values.length;
    if (values.length === 0 && name !== "dry-run") {
      problems.push({ code: "input", message: `${word} needs a value, as ${word} VALUE.`, place: { input: name } });
      continue;
    }
    if (name === "route") {
      for (const value of values.flatMap((one) => one.split(","))) {
        if (isRouteWord(value.trim())) rest.push(`--route=${value.trim()}`);
        else if (value.trim() !== "") routeFiles.push(value.trim());
      }
    } else if (valued.includes(name)) own.set(name, values[0] ?? "");
    else if (meaningless.includes(name)) {
      problems.push({
        code: "input",
        message: "A rehearsal needs no cluster and no GitHub. Leave it out.",
        place: { input: name },
      });
    } else rest.push(equals >= 0 || values.length === 0 ? word : `${word}=${values[0]}`);
  }
  if (own.has("html") && own.has("all")) {
    problems.push({
      code: "input",
      message: "A page tells one rehearsal. Name a scenario instead of --all.",
      place: { input: "html" },
    });
  }
  const scenario = own.get("scenario")?.trim();
  if (own.has("scenario") && own.has("all")) {
    problems.push({
      code: "input",
      message: "It names one scenario, and --all means every ready one. Leave one of them out.",
      place: { input: "scenario" },
    });
  }
  return {
    html: own.get("html"),
    scenario: scenario === "" ? undefined : scenario,
    all: own.get("all") === "true",
    json: own.get("json") === "true",
    seed: seedOf(own.get("seed"), problems),
    routeFiles,
    given: withoutCommand(givenToCli(rest)),
    problems,
  };
}

/** The values behind a flag: one, for files as many as there are up to the next flag, and none where it stands alone. */
function following(words: readonly string[], at: number, name: string): readonly string[] {
  const values: string[] = [];
  const most = name === "route" ? Number.POSITIVE_INFINITY : name === "dry-run" ? 0 : 1;
  for (const word of words.slice(at + 1)) {
    if (word.startsWith("--") || values.length >= most) break;
    values.push(word);
  }
  return values;
}

const quoted = (word: string): string => (/^[\w.-]+$/.test(word) ? word : JSON.stringify(word));

/** `virtualservice/reviews` names a route; anything else is a file. */
function isRouteWord(word: string): boolean {
  const parts = word.split("/");
  const isFile = /\.(ya?ml|json)$/i.test(word);
  return !isFile && (parts.length === 2 || parts.length === 3) && routeKinds.includes(parts.at(-2) ?? "");
}

function seedOf(text: string | undefined, problems: Problem[]): number {
  if (text === undefined) return 1;
  const seed = Number(text);
  if (/^\d+$/.test(text.trim()) && seed <= 0xffff_ffff) return seed;
  problems.push({
    code: "input",
    message: "It must be a whole number from 0 to 4294967295.",
    place: { input: "seed" },
  });
  return 1;
}

/** A rehearsal is always one of `run`. */
function withoutCommand(given: Given): Given {
  return {
    ...given,
    value: (name) => (name === "command" ? undefined : given.value(name)),
    names: given.names.filter((name) => name !== "command"),
  };
}
