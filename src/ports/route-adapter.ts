import type { JsonPatch, KubeObject } from "../base/kube-object.ts";
import type { Finding } from "../base/reasons/finding.ts";
import type { Notice } from "../base/reasons/notice.ts";
import type { RuleWeights } from "../base/reasons/route-shapes.ts";
import type { Millis } from "../base/units.ts";
import type { Selection, SyncStatus, Unrecorded } from "../rollout/observation.ts";
import type { RolloutTarget } from "../rollout/plan.ts";
import type { Annotation } from "../rollout/record/annotations.ts";
import type { DestinationId, RecordedRule, State } from "../rollout/rollout-state.ts";
import type { RouteDiagram } from "./route-diagram.ts";

export type SelectionResult =
  | { readonly kind: "selected"; readonly selection: Selection }
  | { readonly kind: "refused"; readonly findings: readonly Finding[] };
export type Planned =
  | { readonly kind: "patch"; readonly operations: JsonPatch }
  | { readonly kind: "refused"; readonly finding: Finding };

/** What the traffic of a rule is to proxies and metrics. With all but `http` a share is one of connections. */
export type Protocol = "http" | "tcp" | "tls";

/** A destination as preflight and metrics need it. */
export type DestinationParts = {
  readonly id: DestinationId;
  /** The host in full, as `reviews.shop.svc.cluster.local`. */
  readonly host: string;
  readonly subset?: string;
  readonly port?: number;
  /** What it is where it is no Service but another kind of backend: nothing is known of what stands behind it. */
  readonly backend?: {
    readonly group: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
  };
};

/** Where the weights of an object live, as its own rules say. */
export type DelegateTarget =
  /** No rule in scope delegates: the object holds its weights itself. */
  | { readonly kind: "stays" }
  | {
      readonly kind: "follows";
      readonly namespace: string;
      readonly name: string;
      /** The delegating rules, as they are called. */
      readonly labels: readonly string[];
      /** The user's selectors that chose among the root's rules: they mean nothing in the delegate. */
      readonly spent: readonly string[];
    }
  | { readonly kind: "refused"; readonly finding: Finding };

/** Objects whose weights live in another one, where the kind knows such a thing. */
export type Delegation = {
  followed(root: KubeObject, selectors: readonly string[]): DelegateTarget;
  /** Why an object cannot be followed any further: the mesh goes one level deep. */
  goesOn(root: KubeObject, delegate: KubeObject): Finding | undefined;
  /** Why the mesh leaves a delegate out although a root names it: it says so in its own log alone. */
  ignored(root: KubeObject, delegate: KubeObject): readonly Finding[];
  /** Faults that a root injects into the rules of its delegate. */
  faultsOf(root: KubeObject, delegate: KubeObject): readonly Finding[];
  /** Objects that delegate to this one. */
  rootsOf(delegate: KubeObject, others: readonly KubeObject[]): readonly KubeObject[];
  /** Whether an object is made to be delegated to: it serves no host by itself. */
  isDelegate(object: KubeObject): boolean;
  /** The delegate as callers meet it: for the hosts and at the gateways of its roots. */
  facing(delegate: KubeObject, roots: readonly KubeObject[]): KubeObject;
};

/**
 * One kind of route as a pure lens: no I/O, no clock. The object goes in as the API server sent it; what comes out are
 * rules and weights, or a JSON patch that changes weights and record and nothing else.
 */
export interface RouteAdapter {
  /** The word in `route: KIND/NAME`, in lower case. */
  readonly kind: string;
  /** The kind as Kubernetes spells it. */
  readonly kubeKind: string;
  readonly group: string;
  readonly plural: string;
  /** Versions that this lens reads, the preferred first. */
  readonly versions: readonly string[];
  /** Whether the versions that a server has of the group say nothing of this kind: others are served in others. */
  readonly versionsByKind?: true;
  /** Which rules and destinations a new rollout would move, or every reason why it cannot. */
  select(object: KubeObject, target: RolloutTarget): SelectionResult;
  /** How the object's weights compare with the record. */
  standing(object: KubeObject, state: State): SyncStatus;
  /** The one guarded patch: the version test, every weight of every touched rule, the record or what stands in its place. */
  write(object: KubeObject, state: State, record: string, annotation?: Annotation): Planned;
  /** Whether weights and record of the object are what the patch intended: an admission webhook may have changed them. */
  landed(object: KubeObject, state: State, record: string, annotation?: Annotation): SyncStatus;
  parts(id: DestinationId): DestinationParts;
  /** What the rules of a selection or a record carry; `http` only where all of them do. */
  protocol(rules: readonly RecordedRule[]): Protocol;
  /** Why the object as it stands is not in force, where the cluster says so on the object itself. */
  acceptance?(object: KubeObject): readonly Finding[];
  /** Other objects of the kind that decide about the same traffic and would not move, where the kind knows such a thing. */
  rivals?(
    object: KubeObject,
    others: readonly KubeObject[],
    versions: {
      readonly stable: DestinationId;
      readonly canary: DestinationId;
      readonly rules?: readonly RecordedRule[];
    },
  ): readonly Finding[];
  readonly delegation?: Delegation;
  /** Tools that keep the object as Git has it, and that nothing on it keeps from undoing the weights. */
  keepers?(object: KubeObject): readonly string[];
  /** What a rollout that is left as it stands has on the object besides weights and record, for people. */
  leftBehind?(object: KubeObject, state: State): readonly Notice[];
  /** All weights of the object, whatever its shape. */
  weights(object: KubeObject): readonly RuleWeights[];
  /** What a route without a record shows of a rollout that Sluice did not end; undefined where there is no sign of one. */
  unrecorded(object: KubeObject, now: Millis | undefined): Unrecorded | undefined;
  /** The whole object as people are drawn a picture of it, with what the record asks of it. */
  layout?(object: KubeObject, state: State | undefined): RouteDiagram;
}
