import type { JsonPatchOperation, KubeObject } from "../base/kube-object.ts";
import { patchCommand } from "../base/kubectl-command.ts";
import { fieldsOf, listOf, member, textOf } from "../base/read-fields.ts";
import { type Finding, finding } from "../base/reasons/finding.ts";
import type { PatchByHand } from "../base/reasons/route-shapes.ts";
import type { Planned } from "../ports/route-adapter.ts";
import { isLowering } from "../rollout/begin-or-supersede.ts";
import { type Annotation, recordAnnotation } from "../rollout/record/annotations.ts";
import type { State } from "../rollout/rollout-state.ts";
import { type Intended, intentOf, type Lost, unfit } from "./desired-weights.ts";
import { fluxOperations, fluxRestored } from "./flux-pause.ts";
import {
  type AdapterParts,
  endPath,
  kubectlObject,
  malformed,
  namespaceOf,
  type RouteShape,
  weightPath,
} from "./route-view.ts";

/** A key as one step of a JSON pointer. */
const pointer = (key: string) => key.replaceAll("~", "~0").replaceAll("/", "~1");
const annotationPath = (annotation: Annotation) => `/metadata/annotations/${pointer(annotation)}`;

/** The one guarded patch. It names positions only under the version test, which voids it on any other object. */
export function write(
  lens: AdapterParts,
  object: KubeObject,
  state: State,
  record: string,
  annotation: Annotation = recordAnnotation,
): Planned {
  const version = textOf(member(member(object, "metadata"), "resourceVersion"));
  const annotations = member(member(object, "metadata"), "annotations");
  if (version === undefined || version === "") return refused(malformed("metadata.resourceVersion", "text"));
  if (annotations !== undefined && fieldsOf(annotations) === undefined) {
    return refused(malformed("metadata.annotations", "map"));
  }
  const misfit = unfit(lens.shape, state);
  if (misfit !== undefined) return refused(misfit);
  const intent = intentOf(lens.read(object), state);
  if (intent.lost !== undefined) return refused(unwritable(lens, object, state, intent.lost));
  const unreadable = intent.rules.find(({ rule }) => !rule.readable);
  if (unreadable !== undefined) {
    const { list, index } = unreadable.rule;
    return refused(malformed(`spec.${list}[${index}].${lens.shape.members}`, "destinations"));
  }
  const operations: JsonPatchOperation[] = [
    { op: "test", path: "/metadata/resourceVersion", value: version },
    ...sameObject(annotations, state, annotation),
    ...weightsTo(lens.shape, intent.rules).map((set) => ({ op: "add" as const, ...set })),
    ...intent.rules.flatMap((rule) => addition(lens.shape, object, rule)),
    ...(annotations === undefined ? [{ op: "add" as const, path: "/metadata/annotations", value: {} }] : []),
    ...fluxOperations(object, state),
    { op: "add", path: annotationPath(annotation), value: record },
  ];
  return { kind: "patch", operations };
}

/** A record that is put back from memory belongs to the object that it was taken from. */
function sameObject(annotations: unknown, state: State, annotation: Annotation): readonly JsonPatchOperation[] {
  const isPutBack =
    annotation === recordAnnotation && isLowering(state) && member(annotations, recordAnnotation) === undefined;
  return isPutBack ? [{ op: "test", path: "/metadata/uid", value: state.uid }] : [];
}

type WeightSet = { readonly path: string; readonly value: number };

/** Set by `add` and not `replace`: that sets a weight whether or not one was written before. */
function weightsTo(shape: RouteShape, rules: readonly Intended[]): readonly WeightSet[] {
  return rules.flatMap(({ rule, weights }) =>
    weights.map((value, position) => ({ path: weightPath(shape, rule, position), value })),
  );
}

/** The canary behind the last destination of a rule that does not hold it yet. */
function addition(shape: RouteShape, object: KubeObject, { rule, adds }: Intended): readonly JsonPatchOperation[] {
  if (adds === undefined) return [];
  const value = listOf(member(member(object, "spec"), rule.list))?.[rule.index];
  const entry = shape.entryOf(adds.id, namespaceOf(object), listOf(member(value, shape.members)) ?? []);
  return [{ op: "add", path: endPath(shape, rule), value: { ...entry, weight: adds.weight } }];
}

/** The patch that restores what is left of the original weights and removes the record, for a person to run after a look at the route. */
function homePatch(lens: AdapterParts, object: KubeObject, state: State): PatchByHand {
  const home: State = { ...state, status: "rolled-back", endedAt: 0 };
  const metadata = member(object, "metadata");
  const version = textOf(member(metadata, "resourceVersion"));
  const isRecorded = member(member(metadata, "annotations"), recordAnnotation) !== undefined;
  const flux = "endedAt" in state ? [] : fluxRestored(object, state);
  return {
    ...kubectlObject(lens.shape, object),
    ...(version === undefined ? {} : { version }),
    weights: weightsTo(lens.shape, intentOf(lens.read(object), home).rules),
    restored: flux.flatMap(({ path, value }) => (typeof value === "string" ? [{ path, value }] : [])),
    removed: [
      ...flux.flatMap(({ op, path }) => (op === "remove" ? [path] : [])),
      ...(isRecorded ? [annotationPath(recordAnnotation)] : []),
    ],
  };
}

export const homeCommand = (lens: AdapterParts, object: KubeObject, state: State): string =>
  patchCommand(homePatch(lens, object, state));

function unwritable(lens: AdapterParts, object: KubeObject, state: State, { reason: lost, goesHome }: Lost): Finding {
  if (!goesHome) return finding("drifted", { lost });
  return finding("rollback-target-changed", { lost, command: homePatch(lens, object, state) });
}

const refused = (found: Finding): Planned => ({ kind: "refused", finding: found });
