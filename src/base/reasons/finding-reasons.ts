import { cause, figure, list, name, number, oneOf, optional, record, words } from "./reason-shape.ts";
import { delegatedBy, delegatingRules, newDestination, patchByHand, patchStep, ruleWeights } from "./route-shapes.ts";

/** What the route itself has against a rollout: its rules, its destinations, its weights, and who else writes it. */
export const routeFindings = {
  "object-malformed": {
    path: name,
    expected: oneOf("rules", "rule", "list", "map", "text", "destination", "destinations", "backend", "weight"),
    largest: optional(number),
  },
  "route-not-found": {
    why: oneOf("no-such-list", "no-match", "several"),
    selector: name,
    list: name,
    kind: optional(name),
    rules: list(name),
  },
  "duplicate-route-name": { same: oneOf("name", "match"), list: name, word: name, indexes: list(number) },
  /** `follower`: on a route that moves along, where the canary is never added. */
  "canary-destination-missing": {
    canary: optional(name),
    where: oneOf("route", "rule", "follower"),
    rules: list(name),
    add: optional(newDestination),
  },
  "stable-destination-missing": {
    stable: optional(name),
    canary: optional(name),
    rules: list(name),
    destinations: list(name),
  },
  /** `word`: it means several destinations. `twins`: two entries are one destination. `beside`: which stable the canary would join. */
  "canary-ambiguous": {
    unclear: oneOf("word", "twins", "same", "stable", "canary", "both", "beside"),
    word: optional(name),
    rules: ruleWeights,
    destinations: list(name),
  },
  /** `places`: some selectors mean rules of the object, others rules of its delegate. */
  "ambiguous-scope": {
    unclear: oneOf("rules", "selector", "delegates", "places"),
    object: optional(name),
    rules: list(name),
    selectors: list(name),
    delegates: delegatingRules,
    named: optional(number),
    indexed: optional(number),
  },
  "inconsistent-weights": { rules: list(record({ rule: name, share: number })) },
  "rule-not-weighted": { rule: name, weighted: list(name) },
  "unreachable-rule": { rule: name, takers: list(name), path: optional(name), host: optional(name) },
  "fault-injected": { rule: name, root: optional(name) },
  /** `elsewhere`: another object holds the weights. `further`: the delegate delegates in its turn. */
  delegated: {
    why: oneOf("elsewhere", "itself", "further"),
    delegate: name,
    route: optional(name),
    root: optional(name),
    rules: list(name),
    delegates: delegatingRules,
  },
  "multiple-virtualservices": {
    host: name,
    others: list(name),
    deciders: list(record({ object: name, paths: list(name) })),
  },
  "weights-do-not-fit": { rule: name, held: number, weight: number },
  "zero-total-weight": { rule: name },
  "fractional-weight": { kind: name, weight: number, lower: number, upper: number, steps: oneOf("whole", "tenths") },
  "owned-by-controller": { object: name, owner: name },
  "corrupt-record": {
    why: oneOf("unreadable", "weights"),
    says: optional(cause),
    kind: optional(name),
    weight: optional(number),
    total: optional(number),
    carries: optional(number),
  },
  "foreign-record": { rollout: name, status: name, weight: number },
  drifted: { lost: cause },
  "rollback-target-changed": { lost: cause, command: patchByHand },
} as const;

/** What stands behind the destinations, and whether anything applies the route. */
export const backendFindings = {
  "destination-not-found": { host: name, place: optional(record({ name, namespace: name })), namespace: name },
  "destination-port-missing": {
    destination: name,
    path: optional(name),
    port: optional(number),
    service: optional(name),
    ports: list(record({ port: number, name })),
  },
  "subset-missing": { subset: name, host: name, misspelt: list(record({ rule: name, host: name })) },
  "subset-empty": { subset: name, labels: list(name) },
  "subset-overlap": { stable: name, canary: name, pods: list(name), more: figure },
  "backend-empty": { service: name },
  /** `says`: the words of the controller that answers for the parent. */
  "parent-not-accepted": {
    why: oneOf("no-parent", "unanswered", "partial", "unsaid", "outdated", "unknown", "refused"),
    route: optional(name),
    parent: optional(name),
    condition: optional(oneOf("Accepted", "ResolvedRefs", "PartiallyInvalid")),
    reason: optional(name),
    says: optional(words),
    seen: optional(number),
    present: optional(number),
  },
  "reference-not-granted": {
    kind: name,
    namespace: name,
    parent: optional(name),
    says: optional(words),
    destination: optional(name),
    to: optional(record({ group: name, kind: name, namespace: name, name })),
  },
  "reference-not-resolved": { parent: name, reason: name, says: optional(words) },
  "no-l7-dataplane": { service: name, state: oneOf("unbound", "absent", "not-programmed"), waypoint: optional(name) },
  "mixed-route-apis": { objects: list(name), host: name },
  "route-ignored": {
    why: oneOf("own-hosts", "not-exported", "wider-match", "service-profile", "unknown-fields"),
    object: optional(name),
    root: optional(name),
    namespace: optional(name),
    rule: optional(name),
    fields: list(name),
    more: optional(figure),
  },
} as const;

/** What the metric source has against it. */
export const metricFindings = {
  "metric-not-separable": { cause },
  "metric-labels-missing": { cause },
  "metric-protocol-mismatch": { cause },
  "metric-query-failed": { cause },
} as const;

/** What the API server has against it, or did not say. */
export const clusterFindings = {
  "object-not-found": { object: name, delegatedBy: optional(delegatedBy), says: optional(cause) },
  "permission-missing": {
    asked: oneOf("rights", "dry-run", "read"),
    object: name,
    user: optional(name),
    verbs: list(name),
    group: optional(name),
    plural: optional(name),
    namespace: optional(name),
    says: optional(cause),
    delegatedBy: optional(delegatedBy),
  },
  "cluster-unreachable": {
    asked: oneOf("endpoints", "rivals", "dry-run", "read"),
    object: name,
    step: optional(patchStep),
    weight: optional(number),
    says: optional(cause),
    delegatedBy: optional(delegatedBy),
  },
  "credentials-expire": { user: name, endsAt: number, until: figure },
  "dry-run-rejected": { object: name, step: patchStep, weight: number, says: cause },
  "write-altered": { plural: name, step: patchStep, weight: number, found: cause },
} as const;

/** Why a rollout does not begin or, where it goes on already, is not raised. Each code is that of the refusal, too. */
export const findingReasons = {
  ...routeFindings,
  ...backendFindings,
  ...metricFindings,
  ...clusterFindings,
} as const;

export type FindingCode = keyof typeof findingReasons;
