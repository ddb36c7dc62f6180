import { parse, stringify } from "yaml";
import { readInputs } from "../../src/inputs/index.ts";
import { checkUrl } from "../../src/metrics/http/url-policy.ts";
import { providers } from "../../src/metrics/index.ts";
import { describePlace } from "../../src/text/describe-problems.ts";
import { codeMeanings } from "./code-meanings.ts";
import { cell, code, fence, Gap, notice, sameNames, table } from "./markdown.ts";
import { planExamples } from "./plan-examples.ts";
import { type KeyEntry, keysOf, type Schema, valuesOf } from "./plan-keys.ts";

/** docs/plan.md: every key of the plan file, from the shapes that read it. */

/** No real variable is read: whatever a fragment refers to has a value. */
const env = Object.fromEntries(
  Object.values(planExamples)
    .flatMap((fragments) => [...fragments.join("\n").matchAll(/\$\{(\w+)\}/g)])
    .map(([, name = ""]) => [name, "a-value-of-some-length"]),
);

type Told = { readonly key: string; readonly line: string };

/** What Sluice says about a plan, each line with its place in a file named plan.yml. */
async function problemsIn(text: string): Promise<readonly Told[]> {
  const { problems } = await readInputs(
    { surface: "action", value: (name) => (name === "config" ? "plan.yml" : undefined), names: ["config"] },
    {
      env,
      readFile: () => ({ text }),
      contextNamespace: () => undefined,
      checkMetricsUrl: checkUrl,
      revision: "0".repeat(40),
      hostedRunner: false,
    },
  );
  return problems.map(({ message, place = {} }) => ({
    key: place.path ?? place.input ?? "",
    line: `${describePlace(place)} ${message}`.trim(),
  }));
}

function completed(fragment: string): string {
  const given = parse(fragment) as Record<string, unknown>;
  const has = (...keys: readonly string[]) => keys.some((key) => Object.hasOwn(given, key));
  const route = has("route") ? [] : ["route: shop/virtualservice/reviews"];
  const source = has(...providers.map(([name]) => name)) ? [] : ["prometheus: https://prometheus.example.com"];
  return [fragment, ...route, ...source].join("\n");
}

/** Paths of everything that a fragment sets, without the numbers of list entries. */
function pathsIn(value: unknown, path = ""): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((one) => pathsIn(one, path));
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, one]) => pathsIn(one, path === "" ? key : `${path}.${key}`))];
}

type Fits = (entry: Readonly<Record<string, unknown>>) => boolean;

/** What a fragment sets at a path; of a list the first entry that has it, among those that fit. */
function valueAt(value: unknown, path: readonly string[], fits: Fits): unknown {
  if (Array.isArray(value))
    return path.length === 0 ? value : value.map((one) => valueAt(one, path, fits)).find((one) => one !== undefined);
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (typeof value !== "object" || value === null) return undefined;
  const entry = value as Readonly<Record<string, unknown>>;
  return rest.length === 0 && !fits(entry) ? undefined : valueAt(entry[first], rest, fits);
}

const inline = (value: unknown): string =>
  typeof value === "object" ? stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trim() : String(value);

async function checkFragments(top: string, entries: readonly KeyEntry[]): Promise<void> {
  const fragments = planExamples[top] ?? [];
  for (const fragment of fragments) {
    const [problem] = await problemsIn(completed(fragment));
    if (problem !== undefined)
      throw new Gap(`The example of \`${top}\` in scripts/reference/plan-examples.ts is refused: ${problem.line}`);
  }
  const used = new Set(fragments.flatMap((fragment) => pathsIn(parse(fragment))));
  const lacking = [...new Set(entries.map(({ path }) => path))].filter((path) => !used.has(path));
  if (lacking.length > 0)
    throw new Gap(`No example sets ${lacking.join(", ")}. Add them to scripts/reference/plan-examples.ts.`);
}

const refusalsOf = (path: string): readonly string[] =>
  Object.entries(codeMeanings).flatMap(([name, { keys }]) =>
    keys.includes(path) ? [`[\`${name}\`](errors.md#${name})`] : [],
  );

/** The default, said by the schema or in its description. */
function splitDefault({ description = "", default: byDefault }: Schema): { meaning: string; byDefault: string } {
  const [, meaning = description, , said] =
    /^([\s\S]*?)(?: (By default|Required,) ([\s\S]*))?$/.exec(description) ?? [];
  const [, word] = / (By default|Required,) /.exec(description) ?? [];
  if (byDefault !== undefined) return { meaning, byDefault: code(inline(byDefault)) };
  return { meaning, byDefault: said === undefined ? "" : word === "Required," ? `required, ${said}` : said };
}

