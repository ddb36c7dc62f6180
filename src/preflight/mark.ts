import { type Annotation, followsAnnotation, recordAnnotation } from "../ports/route-adapter.ts";
import { encodeRecord } from "../rollout/record.ts";
import { stampFor } from "../rollout/stamp.ts";
import type { State } from "../rollout/state.ts";

/** What is written beside the weights of a route. */
export type Mark = { readonly annotation: Annotation; readonly textOf: (state: State) => string };

export const recordMark: Mark = { annotation: recordAnnotation, textOf: encodeRecord };

/** A route that follows carries no record: it names the route that does. */
export const followingMark = (route: string): Mark => ({
  annotation: followsAnnotation,
  textOf: (state) => stampFor(state, route, state.entered.at(-1) ?? 0),
});
