import { realpathSync } from "node:fs";
import { isAbsolute, relative } from "node:path";
import type { Problem, SourceLocation } from "../../base/problem.ts";
import { formsOf, shortestSecret } from "../../network/redact.ts";

/** What is found on the way through a kubeconfig: everything is collected, nothing ends the search early. */
export type Notes = {
  readonly problems: Problem[];
  readonly warnings: string[];
  readonly secrets: Set<string>;
};

export function newNotes(): Notes {
  return { problems: [], warnings: [], secrets: new Set() };
}

export function problem(notes: Notes, message: string, place: SourceLocation = { input: "kubeconfig" }): void {
  notes.problems.push({ code: "input", message, place });
}

/** Notes a credential in all its forms; one that is too short to be masked is refused. */
export function secret(notes: Notes, value: string, what: string): void {
  if (value.length < shortestSecret) {
    problem(notes, `${what} is shorter than ${shortestSecret} characters and could not be masked. Use a longer one.`);
  }
  for (const form of formsOf(value)) notes.secrets.add(form);
}

/** Whether the path, its symbolic links followed, lies inside the folder. */
export function inside(folder: string | undefined, path: string): boolean {
  if (folder === undefined) return false;
  const places = [relative(folder, path), relative(real(folder), real(path)), relative(real(folder), path)];
  return places.some((way) => way === "" || !(way === ".." || way.startsWith("../") || isAbsolute(way)));
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** A word of the user's in a message: what is unprintable escaped, and not longer than 80 characters. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 79)}…` : value);
}

export type KubeconfigFields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is KubeconfigFields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A key that has to be text where it stands at all; anything else is a problem. */
export function textOf(fields: KubeconfigFields, key: string, owner: string, notes: Notes): string | undefined {
  const value = fields[key];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string") return value;
  problem(notes, `${owner}: "${key}" has to be text. Put it in quotes.`);
  return undefined;
}

export function isVariableName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

/** Whether what is called so is likely to be a secret. */
export function isSecretName(name: string): boolean {
  return /secret|token|passw|private|credential|access_?key|api_?key/i.test(name);
}
