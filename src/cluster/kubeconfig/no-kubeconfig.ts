import { findSources, type KubeconfigSourceOptions, usualServiceAccount } from "./find-sources.ts";
import type { Kubeconfig } from "./index.ts";
import { newNotes } from "./problems-and-secrets.ts";

/** What to say where there is no kubeconfig to read at all; undefined where there is one. Loads no parser. */
export function nothingToRead(options: Omit<KubeconfigSourceOptions, "serviceAccount">): Kubeconfig | undefined {
  const notes = newNotes();
  const sources = findSources({ ...options, serviceAccount: usualServiceAccount }, notes);
  return sources.length > 0 ? undefined : { problems: notes.problems, warnings: notes.warnings, secrets: [] };
}
