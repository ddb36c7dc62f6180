import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { decodeRecord } from "../../src/rollout/record/decode.ts";
import type { State } from "../../src/rollout/rollout-state.ts";
import { createStore, type Version } from "../../src/simulator/cluster/object-store.ts";
import { textOf } from "../../src/text/index.ts";
import { type Machine, newMachine } from "../runner/machine.ts";
import { type Action, type ActionOptions, type Result, startAction } from "../runner/runner.ts";
import { type VirtualTime, virtualTime } from "../runner/virtual-time.ts";
import { type ApiServer, type ApiServerOptions, type Logged, startApiServer } from "../servers/api-server.ts";
import { type GitHubDouble, gitHubDouble } from "../servers/github.ts";
import { furnish, shop } from "../servers/shop.ts";
import { bundle } from "./bundle.ts";

/** What runs at the end of a test, whether it passes or not. */
export type AtEnd = (clear: () => Promise<void> | void) => void;

export type SceneOptions = Pick<ApiServerOptions, "users"> & {
  readonly objects?: readonly KubeObject[];
  /** Told of every change of an object as it happens. */
  readonly onVersion?: (version: Version) => void;
};

/** A cluster and a GitHub on loopback, and the action as it would be shipped. */
export type Scene = {
  readonly api: ApiServer;
  readonly github: GitHubDouble;
  /** One time for all of it: the servers, their traffic, the processes and the runner's signals. */
  readonly time: VirtualTime;
  readonly kubeconfig: string;
  /** Starts a step. `plan` becomes the plan file. */
  start(step?: StepOptions): Action;
  /** Runs a step to its end. */
  run(step?: StepOptions): Promise<Result>;
  /** The record as it stands on the route now. */
  state(): State | undefined;
  /** Every version of the route since the beginning. */
  history(): readonly KubeObject[];
  /** The same in short: the canary's weight, the record's status, and its phase. */
  steps(): readonly string[];
  /** Requests that would have changed something if they were answered well. */
  writes(): readonly Logged[];
};

export type StepOptions = Partial<Omit<ActionOptions, "action" | "time">> & {
  readonly plan?: Readonly<Record<string, unknown>> | string;
};

/** The token that the double of GitHub takes. */
export const githubToken = "t-secret-1";
export const planPath = "rollout.yml";
/** How an annotation goes on after the reason for a way back. */
export const nothingLeft =
  "Now v2 (canary) serves 0%, v1 (stable) serves 100%. Nothing is left to do on the route. A new `run` begins anew, from the first weight.";
export const commit = "1111111111111111111111111111111111111111";

/** A rollout that takes seconds: nothing is waited for but what is asked for. */
export const quick = {
  route: "shop/virtualservice/reviews",
  phases: "20/50/100",
  hold: "0s",
  settle: "0s",
  "write-allowance": "0s",
} as const;

export async function openScene(atEnd: AtEnd, options: SceneOptions = {}): Promise<Scene> {
  const { objects = shop(), onVersion, ...rest } = options;
  const time = virtualTime();
  const now = time.date;
  const api = await startApiServer({ ...rest, now, store: createStore({ seed: 1, ...(onVersion && { onVersion }) }) });
  furnish(api.store, now(), objects);
  const before = api.store.history.length;
  const github = await gitHubDouble();
  const kubeconfig = api.kubeconfig();
  atEnd(async () => {
    time.stop();
    await api.close();
    await github.close();
  });

  const start = ({ plan = quick, machine: shared, inputs, ...step }: StepOptions = {}): Action => {
    const machine = shared ?? newMachine();
    writePlan(machine, plan);
    const action = startAction({
      action: bundle(),
      machine,
      repository: "octo/shop",
      sha: commit,
      token: githubToken,
      apiUrl: github.url,
      time,
      ...step,
      inputs: { config: planPath, kubeconfig, ...inputs },
    });
    if (shared === undefined) atEnd(() => machine.dispose());
    return action;
  };
  const versions = () =>
    api.store.history.slice(before).flatMap(({ resource, after }) => {
      return resource.plural === "virtualservices" && after !== undefined ? [after] : [];
    });
  return {
    api,
    github,
    time,
    kubeconfig,
    start,
    run: (step) => start(step).done,
    state: () => recordOn(versions().at(-1)),
    history: versions,
    steps: () => versions().map(stepOf),
    writes: () => api.log.filter(isWrite),
  };
}

export function writePlan(machine: Machine, plan: NonNullable<StepOptions["plan"]>): void {
  writeFileSync(join(machine.workspace, planPath), typeof plan === "string" ? plan : stringify(plan));
}

export function recordOn(object: KubeObject | undefined): State | undefined {
  const text = object?.metadata.annotations?.["sluice.dev/rollout"];
  if (text === undefined) return undefined;
  const decoded = decodeRecord(text);
  if (decoded.kind === "corrupt") throw new Error(`The record cannot be read: ${textOf(decoded.reason)}`);
  return decoded.state;
}

/** The weights of the first rule as they stand. */
export function weightsOn(object: KubeObject): readonly number[] {
  const spec = object.spec as { http: { route: { weight?: number }[] }[] };
  return spec.http[0]?.route.map(({ weight = 0 }) => weight) ?? [];
}

function stepOf(object: KubeObject): string {
  const state = recordOn(object);
  const weight = weightsOn(object)[1];
  return state === undefined ? `${weight}` : `${weight} ${state.status} ${state.phase}`;
}

/** The comments on the pull request. */
export const reports = ({ github }: Scene): readonly string[] => github.comments.map(({ body }) => body);

/** What a request is, in one line: to say where a case failed. */
export const named = ({ method, path, query }: Logged): string =>
  `${method}${query.get("dryRun") === "All" ? " (dry run)" : ""} ${path.replace(/^.*\/namespaces\//, "")}`;

/** Whether a request may change something. */
export const isWrite = ({ method, query }: Logged): boolean => method === "PATCH" && query.get("dryRun") !== "All";

/** The places in a log where something may be different: the same question asked twice between two writes is one place. */
export function moments(log: readonly Logged[]): readonly { readonly at: number; readonly request: Logged }[] {
  const seen = new Set<string>();
  let writes = 0;
  return log.flatMap((request, at) => {
    const place = `${writes} ${named(request)} ${request.query.get("labelSelector") ?? ""}`;
    if (isWrite(request)) writes += 1;
    if (seen.has(place)) return [];
    seen.add(place);
    return [{ at, request }];
  });
}

/** Runs cases side by side, a few at a time. */
export async function each<T>(cases: readonly T[], run: (one: T) => Promise<void>, atOnce = 6): Promise<void> {
  const waiting = [...cases];
  const work = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await run(one);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** What no writer may ever break: the weights of the rule make 100, and nothing else but the record has changed. */
export function brokenPromises(scene: Scene): readonly string[] {
  const [first, ...later] = scene.api.store.history.flatMap(({ resource, after }) =>
    resource.plural === "virtualservices" && after !== undefined ? [after] : [],
  );
  return later.flatMap((object, at) => {
    const weights = weightsOn(object);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return [
      ...(sum === 100 ? [] : [`version ${at + 1}: the weights ${weights.join("/")} make ${sum}`]),
      ...(masked(object) === masked(first) ? [] : [`version ${at + 1}: more than weights and record has changed`]),
    ];
  });
}

function masked(object: KubeObject | undefined): string {
  return JSON.stringify(object, (key, value: unknown) =>
    ["weight", "annotations", "resourceVersion", "generation", "managedFields"].includes(key) ? undefined : value,
  );
}
