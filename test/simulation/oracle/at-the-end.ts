import type { KubeObject } from "../../../src/base/kube-object.ts";
import type { Life } from "../process-life.ts";
import type { Oracles } from "./oracles.ts";
import { isEnded, recordOf } from "./record.ts";
import { mismatch, namesOf } from "./route.ts";

type Left = { readonly life: Life; readonly state: string; readonly error: unknown };

/** Once everything has healed: nobody may still be running, and the route must stand still in a state that has a name. */
export function atTheEnd(object: KubeObject | undefined, lives: readonly Left[], oracles: Oracles): void {
  const { broken, mark } = oracles;
  for (const { life, state, error } of lives) {
    if (state === "failed") broken("I18", `${life.name} threw ${String((error as Error)?.stack ?? error)}`);
    if (state === "alive") broken("I18", `${life.name} (${life.command}) is still running`);
  }
  if (object === undefined || object.metadata.deletionTimestamp !== undefined) {
    mark("end: the route is gone");
    return;
  }
  const record = recordOf(object);
  if (record === "corrupt") {
    mark("end: a record that cannot be read");
    return;
  }
  if (record === "none") {
    mark("end: no record");
    return;
  }
  if (record.uid !== object.metadata.uid) {
    mark("end: a foreign record");
    return;
  }
  const drifted = mismatch(record, namesOf(object, record.rules), object);
  if (drifted !== undefined && !isEnded(record)) {
    mark("end: drifted");
    return;
  }
  if (object.metadata.labels?.["app.kubernetes.io/managed-by"] === "flagger") {
    mark("end: another owner");
    return;
  }
  mark(`end: ${record.status}`);
  if (record.status === "progressing" || record.status === "held")
    broken("I18", `still ${record.status} in phase ${record.phase} at ${record.weight}% after everything had healed`);
}
