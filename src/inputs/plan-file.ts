import { broken, type Stated } from "../schema/shape.ts";
import type { Found, Tell } from "../schema/source-value.ts";
import { readYaml } from "../schema/yaml.ts";
import { type PlanFields, planFile, planKeys } from "./input-schema.ts";
import type { FileText } from "./text-file-reader.ts";

/** The line and column of a key of the plan, or of the nearest one around it. */
export type Locate = (path: string) => { readonly line: number; readonly column: number } | undefined;

export type PlanFile = { readonly fields: PlanFields; readonly path?: string; readonly locate: Locate };

/** The plan file, if one is named. Where it cannot be read every key counts as refused, so that none is called missing. */
export async function readPlanFile(
  config: Stated<string> | undefined,
  readFile: (path: string) => FileText,
  tell: Tell,
): Promise<PlanFile> {
  if (config === undefined) return { fields: {}, locate: () => undefined };
  const unread: PlanFile = { fields: allBroken(config), locate: () => undefined };
  if (config.value === broken) return unread;
  const path = config.value.replace(/^(\.\/)+/, "");
  const file = readFile(config.value);
  if ("because" in file) {
    tell(config.at, `The plan file ${path} ${file.because}`);
    return unread;
  }
  const found = await readYaml(file.text, { file: path, root: "" }, tell);
  const fields = planFile.read(found, tell);
  return { fields: fields === broken ? allBroken(config) : fields, path, locate: locator(found) };
}

function allBroken({ at }: Stated<string>): PlanFields {
  // Every key has the same value, and that one fits each of them.
  return Object.fromEntries(Object.keys(planKeys).map((key) => [key, { at, value: broken }])) as PlanFields;
}

function locator(top: Found): Locate {
  const places = new Map<string, { readonly line: number; readonly column: number }>();
  const visit = (found: Found): void => {
    const { path = "", line, column } = found.at;
    if (line !== undefined && column !== undefined) places.set(path, { line, column });
    if (found.kind === "list") for (const item of found.items) visit(item);
    if (found.kind === "mapping") for (const entry of found.entries) visit(entry.value);
  };
  visit(top);
  return (path) => {
    for (let rest = path; rest !== ""; rest = rest.replace(/(?:\[[^[\]]*\]|(?:^|\.)[^.[\]]+|.)$/, "")) {
      const place = places.get(rest);
      if (place !== undefined) return place;
    }
    return undefined;
  };
}
