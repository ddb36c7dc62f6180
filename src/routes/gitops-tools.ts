import type { KubeObject } from "../base/kube-object.ts";
import { fieldsOf, listOf, member, textOf } from "../base/read-fields.ts";
import type { Finding } from "../base/reasons/finding.ts";
import { type Notice, notice } from "../base/reasons/notice.ts";
import { yamlWord } from "../base/yaml-word.ts";
import type { RecordedRule } from "../rollout/rollout-state.ts";
import { ownedByController } from "./field-managers.ts";
import { fluxIsPaused, fluxNotes } from "./flux-pause.ts";
import { namespaceOf, titleOf } from "./route-view.ts";

/** A tool that keeps the object as Git has it, and what keeps it from undoing the weights: YAML to paste, or conduct alone. */
export type GitOps = { readonly tool: "Argo CD" | "Flux" | "Helm"; readonly advice: Notice };

/** Signs of GitOps on an object. They are too weak to refuse by: each becomes a warning with its remedy. */
export function gitopsOf(object: KubeObject, rules: readonly RecordedRule[] = []): readonly GitOps[] {
  const signs = signsOf(object);
  const about = {
    object: titleOf(object, textOf(member(object, "kind")) ?? "Route"),
    sure: "certain",
    ignorable: rules.length === 0 ? "live" : "live-or-git",
  } as const;
  const found: GitOps[] = [];
  const argo = signs.manager(/^argocd/) || signs.annotation("argocd.argoproj.io/tracking-id") !== undefined;
  const helm = signs.label("app.kubernetes.io/managed-by") === "Helm" || signs.manager(/^helm$/);
  const fluxHelm = signs.manager(/^helm-controller$/) || signs.label("helm.toolkit.fluxcd.io/name") !== undefined;
  const instance = signs.label("app.kubernetes.io/instance") !== undefined;
  if (argo || (instance && !helm && !fluxHelm && !signs.flux)) {
    const data = { ...about, tool: "argo-cd", sure: argo ? "certain" : "by-label" } as const;
    found.push({ tool: "Argo CD", advice: notice("gitops-tool", data, argoSnippet(object)) });
  }
  if (signs.flux && !signs.fluxStandsBack) {
    const data = { ...about, tool: "flux" } as const;
    found.push({ tool: "Flux", advice: notice("gitops-tool", data, fluxSnippet(object, rules)) });
  }
  if (fluxHelm) {
    const data = { ...about, tool: "helm-release" } as const;
    found.push({ tool: "Helm", advice: notice("gitops-tool", data, helmSnippet(object, rules)) });
  } else if (helm) {
    found.push({ tool: "Helm", advice: notice("gitops-tool", { ...about, tool: "helm" }) });
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
  gitopsOf(object).flatMap(({ tool, advice }) => (advice.snippet === undefined ? [] : tool));

/**
 * Who else writes this object, in the form that preflight takes: a controller is a refusal, GitOps a note with its remedy.
 * Where this rollout pauses Flux itself, the note says that instead of asking the user for it.
 */
export function othersAtWork(
  object: KubeObject,
  rules: readonly RecordedRule[],
  pausing?: { readonly rollout: string },
): { readonly findings: readonly Finding[]; readonly notices: readonly Notice[] } {
  const owner = ownedByController(object);
  const tools = gitopsOf(object, rules);
  const byHelm = tools.some(({ tool }) => tool === "Helm") && !tools.some(({ tool }) => tool === "Flux");
  const left = pausing === undefined ? tools : tools.filter(({ tool }) => tool !== "Flux");
  const paused = pausing === undefined ? [] : [fluxNotes(object, pausing.rollout, { byHelm })];
  return {
    findings: owner === undefined ? [] : [owner],
    notices: [...paused, ...left.map(({ advice }) => advice)],
  };
}
