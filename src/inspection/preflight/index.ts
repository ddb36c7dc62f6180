import type { KubeObject } from "../../base/kube-object.ts";
import type { Finding } from "../../base/reasons/finding.ts";
import type { Notice } from "../../base/reasons/notice.ts";
import type { Millis } from "../../base/units.ts";
import type { Preflight } from "../../ports/run-ports.ts";
import type { Selection } from "../../rollout/observation.ts";
import { withoutForced } from "../../rollout/overridable-refusals.ts";
import type { Plan } from "../../rollout/plan.ts";
import { faced } from "../delegate-lookup.ts";
import type { InspectedRoute } from "../inspected-route.ts";
import { around } from "../version-lookup.ts";
import { checkRivals } from "./competing-routes.ts";
import { checkReferences } from "./cross-namespace-references.ts";
import { checkDestinations } from "./destinations-ready.ts";
import { tryAll } from "./dry-run.ts";
import { checkCredential, checkRights } from "./permissions-and-credential.ts";
import { checkDataPlane } from "./route-applied.ts";

/** A check of another room: who writes this object besides us, whether the metric queries answer. */
export type FurtherCheck = (
  object: KubeObject,
  plan: Plan,
  selection: Selection,
  now: Millis | undefined,
) => Promise<Checked>;

type Checked = { readonly findings: readonly Finding[]; readonly notices: readonly Notice[] };

/** Everything that can be known before the first request is moved. Writes nothing. */
export const preflightPort =
  (site: InspectedRoute, further: readonly FurtherCheck[]): Preflight =>
  async (object, plan, states, selection, now, options, stretch) => {
    const { cluster, resource } = site;
    const [rights, found, rivals, references, dataPlane, extra] = await Promise.all([
      checkRights(cluster, resource, options),
      around(site, selection, options),
      checkRivals(site, object, selection, options),
      checkReferences(site, selection, options),
      checkDataPlane(site, faced(site, object, []).object, options),
      Promise.all(further.map((check) => check(object, plan, selection, now))),
    ]);
    // All routes are reached with one credential: it is looked at for the first of them.
    const nothing = { findings: [], notices: [] };
    const credential = site.mark === undefined ? checkCredential(cluster.credential(), stretch, now) : nothing;
    const destinations = checkDestinations(found);
    const before = [
      ...credential.findings,
      ...rights.findings,
      ...extra.flatMap((one) => one.findings),
      ...rivals.findings,
      ...destinations.findings,
      ...references.findings,
      ...dataPlane.findings,
    ];
    const tried = rights.findings.length > 0 ? nothing : await tryAll(site, object, states, options);
    const { left, notices } = withoutForced([...before, ...tried.findings], plan.target.force);
    return {
      findings: left,
      notices: [
        ...notices,
        ...credential.notices,
        ...rights.notices,
        ...extra.flatMap((one) => one.notices),
        ...rivals.notices,
        ...destinations.notices,
        ...references.notices,
        ...dataPlane.notices,
        ...tried.notices,
      ],
    };
  };
