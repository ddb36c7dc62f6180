import type { noticeReasons } from "../../base/reasons/notice-reasons.ts";
import type { DataOf } from "../../base/reasons/reason-shape.ts";
import { sentence as ended } from "../escape.ts";
import { instant } from "../format.ts";
import { listed } from "../listed.ts";
import type { SentencesOf, Telling } from "../sentences-of.ts";
import { credentialRemedy } from "./finding-sentences.ts";

type Of<C extends keyof typeof noticeReasons> = DataOf<(typeof noticeReasons)[C]>;

export const noticeSentences: SentencesOf<typeof noticeReasons> = {
  "canary-added": ({ canary, rules }, { name }) =>
    `${name(canary)} is added to ${listed(rules.map(name))} with the first weight (create-destination), and stays there with weight 0 after a rollback.`,
  "serves-several-hosts": ({ object, hosts }, { name }) =>
    `${name(object)} serves ${listed(hosts.map(name))}: every matching host gets the new weights.`,
  "sticky-sessions": ({ rule }, { name }) =>
    `${name(rule)} has sessionPersistence: a session that has begun stays with its version whatever the weights, so the observed share follows late.`,
  "path-at-rest": ({ path, rules }, { name }) =>
    `Entry path ${name(path)} does not move: no selected rule applies there (its rules: ${listed(rules.map(name))}).`,
  "rule-without-path": ({ rule }, { name }) =>
    `${name(rule)} moves without effect: it names no entry path of the object.`,
  "rule-shadowed": ({ rule, path, takers }, { name }) =>
    `${name(rule)} gets no traffic on ${name(path)}: ${listed(takers.map(name))} takes it first.`,
  "canary-fed-elsewhere": ({ rules, canary }, { name }) =>
    `${listed(rules.map(name))} feeds ${name(canary)} too and stays as it is, so the observed share may lie above the weight and is checked from below only.`,
  "other-protocol-stays": ({ rules }, { name }) =>
    `${listed(rules.map(name))} routes the same destinations and does not move.`,
  "shares-connections": ({ rules }, { name }) =>
    `${listed(rules.map(name))} shares out connections, not requests: every weight edit, a rollback too, lets open connections live until the drain ends (45 s by default) and then cuts them.`,
  "requests-mirrored": ({ rule, mirrors }, { name, code }) =>
    `${name(rule)} mirrors requests to ${listed(mirrors.map(({ id, share }) => `${name(id)} (${share}%)`))}: that load comes on top of the weights, so take metrics as the callers report them (reporter ${code("source")}), which leave mirrored requests out.`,
  "odd-weight-sum": ({ rule, sum }, { name }) =>
    `The weights of ${name(rule)} add up to ${sum}; while phases run they add up to 100, and a rollback restores them as they are.`,
  "gitops-tool": gitopsTool,
  "flux-pause": fluxPause,
  "flux-still-paused": ({ before }, { name, code }) => {
    const byHand = before === undefined ? "remove it" : `set it to ${name(JSON.stringify(before))} again`;
    return `Flux is still kept from this object by the annotation ${fluxAnnotation} (gitops: pause-flux). ${code("rollback")} removes it; if you keep these weights, ${byHand} by hand.`;
  },
  "delegate-followed": ({ root, delegate }, { name }) =>
    `The weights of VirtualService ${name(root)} live in its delegate ${name(delegate)}, which is patched and holds the record (follow-delegates); hosts and metrics are the root's.`,
  "delegate-of": ({ delegate, roots, moved }, { name }) => {
    const is = `VirtualService ${name(delegate)} is the delegate of ${roots.map(name).join(", ")}`;
    if (moved === "root") return `${is} too: the traffic there gets the same weights.`;
    return `${is}. ${roots.length > 1 ? "The traffic of all of them" : "Its traffic"} gets the new weights.`;
  },
  "delegate-unused": ({ delegate }, { name }) =>
    `VirtualService ${name(delegate)} names no host, and no other object of its namespace delegates to it: unless one elsewhere does, no traffic follows its weights.`,
  "all-traffic-to": ({ destination }, { name }) => `All traffic to ${name(destination)}:`,
  "keep-weights": () => "To keep these weights:",
  "check-skipped": skipped,
  "subset-for-some-clients": ({ subset, rules, labels, is }, { name }) => {
    const [names, clients] = [rules.map(name).join(", "), `workloads with ${labels.map(name).join(", ")}`];
    return is === "lacking"
      ? `DestinationRule ${names} alone counts for ${clients}, and lacks ${name(subset)}: their requests to it would fail with 503 NC. Add the subset there, too.`
      : `${name(subset)} is defined for ${clients} alone (DestinationRule ${names}): requests of others to it would fail with 503 NC.`;
  },
  "credentials-may-expire": ({ user, endsAt, until }, { name, code }) =>
    `Credentials of ${name(user)} end at ${instant(endsAt)}, the schedule at ${instant(until)} if every phase waits for its max-hold; a rollback could then become impossible. ${credentialRemedy(code)}`,
  "cluster-warns": ({ says }, { words }) => `The cluster warns: ${ended(words(says))}`,
  overridden: ({ finding }, { sentence }) => `Overridden by force (${finding.code}): ${sentence(finding)}`,
  endpoints: ({ destination, ready }, { name }) =>
    `${name(destination)} has ${ready === 0 ? "no ready endpoint" : `${ready} ready endpoint${ready === 1 ? "" : "s"}`}.`,
  "endpoints-unchecked": ({ destination }, { name }) => `Readiness of ${name(destination)} is not checked.`,
  "subset-undefined": ({ destination }, { name }) => `${name(destination)} is in no DestinationRule.`,
  "not-listable": ({ plural, namespace }, { name }) => `${name(plural)} in ${name(namespace)} may not be listed.`,
  "not-a-service": ({ destination }, { name }) =>
    `${name(destination)} is no Service, so who is ready behind it is not known.`,
  "not-there": ({ object }, { name }) => `${name(object)} was not found.`,
  "kind-not-served": ({ lacking, group, kind, plural, served, known }, { name }) => {
    if (lacking === "group")
      return `The cluster does not serve ${name(group)}: a ${kind} cannot be there. Check the context, and that its CRDs are installed.`;
    return lacking === "kind"
      ? `The cluster serves ${name(group)} without ${plural}: a ${kind} cannot be there. Check that its CRD is installed.`
      : `The cluster serves ${plural} of ${name(group)} in ${served.map(name).join(", ")}; Sluice knows ${known.join(", ")}.`;
  },
  "unknown-route-kind": ({ kind, known }, { name }) =>
    `"${name(kind)}" is not a kind of route that Sluice moves. Known: ${known.join(", ")}.`,
};

