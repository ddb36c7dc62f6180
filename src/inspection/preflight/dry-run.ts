import type { KubeObject } from "../../base/kube-object.ts";
import type { Finding } from "../../base/reasons/finding.ts";
import type { Reason } from "../../base/reasons/index.ts";
import type { CallOptions, Cluster, ResourceName } from "../../ports/cluster.ts";
import { recordMark } from "../../rollout/record/annotations.ts";
import type { State } from "../../rollout/rollout-state.ts";
import { textOf } from "../../text/index.ts";
import type { InspectedRoute } from "../inspected-route.ts";

type Tried = { readonly findings: readonly Finding[]; readonly warnings: readonly string[] };
type Answer =
  | { readonly kind: "fine"; readonly warnings: readonly string[] }
  | { readonly kind: "moved" }
  | { readonly kind: "bad"; readonly finding: Finding };

const rounds = 3;
const tooManyRequests = 429;

const stepName = (state: State): string => (state.status === "rolled-back" ? "the rollback" : `${state.weight}%`);

/**
 * Sends every patch that lies ahead, the way back too, with `dryRun=All`: rights, schema, Istio's own validation and
 * every other admission policy have their say before the first real write. Somebody else may write meanwhile; then the
 * object is read again and all is tried anew.
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
        warnings: [...new Set(answers.flatMap((answer) => (answer.kind === "fine" ? answer.warnings : [])))],
      };
    present = fresh;
  }
}

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
  if (planned.kind === "refused") return { kind: "bad", finding: planned.problem };
  const result = await cluster.patch(resource, planned.operations, { ...options, dryRun: true });
  // Being asked to slow down is no word about the patch.
  if (result.kind === "unknown" || (result.kind === "refused" && result.status === tooManyRequests)) {
    return {
      kind: "bad",
      finding: {
        code: "cluster-unreachable",
        message: `The dry run of ${stepName(state)} was not answered: ${textOf(result.reason)}`,
      },
    };
  }
  if (result.kind === "refused") return { kind: "bad", finding: refusal(resource, state, result.reason) };
  const landed = driver.landed(result.object, state, text, mark.annotation);
  if (landed.kind === "as-recorded") return { kind: "fine", warnings: result.warnings };
  const message = `The cluster would change what is written for ${stepName(state)}: ${landed.because}. Look for an admission webhook that alters ${resource.plural}.`;
  return { kind: "bad", finding: { code: "write-altered", message } };
}

function refusal(resource: ResourceName, state: State, reason: Reason): Finding {
  // A right that is missing is granted; what a webhook refuses, with whatever status, no right can mend.
  if (reason.code === "api-forbidden") return { code: "permission-missing", message: textOf(reason) };
  return {
    code: "dry-run-rejected",
    message: `The cluster would refuse ${stepName(state)} on ${resource.name}: ${textOf(reason)}`,
  };
}
