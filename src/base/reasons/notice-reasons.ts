import { cause, figure, list, name, number, oneOf, optional, record, words } from "./reason-shape.ts";

/** What people are told of a route and do not have to mend before a rollout begins. */
const routeNotices = {
  "canary-added": { canary: name, rules: list(name) },
  "serves-several-hosts": { object: name, hosts: list(name) },
  "sticky-sessions": { rule: name },
  "path-at-rest": { path: name, rules: list(name) },
  "rule-without-path": { rule: name },
  "rule-shadowed": { rule: name, path: name, takers: list(name) },
  "canary-fed-elsewhere": { rules: list(name), canary: name },
  "other-protocol-stays": { rules: list(name) },
  "shares-connections": { rules: list(name) },
  "requests-mirrored": { rule: name, mirrors: list(record({ id: name, share: figure })) },
  "odd-weight-sum": { rule: name, sum: number },
  "gitops-tool": {
    tool: oneOf("argo-cd", "flux", "helm-release", "helm"),
    object: name,
    sure: oneOf("certain", "by-label"),
    ignorable: oneOf("live", "live-or-git"),
  },
  /** What becomes of Flux's annotation. `kept`: it was there before. `late`: the first weight is long written. */
  "flux-pause": { fate: oneOf("no-effect", "kept", "late", "planned", "set", "first-only"), before: optional(name) },
  "flux-still-paused": { before: optional(name) },
  "delegate-followed": { root: name, delegate: name },
  "delegate-of": { delegate: name, roots: list(name), moved: oneOf("root", "delegate") },
  "delegate-unused": { delegate: name },
  "all-traffic-to": { destination: name },
  "keep-weights": {},
} as const;

/** What preflight found besides findings, and who is ready behind a destination. */
const checkNotices = {
  "check-skipped": {
    check: oneOf("right", "rivals", "grants", "profile", "namespace-mode", "pod-mode", "waypoint", "destination"),
    object: optional(name),
    because: cause,
  },
  "subset-for-some-clients": {
    subset: name,
    rules: list(name),
    labels: list(name),
    is: oneOf("lacking", "only-there"),
  },
  "credentials-may-expire": { user: name, endsAt: number, until: figure },
  "cluster-warns": { says: words },
  overridden: { finding: cause },
  endpoints: { destination: name, ready: figure },
  "endpoints-unchecked": { destination: name },
  "subset-undefined": { destination: name },
  "not-listable": { plural: name, namespace: name },
  "not-a-service": { destination: name },
  "not-there": { object: name },
  "kind-not-served": {
    lacking: oneOf("group", "kind", "version"),
    group: name,
    kind: name,
    plural: name,
    served: list(name),
    known: list(name),
  },
  "unknown-route-kind": { kind: name, known: list(name) },
} as const;

export const noticeReasons = { ...routeNotices, ...checkNotices } as const;
