import type { KubeObject } from "../base/kube-object.ts";
import { fieldsOf, listOf, member, textOf } from "../base/read-fields.ts";
import type { Finding } from "../base/reasons/finding.ts";
import type { RecordedRule } from "../rollout/rollout-state.ts";
import { ownedByController } from "./field-managers.ts";
import { fluxIsPaused, fluxNotes } from "./flux-pause.ts";
import { namespaceOf, titleOf, yamlWord } from "./route-view.ts";

/** A tool that keeps the object as Git has it, and what keeps it from undoing the weights. */
export type GitOps = {
  readonly tool: "Argo CD" | "Flux" | "Helm";
  readonly warning: string;
  /** YAML to paste, empty where only conduct helps. */
  readonly snippet: string;
};

/** Signs of GitOps on an object. They are too weak to refuse by: each becomes a warning with its remedy. */
export function gitopsOf(object: KubeObject, rules: readonly RecordedRule[] = []): readonly GitOps[] {
  const signs = signsOf(object);
  const title = titleOf(object, textOf(member(object, "kind")) ?? "Route");
  const found: GitOps[] = [];
  const argo = signs.manager(/^argocd/) || signs.annotation("argocd.argoproj.io/tracking-id") !== undefined;
  const helm = signs.label("app.kubernetes.io/managed-by") === "Helm" || signs.manager(/^helm$/);
  const fluxHelm = signs.manager(/^helm-controller$/) || signs.label("helm.toolkit.fluxcd.io/name") !== undefined;
  const instance = signs.label("app.kubernetes.io/instance") !== undefined;
  if (argo || (instance && !helm && !fluxHelm && !signs.flux)) {
    const sure = argo ? "is managed" : "may be managed (label app.kubernetes.io/instance)";
    const effect = "with selfHeal it reverts a weight within seconds, without it at the next sync";
    found.push({
      tool: "Argo CD",
      warning: `${title} ${sure} by Argo CD: ${effect}. Add to the Application:`,
      snippet: argoSnippet(object),
    });
  }
  if (signs.flux && !signs.fluxStandsBack) {
    const effect = "it reverts the weights at every interval or revision";
    const remedy = "For the time of the rollout set this on the live object, and remove it afterwards";
    const inGit =
      rules.length === 0 ? "" : ", or ignore the weights in the Kustomization (kustomize-controller 1.9 or newer)";
    found.push({
      tool: "Flux",
      warning: `${title} is managed by Flux: ${effect}. ${remedy}${inGit}:`,
      snippet: fluxSnippet(object, rules),
    });
  }
  if (fluxHelm) {
    found.push({
      tool: "Helm",
      warning: `${title} is managed by a Flux HelmRelease: drift detection reverts the weights, and an upgrade resets them. Set in the HelmRelease, and do not upgrade during the rollout:`,
      snippet: helmSnippet(object, rules),
    });
  } else if (helm) {
    const warning = `${title} is managed by Helm: an upgrade resets the weights. Do not upgrade during the rollout.`;
    found.push({ tool: "Helm", warning, snippet: "" });
  }
  return found;
}

function signsOf(object: KubeObject) {
  const metadata = member(object, "metadata");
  const managers = (listOf(member(metadata, "managedFields")) ?? [])
    .filter((entry) => member(entry, "subresource") !== "status")
    .flatMap((entry) => textOf(member(entry, "manager")) ?? []);
  const label = (key: string) => textOf(member(member(metadata, "labels"), key));
  const annotation = (key: string) => textOf(member(member(metadata, "annotations"), key));
  const manager = (name: RegExp) => managers.some((found) => name.test(found));
  return {
    label,
    annotation,
    manager,
    flux: manager(/^(kustomize-controller$|flux)/) || label("kustomize.toolkit.fluxcd.io/name") !== undefined,
    fluxStandsBack: fluxIsPaused(object) || annotation("kustomize.toolkit.fluxcd.io/ssa") === "IfNotPresent",
  };
}

