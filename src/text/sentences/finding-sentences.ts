import type {
  backendFindings,
  clusterFindings,
  findingReasons,
  metricFindings,
} from "../../base/reasons/finding-reasons.ts";
import type { DataOf } from "../../base/reasons/reason-shape.ts";
import { instant, percent } from "../format.ts";
import { listed } from "../listed.ts";
import type { SentencesOf, Telling } from "../sentences-of.ts";
import { routeFindingSentences } from "./route-finding-sentences.ts";

type Backend<C extends keyof typeof backendFindings> = DataOf<(typeof backendFindings)[C]>;
type Cluster<C extends keyof typeof clusterFindings> = DataOf<(typeof clusterFindings)[C]>;

const backendSentences: SentencesOf<typeof backendFindings> = {
  "destination-not-found": ({ host, place, namespace }, { name }) =>
    `${name(host)} does not exist as ${place === undefined ? "a Service" : `Service ${name(place.name)} in ${name(place.namespace)}`}. Short names use namespace ${name(namespace)}; write the full name if the service is elsewhere.`,
  "destination-port-missing": ({ destination, path, port, service, ports }, { name, code }) => {
    const add = `Add ${code("port:")} to ${name(path ?? destination)}`;
    if (path !== undefined)
      return `${add}: ${name(destination)} is a Service, and a Service behind a route must be named with its port.`;
    const lacks = port === undefined ? "" : `, which has no port ${port}`;
    const offers = ports.map((one) => (one.name === "" ? `${one.port}` : `${one.port} (${name(one.name)})`));
    return `${add}${lacks}; Service ${name(service ?? "")} offers ${listed(offers)}.`;
  },
  "subset-missing": ({ subset, host, misspelt }, { name }) => {
    const near = misspelt.map(
      (one) =>
        ` DestinationRule ${name(one.rule)} is for ${name(one.host)}: a host with a dot is taken as it stands. Write ${name(host)} there.`,
    );
    return `${name(subset)} is not in any DestinationRule for ${name(host)}; requests would fail with 503 NC. Add the subset, wait a few seconds, run again.${near.join("")}`;
  },
  "subset-empty": ({ subset, labels }, { name }) =>
    `${name(subset)} selects no ready pod (${labels.map(name).join(", ")}); requests would fail with 503 UH. Start the pods or correct the labels.`,
  "subset-overlap": ({ stable, canary, pods, more }, { name }) =>
    `${name(stable)} and ${name(canary)} both select ${pods.map(name).join(", ")}${more > 0 ? ` and ${more} more` : ""}. Make their labels disjoint.`,
  "backend-empty": ({ service }, { name }) =>
    `${name(service)} has no ready endpoint. Start it before shifting traffic.`,
  "parent-not-accepted": notAccepted,
  "reference-not-granted": notGranted,
  "reference-not-resolved": ({ parent, reason, says }, telling) =>
    `${telling.name(parent)}: ResolvedRefs=False ${controllerSays(reason, says, telling)}. The share of that backend would answer 500. Correct the reference.`,
  "no-l7-dataplane": ({ service, state, waypoint }, { name, code }) => {
    if (state === "unbound")
      return `Nothing applies this route: Service ${name(service)} has no waypoint. Add label ${code("istio.io/use-waypoint")}, or route at the gateway.`;
    const what = state === "absent" ? "does not exist" : "is not Programmed";
    return `Nothing applies this route: waypoint ${name(waypoint ?? "")} of Service ${name(service)} ${what}. Create it or repair it, or route at the gateway.`;
  },
  "mixed-route-apis": ({ objects, host }, { name }) =>
    `${objects.map(name).join(" and ")} both route ${name(host)}; Istio leaves the result undefined. Keep one kind.`,
  "route-ignored": ignoredRoute,
};

const parentRemedy = "Every parent must accept the route; correct or remove it.";

/** A controller's word for a state, and its sentence where it said one. */
const controllerSays = (word: string, says: Backend<"reference-not-resolved">["says"], { name, words }: Telling) =>
  says === undefined ? name(word) : `${name(word)} (${words(says)})`;

function notAccepted(data: Backend<"parent-not-accepted">, telling: Telling): string {
  const { why, route = "", parent = "", condition = "Accepted", reason = "", says, seen, present } = data;
  const { name, code } = telling;
  if (why === "no-parent")
    return `${name(route)} names no parent, so nothing applies it. Add a Gateway or a Service to ${code("parentRefs")}.`;
  const said = controllerSays(reason, says, telling);
  const what = {
    unanswered: "no controller answers for it, as when it does not exist",
    partial: `PartiallyInvalid ${said}`,
    unsaid: `${condition} is not said`,
    outdated: `${condition} is said of generation ${seen}, and the route is at ${present}`,
    unknown: `${condition} ${said}`,
    refused: `${condition}=False ${said}`,
  }[why];
  return `${name(parent)}: ${what}. ${parentRemedy}`;
}

function notGranted(data: Backend<"reference-not-granted">, telling: Telling): string {
  const { kind, namespace, parent, says, destination, to } = data;
  const { name } = telling;
  if (to === undefined || destination === undefined)
    return `${name(parent ?? "")}: ResolvedRefs=False ${controllerSays("RefNotPermitted", says, telling)}. A backend in another namespace needs a ReferenceGrant there, from ${kind} in namespace ${name(namespace)}.`;
  const grant = [
    "apiVersion: gateway.networking.k8s.io/v1beta1",
    "kind: ReferenceGrant",
    `metadata: {name: ${to.name}-from-${namespace}, namespace: ${to.namespace}}`,
    "spec:",
    `  from: [{group: gateway.networking.k8s.io, kind: ${kind}, namespace: ${namespace}}]`,
    `  to: [{group: ${JSON.stringify(to.group)}, kind: ${to.kind}, name: ${to.name}}]`,
  ];
  return [`${name(destination)} needs a ReferenceGrant in ${name(to.namespace)}. Apply:`, ...grant].join("\n");
}

