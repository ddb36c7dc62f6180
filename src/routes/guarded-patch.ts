import type { JsonPatchOperation, KubeObject } from "../base/kube-object.ts";
import type { Problem } from "../base/problem.ts";
import { fieldsOf, listOf, member, textOf } from "../base/read-fields.ts";
import type { Planned } from "../ports/route-adapter.ts";
import { isLowering } from "../rollout/begin-or-supersede.ts";
import { type Annotation, recordAnnotation } from "../rollout/record/annotations.ts";
import type { State } from "../rollout/rollout-state.ts";
import { type Intended, intentOf, type Lost, unfit } from "./desired-weights.ts";
import { fluxOperations, fluxRestored } from "./flux-pause.ts";
import {
  type AdapterParts,
  endPath,
  kubectlPatch,
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
  if (version === undefined || version === "") return refused(malformed("metadata.resourceVersion", "a text"));
  if (annotations !== undefined && fieldsOf(annotations) === undefined) {
    return refused(malformed("metadata.annotations", "a map"));
  }
  const problem = unfit(lens.shape, state);
  if (problem !== undefined) return refused(problem);
  const intent = intentOf(lens.read(object), state);
  if (intent.lost !== undefined) return refused(unwritable(lens, object, state, intent.lost));
  const unreadable = intent.rules.find(({ rule }) => !rule.readable);
  if (unreadable !== undefined) {
    const { list, index } = unreadable.rule;
    return refused(malformed(`spec.${list}[${index}].${lens.shape.members}`, "a list of destinations"));
  }
  const operations: JsonPatchOperation[] = [
    { op: "test", path: "/metadata/resourceVersion", value: version },
    ...sameObject(annotations, state, annotation),
    ...weightsTo(lens.shape, intent.rules),
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

/** `add` and not `replace`: it sets a weight whether or not one was written before. */
function weightsTo(shape: RouteShape, rules: readonly Intended[]): readonly JsonPatchOperation[] {
  return rules.flatMap(({ rule, weights }) =>
    weights.map(
      (value, position): JsonPatchOperation => ({ op: "add", path: weightPath(shape, rule, position), value }),
    ),
  );
}

/** The canary behind the last destination of a rule that does not hold it yet. */
function addition(shape: RouteShape, object: KubeObject, { rule, adds }: Intended): readonly JsonPatchOperation[] {
  if (adds === undefined) return [];
  const value = listOf(member(member(object, "spec"), rule.list))?.[rule.index];
  const entry = shape.entryOf(adds.id, namespaceOf(object), listOf(member(value, shape.members)) ?? []);
  return [{ op: "add", path: endPath(shape, rule), value: { ...entry, weight: adds.weight } }];
}

/** The command that takes home what is left and removes the record, for a person to run after a look at the route. */
export function homeCommand(lens: AdapterParts, object: KubeObject, state: State): string {
  const home: State = { ...state, status: "rolled-back", endedAt: 0 };
  const intent = intentOf(lens.read(object), home);
  const metadata = member(object, "metadata");
  const version = textOf(member(metadata, "resourceVersion"));
  const recorded = member(member(metadata, "annotations"), recordAnnotation) !== undefined;
  return kubectlPatch(lens.shape, object, [
    ...(version === undefined ? [] : [{ op: "test" as const, path: "/metadata/resourceVersion", value: version }]),
    ...weightsTo(lens.shape, intent.rules),
    ...("endedAt" in state ? [] : fluxRestored(object, state)),
    ...(recorded ? [{ op: "remove" as const, path: annotationPath(recordAnnotation) }] : []),
  ]);
}

function unwritable(lens: AdapterParts, object: KubeObject, state: State, { because, goesHome }: Lost): Problem {
  if (!goesHome) return { code: "drifted", message: `${because}, so its weights cannot be written.` };
  const remedy = "Check where its traffic goes now; the command takes home what is left and removes the record.";
  return {
    code: "rollback-target-changed",
    message: `${because}. ${remedy} Run: ${homeCommand(lens, object, state)}`,
  };
}

const refused = (problem: Problem): Planned => ({ kind: "refused", problem });