function identityOf(object: KubeObject) {
  const apiVersion = textOf(member(object, "apiVersion")) ?? "networking.istio.io/v1";
  return {
    group: apiVersion.slice(0, Math.max(0, apiVersion.indexOf("/"))),
    kind: textOf(member(object, "kind")) ?? "VirtualService",
    name: yamlWord(textOf(member(member(object, "metadata"), "name")) ?? ""),
    namespace: yamlWord(namespaceOf(object)),
    gatewayApi: fieldsOf(member(object, "spec")) !== undefined && member(member(object, "spec"), "rules") !== undefined,
  };
}

function argoSnippet(object: KubeObject): string {
  const { group, kind, name, namespace, gatewayApi } = identityOf(object);
  const paths = gatewayApi
    ? ["'.spec.rules[]?.backendRefs[]?.weight'"]
    : ["http", "tcp", "tls"].map((list) => `'.spec.${list}[]?.route[]?.weight'`);
  return [
    "spec:",
    "  ignoreDifferences:",
    `  - {group: ${group}, kind: ${kind}, name: ${name}, namespace: ${namespace}, jqPathExpressions: [${paths.join(", ")}]}`,
    "  syncPolicy:",
    "    syncOptions: [ApplyOutOfSyncOnly=true, RespectIgnoreDifferences=true]",
  ].join("\n");
}

function fluxSnippet(object: KubeObject, rules: readonly RecordedRule[]): string {
  const { group, kind, name } = identityOf(object);
  const live = "metadata: {annotations: {kustomize.toolkit.fluxcd.io/reconcile: disabled}}";
  if (rules.length === 0) return live;
  const paths = rules.flatMap(({ list, index, destinations }) =>
    destinations.map(
      (_, position) => `"/spec/${list}/${index}/${list === "rules" ? "backendRefs" : "route"}/${position}/weight"`,
    ),
  );
  return [
    live,
    "---",
    "spec:",
    "  ignore:",
    `  - paths: [${paths.join(", ")}]`,
    `    target: {group: ${group}, kind: ${kind}, name: ${name}}`,
  ].join("\n");
}

function helmSnippet(object: KubeObject, rules: readonly RecordedRule[]): string {
  const { kind, name, gatewayApi } = identityOf(object);
  const lists = rules.length === 0 ? [gatewayApi ? "rules" : "http"] : [...new Set(rules.map(({ list }) => list))];
  const paths = lists.map((list) => `"/spec/${list}"`).join(", ");
  return `spec: {driftDetection: {mode: enabled, ignore: [{paths: [${paths}], target: {kind: ${kind}, name: ${name}}}]}}`;
}

/** Tools that undo weights by themselves, and that nothing on the object keeps from it. Plain Helm waits for a person. */
export const keepersOf = (object: KubeObject): readonly string[] =>
  gitopsOf(object).flatMap(({ tool, snippet }) => (snippet === "" ? [] : tool));

/** The sign and its remedy as lines for people. */
export const adviceOf = ({ warning, snippet }: GitOps): string => (snippet === "" ? warning : `${warning}\n${snippet}`);

/**
 * Who else writes this object, in the form that preflight takes: a controller is a refusal, GitOps a note with its remedy.
 * Where this rollout pauses Flux itself, the note says that instead of asking the user for it.
 */
export function othersAtWork(
  object: KubeObject,
  rules: readonly RecordedRule[],
  pausing?: { readonly rollout: string },
): { readonly findings: readonly Finding[]; readonly notes: readonly string[] } {
  const owner = ownedByController(object);
  const tools = gitopsOf(object, rules);
  const byHelm = tools.some(({ tool }) => tool === "Helm") && !tools.some(({ tool }) => tool === "Flux");
  const left = pausing === undefined ? tools : tools.filter(({ tool }) => tool !== "Flux");
  const paused = pausing === undefined ? [] : [fluxNotes(object, pausing.rollout, { byHelm })];
  return {
    findings: owner === undefined ? [] : [owner],
    notes: [...paused, ...left.map(adviceOf)],
  };
}
