import type { KubeObject } from "../../../src/base/kube-object.ts";
import { isEnded, isRec, type Rec, recordOf } from "../../../test/simulation/oracle/record.ts";
import { splitOf, weightsOf, withoutWeights } from "./route.ts";

/**
 * What holds of every version of a route, and between each and the next, whoever wrote it and whenever somebody was
 * killed. It reads the route by itself and knows nothing of the code that wrote it.
 */
export function violationsOf(versions: readonly KubeObject[]): readonly string[] {
  const found: string[] = [];
  const last = new Map<string, KubeObject>();
  for (const object of versions) {
    const name = object.metadata.name ?? "";
    const wrong = (text: string) => void found.push(`${name} at ${object.metadata.resourceVersion}: ${text}`);
    alone(object, wrong);
    const before = last.get(name);
    if (before !== undefined) between(before, object, wrong);
    last.set(name, object);
  }
  return found;
}

/** A rollout that begins anew has another start. */
const sameInstance = (one: Rec, other: Rec) => one.rollout === other.rollout && one.startedAt === other.startedAt;

type Wrong = (text: string) => void;

function alone(object: KubeObject, wrong: Wrong): void {
  const record = recordOf(object);
  if (record === "corrupt") wrong("the record cannot be read");
  if (!isRec(record)) return;
  const weights = weightsOf(object);
  const sum = weights.reduce((all, weight) => all + weight, 0);
  if (sum !== 100) wrong(`the weights ${weights} add up to ${sum}`);
  if (record.uid !== object.metadata.uid) wrong("the record names another object");
  const canary = weights[canaryIndex(object, record)];
  if (canary !== record.weight) wrong(`the record says ${record.weight} %, the route has ${canary} %`);
}

/** The canary stands second in the record's table of destinations. */
function canaryIndex(object: KubeObject, record: Rec): number {
  const [, canary = ""] = record.destinations;
  return splitOf(object).findIndex(({ host, subset }) =>
    subset === undefined
      ? canary.startsWith(`${host}.`)
      : canary.includes(`/${subset}:`) || canary.endsWith(`/${subset}`),
  );
}

function between(before: KubeObject, after: KubeObject, wrong: Wrong): void {
  const [was, is] = [recordOf(before), recordOf(after)];
  if (!isRec(is)) {
    if (isRec(was)) wrong("the record is gone");
    return;
  }
  if (masked(before) !== masked(after)) wrong("more than weights and record has changed");
  if (!isRec(was) || !sameInstance(was, is)) {
    if (is.phase !== 1) wrong(`began in phase ${is.phase}`);
    return;
  }
  if (isEnded(was)) {
    // A promoted version may still be taken back by a command.
    if (was.status === "promoted" && is.status === "rolled-back") return;
    if (is.status !== was.status || is.weight !== was.weight) wrong(`went on as ${is.status} after ${was.status}`);
    return;
  }
  if (is.phase !== was.phase && is.phase !== was.phase + 1) wrong(`went from phase ${was.phase} to ${is.phase}`);
  if (is.weight > was.weight && is.phase !== was.phase + 1)
    wrong(`rose from ${was.weight} to ${is.weight} without a step`);
  if (is.phase === was.phase + 1 && is.grounds?.[0] !== was.phase) wrong(`left phase ${was.phase} without grounds`);
  if (is.status === "rolled-back" && is.weight > was.weight) wrong("was taken back upwards");
  if (was.entered.some((at, index) => is.entered[index] !== at)) wrong("a phase was entered twice");
}

/** The object without what Sluice may change: the weights of the rule with both versions, and its record. */
function masked({ metadata, spec }: KubeObject): string {
  const { "sluice.dev/rollout": _record, ...annotations } = metadata.annotations ?? {};
  return withoutWeights({ labels: metadata.labels, annotations, spec });
}
