import { knownWords } from "../base/did-you-mean.ts";
import type { Surface } from "../base/problem.ts";
import { broken, type Shape, type Stated } from "../schema/shape.ts";
import type { Found, Tell } from "../schema/source-value.ts";
import { readYaml } from "../schema/yaml.ts";
import { planKeys, type StepFields, stepInputs } from "./input-schema.ts";

/** The inputs of a step, or the flags of a command line. An empty text counts as not given. */
export type Given = {
  readonly surface: Surface;
  value(name: string): string | undefined;
  /** Every name that was given, known or not. */
  readonly names: readonly string[];
};

/** The inputs as the runner hands them over: `INPUT_ON-CANCEL` and the like. */
export function givenToAction(env: Readonly<Record<string, string | undefined>>): Given {
  const prefix = "INPUT_";
  const names = Object.keys(env).filter((name) => name.startsWith(prefix) && name.length > prefix.length);
  return {
    surface: "action",
    value: (name) => env[`${prefix}${name.toUpperCase()}`],
    names: names.map((name) => name.slice(prefix.length).toLowerCase()),
  };
}

/** Every input by itself; what they mean together is looked at later. */
export async function readStep(given: Given, tell: Tell): Promise<StepFields> {
  for (const name of new Set(given.names)) if (!Object.hasOwn(stepInputs, name)) tell({ input: name }, unknown(name));
  const fields: Record<string, Stated<unknown>> = {};
  for (const [name, shape] of Object.entries(stepInputs) as [keyof StepFields, Shape<unknown>][]) {
    const text = given.value(name)?.trim() ?? "";
    if (text === "") continue;
    const at = { input: name };
    const found: Found =
      name === "checks"
        ? await readYaml(text, { input: name, root: name }, tell)
        : { kind: "scalar", at, form: "input", text };
    fields[name] = { at: found.at, value: found.kind === "refused" ? broken : shape.read(found, tell) };
  }
  // Each entry was read by the shape of its own name.
  return fields as StepFields;
}

function unknown(name: string): string {
  if (Object.hasOwn(planKeys, name)) return `\`${name}\` belongs to the plan file and not to the step. Write it there.`;
  return `${name} is unknown. ${knownWords(name, Object.keys(stepInputs))}`;
}
