import { foreign } from "../../base/foreign.ts";
import type { KubeObject } from "../../base/kube-object.ts";
import { type Finding, finding } from "../../base/reasons/finding.ts";
import type { Reason } from "../../base/reasons/index.ts";
import { eachOnce, type Notice, notice } from "../../base/reasons/notice.ts";
import type { CallOptions, Cluster, ResourceName } from "../../ports/cluster.ts";
import { recordMark } from "../../rollout/record/annotations.ts";
import type { State } from "../../rollout/rollout-state.ts";
import type { InspectedRoute } from "../inspected-route.ts";

type Tried = { readonly findings: readonly Finding[]; readonly notices: readonly Notice[] };
type Answer =
  | { readonly kind: "fine"; readonly warnings: readonly string[] }
  | { readonly kind: "moved" }
  | { readonly kind: "bad"; readonly finding: Finding };

const rounds = 3;
const tooManyRequests = 429;

const stepOf = ({ status, weight }: State) =>
  ({ step: status === "rolled-back" ? "rollback" : "phase", weight }) as const;

/**
 * Sends every patch that lies ahead, the way back too, with `dryRun=All`: rights, schema, Istio's own validation and
 * every other admission policy have their say before the first real write. Another client may write meanwhile; then the
 * object is read again and all is tried once more.
 */
export async function tryAll(
  site: InspectedRoute,
  object: KubeObject,
  states: readonly State[],
  options: CallOptions,
): Promise<Tried> {
  const { cluster, resource } = site;
  let present = object;
  for (let round = 1; ; round += 1) {
    const answers = await Promise.all(states.map((state) => tryOne(site, present, state, options)));
    const bad = answers.flatMap((answer) => (answer.kind === "bad" ? [answer.finding] : []));
    const moved = answers.some((answer) => answer.kind === "moved") || bad.length > 0;
    const fresh = moved && round < rounds ? await reread(cluster, resource, present, options) : undefined;
    if (fresh === undefined)
      return {
        findings: bad,
        notices: eachOnce(answers.flatMap((answer) => (answer.kind === "fine" ? answer.warnings.map(warned) : []))),
      };
    present = fresh;
  }
}

const warned = (warning: string): Notice => notice("cluster-warns", { says: foreign(warning) });

/** The object at a newer version, or undefined when it stands where it stood: then the refusal was meant. */
async function reread(
  cluster: Cluster,
  resource: ResourceName,
  before: KubeObject,
  options: CallOptions,
): Promise<KubeObject | undefined> {
  const read = await cluster.read(resource, options);
  if (read.kind !== "found") return undefined;
  return read.object.metadata.resourceVersion === before.metadata.resourceVersion ? undefined : read.object;
}

async function tryOne(
  { cluster, driver, resource, mark = recordMark }: InspectedRoute,
  object: KubeObject,
  state: State,
  options: CallOptions,
): Promise<Answer> {
  const text = mark.textOf(state);
  const planned = driver.write(object, state, text, mark.annotation);
  if (planned.kind === "refused") return { kind: "bad", finding: planned.finding };
  const result = await cluster.patch(resource, planned.operations, { ...options, dryRun: true });
  // Being asked to slow down is no word about the patch.
  if (result.kind === "unknown" || (result.kind === "refused" && result.status === tooManyRequests)) {
    const about = { object: resource.name, ...stepOf(state), says: result.reason };
    return { kind: "bad", finding: finding("cluster-unreachable", { asked: "dry-run", ...about }) };
  }
  if (result.kind === "refused") return { kind: "bad", finding: refusal(resource, state, result.reason) };
  const landed = driver.landed(result.object, state, text, mark.annotation);
  if (landed.kind === "as-recorded") return { kind: "fine", warnings: result.warnings };
  const altered = { plural: resource.plural, ...stepOf(state), found: landed.reason };
  return { kind: "bad", finding: finding("write-altered", altered) };
}

function refusal(resource: ResourceName, state: State, says: Reason): Finding {
  // A right that is missing is granted; what a webhook refuses, with whatever status, no right can mend.
  if (says.code === "api-forbidden")
    return finding("permission-missing", { asked: "dry-run", object: resource.name, verbs: ["patch"], says });
  return finding("dry-run-rejected", { object: resource.name, ...stepOf(state), says });
}
