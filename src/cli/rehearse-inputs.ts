import type { Problem } from "../base/problem.ts";
import { readInputs } from "../inputs/index.ts";
import type { Given } from "../inputs/raw-inputs.ts";
import type { FileText } from "../inputs/text-file-reader.ts";
import { checkUrl } from "../metrics/http/url-policy.ts";
import type { GivenObject } from "../rehearsal/objects/plan-routes.ts";
import { driverFor } from "../routes/index.ts";
import { scenarios } from "../simulator/scenario/built-in-scenarios.ts";
import { readScenario } from "../simulator/scenario/index.ts";
import type { Scenario } from "../simulator/scenario/scenario.ts";

/** What a rehearsal is made of: the user's plan, and a scenario. */

/** Stands for every secret that a plan refers to: no real one ever enters a rehearsal. */
const placeholder = "value-in-a-rehearsal-only";
const everyVariable: Readonly<Record<string, string>> = new Proxy(
  {},
  {
    get: () => placeholder,
    has: () => true,
    getOwnPropertyDescriptor: () => ({ value: placeholder, enumerable: true, configurable: true }),
  },
);

/** The plan as every command reads it. A route that only the given files name is taken from there. */
export async function readPlan(given: Given, objects: readonly GivenObject[], readFile: (path: string) => FileText) {
  const world = {
    env: everyVariable,
    readFile,
    contextNamespace: () => undefined,
    checkMetricsUrl: checkUrl,
    revision: "rehearsal",
    hostedRunner: false,
  };
  const reading = await readInputs(given, world);
  const lacksRoute = reading.problems.some(({ place }) => place?.input === "route");
  const [only, ...more] = routesIn(objects);
  if (!lacksRoute || given.value("route") !== undefined || only === undefined || more.length > 0) return reading;
  const named: Given = {
    ...given,
    value: (name) => (name === "route" ? only : given.value(name)),
    names: [...given.names, "route"],
  };
  return readInputs(named, world);
}

function routesIn(objects: readonly GivenObject[]): readonly string[] {
  return objects.flatMap(({ object: { kind = "", metadata } }) => {
    const known = driverFor(kind.toLowerCase());
    if (known.kind === "unknown") return [];
    const word = `${known.driver.kind}/${metadata.name}`;
    return [metadata.namespace === undefined ? word : `${metadata.namespace}/${word}`];
  });
}

export type Wanted = {
  readonly kind: "wanted";
  readonly name: string | undefined;
  readonly words: string;
  readonly shows: string | undefined;
  readonly scenario: Scenario;
};

type RehearseRequest = Wanted | { readonly kind: "refused"; readonly problems: readonly Problem[] };

export const allReady = (): readonly RehearseRequest[] =>
  Object.keys(scenarios).map((name) => scenarioOf(name, undefined));

/** A ready scenario by its name, a file, or words. */
export function oneScenario(text: string, readFile: (path: string) => FileText): RehearseRequest {
  const isOneWord = !/\s/.test(text);
  if (!isOneWord || Object.hasOwn(scenarios, text.toLowerCase())) return scenarioOf(text, undefined);
  const read = readFile(text);
  if ("text" in read) return scenarioOf(read.text, text);
  if (!/[./]/.test(text)) return scenarioOf(text, undefined);
  const message = `The scenario file ${text} ${read.because}`;
  return { kind: "refused", problems: [{ code: "input", message, place: { input: "scenario" } }] };
}

function scenarioOf(text: string, file: string | undefined): RehearseRequest {
  const read = readScenario(text);
  if (read.kind === "refused") {
    const inFile = ({ place, ...problem }: Problem): Problem => {
      const line = place?.line === undefined ? {} : { line: place.line };
      return { ...problem, place: file === undefined ? { input: "scenario" } : { file, ...line } };
    };
    return { kind: "refused", problems: read.problems.map(inFile) };
  }
  const name = text.trim().toLowerCase();
  const ready = Object.hasOwn(scenarios, name) ? scenarios[name as keyof typeof scenarios] : undefined;
  return {
    kind: "wanted",
    name: file ?? (ready === undefined ? undefined : name),
    words: ready?.text ?? text,
    shows: ready?.shows,
    scenario: read.scenario,
  };
}
