import { resolve } from "node:path";
import { readText } from "./find-sources.ts";
import type { NamedEntry } from "./merge-sources.ts";
import { type Notes, problem, quoted, textOf } from "./problems-and-secrets.ts";

/** A certificate or key: what the library is told, and its content as text. */
export type KeyMaterial = {
  /** The pair of key and value for the checked kubeconfig. */
  readonly told: Readonly<Record<string, string>>;
  readonly content: string;
  /** Where it stands if it is a file. */
  readonly path?: string;
};

/** `KEY-data` in base64, or else the file that `KEY` names. As with kubectl, the data win. */
export function readMaterial(entry: NamedEntry, key: string, owner: string, notes: Notes): KeyMaterial | undefined {
  const data = textOf(entry.fields, `${key}-data`, owner, notes);
  if (data !== undefined) {
    const content = decode(data);
    if (content !== undefined) return { told: { [`${key}-data`]: Buffer.from(content).toString("base64") }, content };
    problem(notes, `${owner}: "${key}-data" is not valid base64. Take it anew from where the kubeconfig came from.`);
    return undefined;
  }
  const written = textOf(entry.fields, key, owner, notes);
  if (written === undefined) return undefined;
  const path = resolve(entry.folder, written);
  const content = readText(path);
  if (content !== undefined) return { told: { [key]: path }, content, path };
  problem(
    notes,
    `${owner}: the file ${quoted(written)} of "${key}" cannot be read. Check the path and its permissions.`,
  );
  return undefined;
}

function decode(data: string): string | undefined {
  const packed = data.replace(/\s+/g, "");
  const valid = packed.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(packed);
  return valid ? Buffer.from(packed, "base64").toString("utf8") : undefined;
}
