import type { State } from "../rollout-state.ts";
import { encodeRecord } from "./encode.ts";
import { stampFor } from "./follower-annotation.ts";

/** The annotation that holds the record. It must not contain `istio.io`, or istiod pushes on every record-only write. */
export const recordAnnotation = "sluice.dev/rollout";

/** What stands on a route that follows another one instead of a record. */
export const followsAnnotation = "sluice.dev/follows";

export type Annotation = typeof recordAnnotation | typeof followsAnnotation;

/** What is written beside the weights of a route. */
export type AnnotationFormat = { readonly annotation: Annotation; readonly textOf: (state: State) => string };

export const recordMark: AnnotationFormat = { annotation: recordAnnotation, textOf: encodeRecord };

/** A route that follows carries no record: it names the route that does. */
export const followingMark = (route: string): AnnotationFormat => ({
  annotation: followsAnnotation,
  textOf: (state) => stampFor(state, route, state.entered.at(-1) ?? 0),
});
