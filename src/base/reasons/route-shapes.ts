import { type DataOf, list, name, number, oneOf, optional, record } from "./reason-shape.ts";

/** Parts of routes that several reasons are about. */

const share = { id: name, weight: number } as const;
/** One destination of a rule and the weight that it has, or should have. */
export type DestinationWeight = DataOf<typeof share>;
export const destinationWeights = list(record(share));

const ruleShares = { rule: name, destinations: destinationWeights } as const;
/** The weights of one rule, the rule called as a user selects it. */
export type RuleWeights = DataOf<typeof ruleShares>;
export const ruleWeights = list(record(ruleShares));

/** A rule that holds no weights of its own, and the object that holds them. */
export const delegatingRules = list(record({ rule: name, to: name }));

/** What a user adds to a rule so that it holds a version: `destination` in a VirtualService, `backend` in a Gateway API route. */
const newDestinationShape = {
  form: oneOf("destination", "backend"),
  host: name,
  subset: optional(name),
  port: optional(number),
  namespace: optional(name),
  group: optional(name),
  kind: optional(name),
} as const;
export type NewDestination = DataOf<typeof newDestinationShape>;
export const newDestination = record(newDestinationShape);

/** A patch that a person runs: weights and annotations by their paths, on exactly this version. */
const patchShape = {
  resource: name,
  name,
  namespace: name,
  version: optional(name),
  weights: list(record({ path: name, value: number })),
  restored: list(record({ path: name, value: name })),
  removed: list(name),
} as const;
export type PatchByHand = DataOf<typeof patchShape>;
export const patchByHand = record(patchShape);

/** The rules that lead to an object, where a user named the one that delegates. */
export const delegatedBy = record({ root: name, rules: list(name) });

/** The patch of a phase, or the one that rolls back. */
export const patchStep = oneOf("phase", "rollback");