function gitopsTool({ tool, object, sure, ignorable }: Of<"gitops-tool">, { name }: Telling): string {
  switch (tool) {
    case "argo-cd": {
      const is = sure === "certain" ? "is managed" : "may be managed (label app.kubernetes.io/instance)";
      return `${name(object)} ${is} by Argo CD: with selfHeal it reverts a weight within seconds, without it at the next sync. Add to the Application:`;
    }
    case "flux": {
      const inGit =
        ignorable === "live" ? "" : ", or ignore the weights in the Kustomization (kustomize-controller 1.9 or newer)";
      return `${name(object)} is managed by Flux: it reverts the weights at every interval or revision. For the time of the rollout set this on the live object, and remove it afterwards${inGit}:`;
    }
    case "helm-release":
      return `${name(object)} is managed by a Flux HelmRelease: drift detection reverts the weights, and an upgrade resets them. Set in the HelmRelease, and do not upgrade during the rollout:`;
    case "helm":
      return `${name(object)} is managed by Helm: an upgrade resets the weights. Do not upgrade during the rollout.`;
  }
}

const fluxAnnotation = "kustomize.toolkit.fluxcd.io/reconcile: disabled";

function fluxPause({ fate, before }: Of<"flux-pause">, { name }: Telling): string {
  const what = `The annotation ${fluxAnnotation} (gitops: pause-flux)`;
  const after = before === undefined ? "removed" : `put back to ${name(JSON.stringify(before))}`;
  switch (fate) {
    case "no-effect":
      return `${what} has no effect on an object of a HelmRelease; see the note on Helm.`;
    case "first-only":
      return `${what} is set on the first of several routes only.`;
    case "kept":
      return `${what} was there before, so it stays when the rollout ends.`;
    case "late":
      return `${what} is set with the first weight, which this rollout had before it was asked for: it is not set any more.`;
    case "planned":
      return `${what} is set with the first weight and ${after} by the patch that ends the rollout.`;
    case "set":
      return `${what} is set and will be ${after} by the patch that ends the rollout.`;
  }
}

function skipped({ check, object = "", because }: Of<"check-skipped">, { name, sentence }: Telling): string {
  const why = sentence(because);
  switch (check) {
    case "right":
      return `The right to ${object} could not be asked: ${why}`;
    case "rivals":
      return `Check skipped: ${why} Another one for the same host would not be seen.`;
    case "grants":
      return `Check skipped: ReferenceGrants in ${name(object)} could not be listed: ${why}`;
    case "profile":
      return `Check skipped: whether a ServiceProfile overrides the route: ${why}`;
    case "namespace-mode":
      return `Check skipped: whether namespace ${name(object)} is in ambient mode could not be read: ${why}`;
    case "pod-mode":
      return `Check skipped: whether pods of ${name(object)} are in ambient mode could not be read: ${why}`;
    case "waypoint":
      return `Check skipped: whether waypoint ${name(object)} is programmed could not be read: ${why}`;
    case "destination":
      return `Check skipped: ${why}`;
  }
}