function ignoredRoute(data: Backend<"route-ignored">, { name }: Telling): string {
  const { why, object = "", root = "", namespace = "", rule = "", fields, more = 0 } = data;
  const istio = (what: string) => `Istio does not use this route: ${what}.`;
  const linkerd = (what: string) => `Linkerd does not use this route: ${what}.`;
  switch (why) {
    case "own-hosts":
      return istio(`${name(object)} names hosts of its own, and a delegate has none`);
    case "not-exported":
      return istio(`${name(object)} is not exported to ${name(namespace)}, where ${name(root)} delegates to it`);
    case "wider-match":
      return istio(
        `the match of ${name(rule)} in ${name(object)} is wider than that of the rule in ${name(root)} that delegates to it`,
      );
    case "service-profile":
      return linkerd(`ServiceProfile ${name(object)} overrides it. Remove the profile`);
    case "unknown-fields": {
      const unknown = `${fields.map(name).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
      return linkerd(`it does not know ${unknown}. Remove what it does not know, or route without Linkerd`);
    }
  }
}

const clusterSentences: SentencesOf<typeof clusterFindings> = {
  "object-not-found": ({ object, delegatedBy, says }, telling) => {
    const { name, sentence } = telling;
    const answer = says === undefined ? "." : `: ${sentence(says)}`;
    return `${name(object)} was not found${answer}${delegation(delegatedBy, telling)} Check name and namespace.`;
  },
  "permission-missing": missingPermission,
  "cluster-unreachable": unreachable,
  "credentials-expire": ({ user, endsAt, until }, { name, code }) =>
    `Credentials of ${name(user)} end at ${instant(endsAt)}, the schedule at ${instant(until)}; a rollback could become impossible. ${credentialRemedy(code)}`,
  "dry-run-rejected": ({ object, step, weight, says }, { name, sentence }) =>
    `The cluster would refuse ${stepName(step, weight)} on ${name(object)}: ${sentence(says)}`,
  "write-altered": ({ plural, step, weight, found }, { name, sentence }) =>
    `The cluster would change what is written for ${stepName(step, weight)}: ${sentence(found)} Look for an admission webhook that alters ${name(plural)}.`,
};

export const credentialRemedy = (code: Telling["code"]): string =>
  `Use a credential that renews itself (a plugin by ${code("exec-allow")}, a token file), a longer token, or one job per phase with ${code("until")}.`;

const stepName = (step: "phase" | "rollback" | undefined, weight: number | undefined): string =>
  step === "rollback" ? "the rollback" : percent(weight ?? 0);

const delegation = (by: Cluster<"object-not-found">["delegatedBy"], { name }: Telling): string =>
  by === undefined ? "" : ` ${listed(by.rules.map(name))} of ${name(by.root)} delegates to it.`;

function missingPermission(data: Cluster<"permission-missing">, telling: Telling): string {
  const { asked, object, user = "", verbs, group = "", plural = "", namespace = "", says, delegatedBy } = data;
  const { name, sentence } = telling;
  if (asked === "dry-run") return says === undefined ? `The cluster forbids to patch ${name(object)}.` : sentence(says);
  if (asked === "read")
    return `${name(object)} could not be read: ${says === undefined ? "" : sentence(says)}${delegation(delegatedBy, telling)}`;
  // On one line, as every log and comment shows it, and still something that `kubectl apply` takes.
  const rule = `{apiGroups: [${group}], resources: [${plural}], resourceNames: [${object}], verbs: [get, patch]}`;
  const role = `{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: sluice, namespace: ${namespace}}, rules: [${rule}]}`;
  return `${name(user)} may not ${verbs.join(" or ")} ${name(plural)} ${name(object)} in ${name(namespace)}. Apply: ${role}`;
}

function unreachable(data: Cluster<"cluster-unreachable">, telling: Telling): string {
  const { asked, object, step, weight, says, delegatedBy } = data;
  const { name, sentence } = telling;
  const answer = says === undefined ? "." : `: ${sentence(says)}`;
  const again = "Run again when the API server answers.";
  switch (asked) {
    case "endpoints":
      return `The API server did not say which pods are ready behind ${name(object)}${answer} ${again}`;
    case "rivals":
      return `The API server did not say which other ${name(object)} route the same host${answer} ${again}`;
    case "dry-run":
      return `The dry run of ${stepName(step, weight)} on ${name(object)} was not answered${answer}`;
    case "read":
      return `${name(object)} could not be read${answer}${delegation(delegatedBy, telling)}`;
  }
}

type BySource = DataOf<(typeof metricFindings)["metric-query-failed"]>;
const asSaid = ({ cause }: BySource, { sentence }: Telling): string => sentence(cause);

const metricSentences: SentencesOf<typeof metricFindings> = {
  "metric-not-separable": asSaid,
  "metric-labels-missing": asSaid,
  "metric-protocol-mismatch": asSaid,
  "metric-query-failed": asSaid,
};

export const findingSentences: SentencesOf<typeof findingReasons> = {
  ...routeFindingSentences,
  ...backendSentences,
  ...metricSentences,
  ...clusterSentences,
};
