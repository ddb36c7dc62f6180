import { commandFlags } from "./command-flags.ts";
import { Gap, notice, sameNames, table } from "./markdown.ts";

/** docs/inputs.md: inputs and outputs of the action, commands and flags of the command line. */

type Entry = { readonly description?: string };
export type Manifest = {
  readonly inputs: Readonly<Record<string, Entry>>;
  readonly outputs: Readonly<Record<string, Entry>>;
};

/** The texts of `sluice help`: that without a command, and that of each. */
export type Help = { readonly usage: string; readonly commands: Readonly<Record<string, string>> };

function described(entries: Readonly<Record<string, Entry>>): readonly [string, string][] {
  return Object.entries(entries).map(([name, { description = "" }]) => {
    if (description.trim() === "") throw new Gap(`${name} has no description in action.yml.`);
    return [name, description];
  });
}

/** Flags that a help text speaks of, without those that are inputs. */
function flagsOf(help: Help, inputs: readonly string[]): readonly string[] {
  const text = [help.usage, ...Object.values(help.commands)].join("\n");
  const flags = new Set([...text.matchAll(/(?<![\w-])--([a-z][a-z-]*)/g)].map(([, name = ""]) => name));
  return [...flags].filter((name) => !inputs.includes(name)).map((name) => `--${name}`);
}

export function inputsPage(manifest: Manifest, planKeys: readonly string[], help: Help): string {
  const inputs = described(manifest.inputs);
  const names = inputs.map(([name]) => name);
  sameNames(
    "Flags of `sluice help`",
    flagsOf(help, names),
    commandFlags.map(({ flag }) => flag),
    "scripts/reference/command-flags.ts",
  );
  const inputRows = inputs.map(([name, meaning]) => [
    `\`${name}\``,
    meaning,
    planKeys.includes(name) ? `[\`${name}\`](plan.md#${name})` : "",
  ]);
  const commandRows = [...help.usage.matchAll(/^ {2}([a-z]+) {2,}(\S.*)$/gm)].map(([, name = "", what = ""]) => [
    `\`${name}\``,
    `${what.charAt(0).toUpperCase()}${what.slice(1)}.`,
  ]);
  sameNames(
    "Commands",
    Object.keys(help.commands),
    commandRows.map(([name = ""]) => name.replaceAll("`", "")),
    "src/cli/help.ts",
  );
  return `# Inputs, outputs and flags

${notice("action.yml, the help texts and scripts/reference")}

The action takes inputs, the command line takes the same words as flags: \`hold: 10m\` in a step is \`--hold 10m\` in a terminal. What has a
plan key can be in the [plan file](plan.md) as well; an input or a flag beats the plan file. All are optional but \`route\`, which is an input or
a plan key. What each [outcome](outcomes.md) and each [code](errors.md) means has a page of its own.

## Inputs

${table(["input", "meaning", "plan key"], inputRows)}

## Outputs

${table(
  ["output", "meaning"],
  described(manifest.outputs).map(([name, meaning]) => [`\`${name}\``, meaning]),
)}

## Commands

\`judge\`, \`replay\`, \`report\` and \`rehearse\` exist on the command line only; the others are also values of the input \`command\`.

${table(["command", "what it does"], commandRows)}

## Flags of the command line

A flag that takes \`true\` or \`false\` may stand alone: \`--dry-run\` means \`--dry-run=true\`. Of \`rehearse\`, \`--route\` also takes files with your own
objects.

${table(
  ["flag", "of", "meaning"],
  commandFlags.map(({ flag, of, meaning }) => [`\`${flag}\``, of, meaning]),
)}
`;
}
