import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

type Input = { readonly default?: unknown; readonly deprecationMessage?: string };

/** As much of an `action.yml` as a runner needs. */
export type Manifest = {
  readonly folder: string;
  readonly inputs: Readonly<Record<string, Input | null>>;
  readonly outputs: readonly string[];
  readonly main: string;
  readonly post: string | undefined;
};

export function readManifest(folder: string): Manifest {
  const manifest = parse(readFileSync(join(folder, "action.yml"), "utf8")) as {
    readonly inputs?: Record<string, Input | null>;
    readonly outputs?: Record<string, unknown>;
    readonly runs: { readonly using: string; readonly main: string; readonly post?: string };
  };
  const { using, main, post } = manifest.runs;
  if (using !== "node24") throw new Error(`This runner runs node24 alone, and ${folder} asks for ${using}.`);
  return {
    folder,
    inputs: manifest.inputs ?? {},
    outputs: Object.keys(manifest.outputs ?? {}),
    main: join(folder, main),
    post: post === undefined ? undefined : join(folder, post),
  };
}

/** The `INPUT_*` variables: what the step gives, else the declared default, else nothing. Unknown inputs only warn. */
export function inputVariables(
  manifest: Manifest,
  given: Readonly<Record<string, string>>,
  context: Readonly<Record<string, string>>,
): { readonly variables: Record<string, string>; readonly warnings: readonly string[] } {
  const declared = Object.keys(manifest.inputs);
  // The runner compares the names of inputs without regard to case.
  const isDeclared = (name: string) => declared.some((known) => known.toLowerCase() === name.toLowerCase());
  const unexpected = Object.keys(given).filter((name) => !isDeclared(name));
  const warnings =
    unexpected.length === 0
      ? []
      : [`Unexpected input(s) ${quoted(unexpected)}, valid inputs are [${quoted(declared)}]`];
  const variables: Record<string, string> = {};
  for (const name of declared) {
    const declaredDefault = manifest.inputs[name]?.default;
    variables[variable(name)] = declaredDefault === undefined ? "" : evaluated(String(declaredDefault), context);
  }
  for (const [name, value] of Object.entries(given)) {
    variables[variable(name)] = value;
    const message = manifest.inputs[name]?.deprecationMessage;
    if (message !== undefined) warnings.push(`Input '${name}' has been deprecated with message: ${message}`);
  }
  return { variables, warnings };
}

function variable(name: string): string {
  return `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(", ");
}

/** Defaults may hold `${{ github.token }}` and the like; expressions beyond a name are GitHub's affair. */
function evaluated(text: string, context: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{\{\s*(.*?)\s*\}\}/g, (whole, name: string) => {
    const value = context[name];
    if (value === undefined) throw new Error(`The runner simulator does not evaluate ${whole}.`);
    return value;
  });
}