const hasDefaults = ({ properties = {}, anyOf = [] }: Schema): boolean =>
  Object.values(properties).some((one) => one.default !== undefined) || anyOf.some(hasDefaults);

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What Sluice answers to a value that the key does not take: a word of no meaning, or an empty list where any word has one. */
async function answerTo(top: string): Promise<string> {
  for (const wrong of [`${top}: "?"`, `${top}: []`]) {
    const lines = (await problemsIn(completed(wrong))).filter(({ key }) => key === top).map(({ line }) => line);
    if (lines.length > 0) return `${code(wrong)} is refused:\n\n${fence(lines.join("\n"))}`;
  }
  throw new Gap(`No value of ${top} is refused, so the page has no example of a refusal of it.`);
}

function row(entry: KeyEntry, fragments: readonly unknown[]): readonly string[] {
  const { path, shown, variants, schema, required, fromParent } = entry;
  const fits: Fits = ({ preset = "query" }) => variants?.includes(String(preset)) !== false;
  const example = fragments.map((one) => valueAt(one, path.split("."), fits)).find((one) => one !== undefined);
  const named = `\`${shown}\`${variants === undefined ? "" : ` (${variants.join(", ")})`}`;
  if (example === undefined) throw new Gap(`No example sets ${named}. Add one to scripts/reference/plan-examples.ts.`);
  const { meaning, byDefault } = splitDefault({
    ...(fromParent === undefined ? {} : { default: fromParent }),
    ...schema,
  });
  const values = valuesOf(schema);
  // The example shows how a duration is written.
  const said = values === undefined || values.startsWith("a duration") ? meaning : `${meaning} ${capital(values)}.`;
  const unsaid = hasDefaults(schema) ? "those of its keys" : "none";
  const words = required ? "required" : byDefault === "" ? unsaid : byDefault.replace(/\.$/, "");
  return [named, [said, ...refusalsOf(path)].join(" "), words, code(inline(example))];
}

function within(top: string, entries: readonly KeyEntry[]): readonly string[] {
  const nested = entries.filter(({ path }) => path !== top);
  if (nested.length === 0) return [];
  const fragments = (planExamples[top] ?? []).map((fragment) => parse(fragment) as unknown);
  return [
    table(
      ["key", "meaning", "default", "example"],
      nested.map((entry) => row(entry, fragments)),
    ),
  ];
}

async function section(top: string, entries: readonly KeyEntry[]): Promise<string> {
  const own = entries.find(({ path }) => path === top);
  if (own === undefined || (own.schema.description ?? "") === "") throw new Gap(`The key ${top} has no description.`);
  const { meaning, byDefault } = splitDefault(own.schema);
  if (byDefault === "")
    throw new Gap(`The key ${top} says no default. Give \`said\` one, or end its description with "By default …".`);
  await checkFragments(top, entries);
  const values = valuesOf(own.schema);
  const refusals = refusalsOf(top);
  return [
    `## ${top}`,
    meaning,
    [
      `- Default: ${byDefault}${byDefault.endsWith(".") ? "" : "."}`,
      ...(values === undefined ? [] : [`- Values: ${values}.`]),
      ...(refusals.length === 0 ? [] : [`- Refusals: ${refusals.join(", ")}.`]),
    ].join("\n"),
    ...(planExamples[top] ?? []).map((fragment) => fence(fragment, "yaml")),
    ...within(top, entries),
    await answerTo(top),
  ].join("\n\n");
}

export async function planPage(schema: Schema, intro: string): Promise<string> {
  const keys = Object.keys(schema.properties ?? {});
  sameNames("Keys of the plan", keys, Object.keys(planExamples), "scripts/reference/plan-examples.ts");
  const all = keysOf(schema);
  const sections: string[] = [];
  for (const top of keys)
    sections.push(
      await section(
        top,
        all.filter(({ path }) => path === top || path.startsWith(`${top}.`)),
      ),
    );
  const index = table(
    ["key", "meaning"],
    keys.map((key) => {
      const { meaning } = splitDefault(schema.properties?.[key] ?? {});
      return [`[\`${key}\`](#${key})`, cell(meaning)];
    }),
  );
  return `# The plan file\n\n${notice("the schema of the plan and scripts/reference")}\n\n${intro.trim()}\n\n## Keys\n\n${index}\n\n${sections.join("\n\n")}\n`;
}
