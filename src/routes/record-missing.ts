import type { JsonPatchOperation, KubeObject } from "../base/kube-object.ts";
import { kubectlKeep, kubectlPatch } from "../base/kubectl-command.ts";
import { member, textOf } from "../base/read-fields.ts";
import { reason } from "../base/reasons/index.ts";
import { notice } from "../base/reasons/notice.ts";
import type { Millis } from "../base/units.ts";
import type { Unrecorded } from "../rollout/observation.ts";
import { followsAnnotation, recordAnnotation } from "../rollout/record/annotations.ts";
import { readStamp } from "../rollout/record/follower-annotation.ts";
import type { DestinationId } from "../rollout/rollout-state.ts";
import { ownWrite } from "./field-managers.ts";
import { type AdapterParts, kubectlObject, type RuleView, weightPath, weightsIn } from "./route-view.ts";

/** After so long the weights that are there are taken for wanted. */
const monthMs = 31 * 24 * 60 * 60_000;

/**
 * A route without a record whose rules Sluice alone owns and that splits traffic: what is left of a rollout whose record
 * was removed. Which version it came from only the record knew, so a person decides. A route that follows another one has its
 * record there.
 */
export function unrecorded(lens: AdapterParts, object: KubeObject, now: Millis | undefined): Unrecorded | undefined {
  const metadata = member(object, "metadata");
  const annotation = (key: string) => textOf(member(member(metadata, "annotations"), key));
  if (annotation(recordAnnotation) !== undefined) return undefined;
  if ((readStamp(annotation(followsAnnotation))?.phase ?? 0) > 0) return undefined;
  const written = new Map(lens.shape.lists.map((list) => [list, ownWrite(object, list)]));
  const isRecent = (time: string | undefined) =>
    time !== undefined && (now === undefined || now - Date.parse(time) <= monthMs);
  const view = lens.read(object);
  const rules = view.rules.filter((rule) => isRecent(written.get(rule.list)) && splits(rule));
  const [first] = rules;
  if (first === undefined) return undefined;
  const writtenAt = Date.parse(written.get(first.list) ?? "");
  return {
    reason: reason("record-missing", { object: view.title, writtenAt, rules: rules.map(weightsIn) }),
    advice: [
      ...sharedBy(rules).map((id) =>
        notice("all-traffic-to", { destination: id }, everythingTo(lens, object, rules, id)),
      ),
      notice("keep-weights", {}, kubectlKeep(kubectlObject(lens.shape, object))),
    ],
  };
}

const splits = ({ destinations }: RuleView): boolean =>
  destinations.filter(({ weight }) => (weight ?? 0) > 0).length > 1;

/** The versions that could have all of it: those with traffic now, where every rule sends to them. */
function sharedBy(rules: readonly RuleView[]): readonly DestinationId[] {
  const withTraffic = rules.flatMap(({ destinations }) =>
    destinations.flatMap(({ id, weight }) => ((weight ?? 0) > 0 ? [id] : [])),
  );
  return [...new Set(withTraffic)].filter((id) =>
    rules.every(({ destinations }) => destinations.some((one) => one.id === id)),
  );
}

function everythingTo(
  { shape }: AdapterParts,
  object: KubeObject,
  rules: readonly RuleView[],
  id: DestinationId,
): string {
  const version = textOf(member(member(object, "metadata"), "resourceVersion"));
  const weights = rules.flatMap((rule) => {
    const chosen = rule.destinations.findIndex((one) => one.id === id);
    return rule.destinations.map(
      (_, position): JsonPatchOperation => ({
        op: "add",
        path: weightPath(shape, rule, position),
        value: position === chosen ? shape.total : 0,
      }),
    );
  });
  const guard =
    version === undefined ? [] : [{ op: "test" as const, path: "/metadata/resourceVersion", value: version }];
  return kubectlPatch(kubectlObject(shape, object), [...guard, ...weights]);
}
