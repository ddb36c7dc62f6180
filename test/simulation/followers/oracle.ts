import type { KubeObject } from "../../../src/base/kube-object.ts";
import type { RouteName } from "./routes.ts";

/**
 * What has to hold of routes that move together. It reads weights, record and annotations itself and knows nothing of the
 * code but types.
 */

export type Change = {
  readonly at: number;
  readonly route: RouteName;
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
  /** Absent where somebody else wrote. */
  readonly ours?: { readonly run: string; readonly operations: readonly Operation[]; readonly command: string };
};

type Operation = { readonly op: string; readonly path: string; readonly value?: unknown };
type Rec = {
  readonly rollout: string;
  readonly startedAt: number;
  readonly status: string;
  readonly phase: number;
  readonly weight: number;
  readonly entered: readonly number[];
  readonly followers?: readonly (readonly unknown[])[];
};
type Weighted = { readonly weight?: number };
type Spec = {
  readonly http?: readonly { readonly route?: readonly Weighted[] }[];
  readonly rules?: readonly { readonly backendRefs?: readonly Weighted[] }[];
};

export const recordOf = (object: KubeObject | undefined): Rec | undefined => {
  const text = object?.metadata.annotations?.["sluice.dev/rollout"];
  return text === undefined ? undefined : (JSON.parse(text) as Rec);
};

const weightsOf = (object: KubeObject | undefined): readonly number[] => {
  const spec = object?.spec as Spec | undefined;
  const list = spec?.http?.[0]?.route ?? spec?.rules?.[0]?.backendRefs ?? [];
  return list.map(({ weight }) => weight ?? 0);
};

/** The canary's share in percent; the canary stands second. */
export const shareOf = (object: KubeObject | undefined): number => {
  const [stable = 0, canary = 0] = weightsOf(object);
  return stable + canary === 0 ? 0 : (100 * canary) / (stable + canary);
};

const bare = (object: KubeObject | undefined): string => {
  const {
    resourceVersion: _,
    generation: __,
    managedFields: ___,
    ...metadata
  } = (object?.metadata ?? {}) as Record<string, unknown>;
  const {
    ["sluice.dev/rollout"]: record,
    ["sluice.dev/follows"]: stamp,
    ...annotations
  } = (metadata["annotations"] ?? {}) as Record<string, unknown>;
  void [record, stamp];
  const text = JSON.stringify({ ...object, metadata: { ...metadata, annotations } });
  return text.replaceAll(/"weight":\d+/g, '"weight":0');
};

const placeOf = (object: KubeObject | undefined): string => `${object?.metadata.namespace}/${object?.metadata.name}`;

export type Watch = {
  readonly violations: string[];
  changed(change: Change): void;
  /** A request to take a follower home that got no good answer. */
  failedHome(route: RouteName): void;
};

export type Stage = {
  readonly now: () => number;
  readonly object: (route: RouteName) => KubeObject | undefined;
  /** Routes that hold records, with those that follow them. */
  readonly groups: readonly { readonly first: RouteName; readonly followers: readonly RouteName[] }[];
  readonly holdMs: number;
  /** The record is removed: a machine that stands still over that finishes the step up that it was in. */
  readonly mayLoseRecord: boolean;
};

export function watch({ now, object, groups, holdMs, mayLoseRecord }: Stage): Watch {
  const violations: string[] = [];
  const broken = (words: string) => {
    if (violations.length < 20) violations.push(`${now()} ${words}`);
  };
  /** When all routes of a group last came to show one weight. */
  const agreedAt = new Map<RouteName, number>();
  /** Instances of rollouts that have gone home: nothing of theirs rises any more. */
  const home = new Set<string>();
  const excused = new Map<RouteName, number>();
  /** Routes whose weights somebody else has moved: what they show is not Sluice's doing. */
  const foreign = new Set<RouteName>();
  const first = (route: RouteName) =>
    groups.find((group) => group.first === route || group.followers.includes(route))?.first ?? route;
  const isFirst = (route: RouteName) => groups.some((group) => group.first === route);

  function ours({ route, before, after, at, ours: by }: Change): void {
    if (by === undefined) return;
    const [guard] = by.operations;
    if (guard?.op !== "test" || guard.path !== "/metadata/resourceVersion") broken(`${route}: no guard`);
    if (guard?.value !== before?.metadata.resourceVersion) broken(`${route}: a guard that did not guard`);
    if (bare(before) !== bare(after)) broken(`${route}: changed more than weights and its own annotations`);
    const weights = weightsOf(after);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const isHome = weights[1] === 0;
    if (!isHome && sum !== 100) broken(`${route}: weights ${weights.join("/")} do not add up to 100`);
    const record = isFirst(route) ? recordOf(after) : undefined;
    const was = recordOf(before);
    if (record !== undefined && Math.abs(record.weight - shareOf(after)) > 0.01)
      broken(`${route}: the record says ${record.weight}, it shows ${shareOf(after)}`);
    const key = record === undefined ? "" : `${record.rollout}@${record.startedAt}`;
    if (record?.status === "rolled-back") home.add(key);
    else if (record !== undefined && home.has(key)) broken(`${route}: ${key} came back after it had gone home`);
    const isSame = record !== undefined && was?.rollout === record.rollout && was.startedAt === record.startedAt;
    const isRewritten =
      isSame && was.phase <= record.phase && was.entered.some((time, index) => record.entered[index] !== time);
    if (isRewritten) broken(`${route}: a phase of ${key} was entered twice`);
    const isStep = record !== undefined && was?.rollout === record.rollout && record.phase > was.phase;
    if (isStep) {
      const since = agreedAt.get(route);
      if (since === undefined) broken(`${route}: a step up to ${record.weight} before all routes agreed`);
      // The server's date has whole seconds.
      else if (holdMs > 0 && at - since < holdMs - 3_000)
        broken(`${route}: raised ${at - since} ms after all routes agreed`);
    }
    const rises = shareOf(after) > shareOf(before) + 0.01;
    const holder = recordOf(object(first(route)));
    const isHeld = holder === undefined ? mayLoseRecord : holder.status === "progressing";
    if (groups.length > 0 && rises && !isFirst(route) && !isHeld)
      broken(`${route}: rose to ${shareOf(after)} while the record is ${holder?.status ?? "not there"}`);
  }

  function together(): void {
    for (const { first: head, followers } of groups) {
      const most = shareOf(object(head));
      const shares = followers.map((route) => ({ route, share: shareOf(object(route)) }));
      for (const { route, share } of shares) {
        if (object(route) !== undefined && !foreign.has(route) && share > most + 0.01 && (excused.get(route) ?? 0) < 3)
          broken(`${route} shows ${share}, above ${head} with ${most}`);
      }
      const named = recordOf(object(head))?.followers?.map(([namespace, , name]) => `${namespace}/${name}`) ?? [];
      const agree = shares.every(
        ({ route, share }) => Math.abs(share - most) < 0.01 || !named.includes(placeOf(object(route))),
      );
      if (!agree) agreedAt.delete(head);
      else if (!agreedAt.has(head)) agreedAt.set(head, now());
    }
  }

  return {
    violations,
    changed(change) {
      if (change.ours === undefined && shareOf(change.after) !== shareOf(change.before)) foreign.add(change.route);
      ours(change);
      if (isFirst(change.route) && shareOf(change.after) !== shareOf(change.before)) agreedAt.delete(change.route);
      together();
    },
    failedHome: (route) => void excused.set(route, (excused.get(route) ?? 0) + 1),
  };
}
