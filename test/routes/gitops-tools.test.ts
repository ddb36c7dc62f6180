import { describe, expect, it } from "vitest";
import { gitopsOf, othersAtWork } from "../../src/routes/gitops-tools.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import { http, stateFor, to, virtualService } from "./shapes.ts";

type Metadata = Parameters<typeof virtualService>[1];
const spec = http({ match: [{ port: 80 }], route: [to("v3")] }, { route: [to("v1", 100), to("v2", 0)] });
const object = (metadata: Metadata = {}) => virtualService(spec, metadata);
const rules = stateFor(virtualservice, object(), 0).rules;
const manager = (name: string): Metadata => ({ managedFields: [{ manager: name }] });
const tools = (metadata: Metadata) => gitopsOf(object(metadata), rules).map(({ tool }) => tool);

const argo = `spec:
  ignoreDifferences:
  - {group: networking.istio.io, kind: VirtualService, name: web, namespace: prod, jqPathExpressions: ['.spec.http[]?.route[]?.weight', '.spec.tcp[]?.route[]?.weight', '.spec.tls[]?.route[]?.weight']}
  syncPolicy:
    syncOptions: [ApplyOutOfSyncOnly=true, RespectIgnoreDifferences=true]`;

const advice = (data: object, snippet: string) => ({
  reason: { code: "gitops-tool", data: { object: "VirtualService prod/web", ...data } },
  snippet,
});

describe("GitOps tools", () => {
  it("Argo CD: the snippet for this very object", () => {
    const expected = { tool: "Argo CD", advice: advice({ tool: "argo-cd", sure: "certain" }, argo) };
    expect(gitopsOf(object(manager("argocd-controller")), rules)).toMatchObject([expected]);
    expect(gitopsOf(object({ annotations: { "argocd.argoproj.io/tracking-id": "x" } }))).toMatchObject([expected]);
  });

  it("Argo CD: only perhaps, by a label that Helm sets as well", () => {
    const instance = { "app.kubernetes.io/instance": "web" };
    expect(gitopsOf(object({ labels: instance }))).toMatchObject([
      { advice: advice({ tool: "argo-cd", sure: "by-label" }, argo) },
    ]);
    expect(tools({ labels: { ...instance, "app.kubernetes.io/managed-by": "Helm" } })).toEqual(["Helm"]);
    expect(tools({ labels: { ...instance, "kustomize.toolkit.fluxcd.io/name": "x" } })).toEqual(["Flux"]);
  });

  it("Flux: the annotation for the live object, and the paths of the weights that move", () => {
    expect(gitopsOf(object(manager("kustomize-controller")), rules)).toMatchObject([
      {
        tool: "Flux",
        advice: advice(
          { tool: "flux", ignorable: "live-or-git" },
          `metadata: {annotations: {kustomize.toolkit.fluxcd.io/reconcile: disabled}}
---
spec:
  ignore:
  - paths: ["/spec/http/1/route/0/weight", "/spec/http/1/route/1/weight"]
    target: {group: networking.istio.io, kind: VirtualService, name: web}`,
        ),
      },
    ]);
    const live = "metadata: {annotations: {kustomize.toolkit.fluxcd.io/reconcile: disabled}}";
    expect(gitopsOf(object({ labels: { "kustomize.toolkit.fluxcd.io/name": "x" } }))).toMatchObject([
      { advice: advice({ tool: "flux", ignorable: "live" }, live) },
    ]);
  });

  it.each(["reconcile: disabled", "ssa: IfNotPresent"])("Flux stands back under %s", (text) => {
    const [key = "", value = ""] = text.split(": ");
    expect(
      tools({ ...manager("kustomize-controller"), annotations: { [`kustomize.toolkit.fluxcd.io/${key}`]: value } }),
    ).toEqual([]);
  });

  it("Helm: by Flux with a snippet, by hand with advice", () => {
    expect(gitopsOf(object(manager("helm-controller")), rules)).toMatchObject([
      {
        tool: "Helm",
        advice: advice(
          { tool: "helm-release" },
          'spec: {driftDetection: {mode: enabled, ignore: [{paths: ["/spec/http"], target: {kind: VirtualService, name: web}}]}}',
        ),
      },
    ]);
    const [byHand] = gitopsOf(object(manager("helm")));
    expect(byHand).toMatchObject({ tool: "Helm", advice: { reason: { data: { tool: "helm" } } } });
    expect(byHand?.advice.snippet).toBeUndefined();
  });

  it("knows the routes of the Gateway API", () => {
    const route = {
      ...virtualService({ rules: [] }, manager("argocd-controller")),
      kind: "HTTPRoute",
      apiVersion: "gateway.networking.k8s.io/v1",
    };
    expect(gitopsOf(route)[0]?.advice.snippet).toContain(
      "{group: gateway.networking.k8s.io, kind: HTTPRoute, name: web, namespace: prod, jqPathExpressions: ['.spec.rules[]?.backendRefs[]?.weight']}",
    );
    expect(
      gitopsOf({ ...route, metadata: { ...route.metadata, ...manager("helm-controller") } })[0]?.advice.snippet,
    ).toContain('"/spec/rules"');
    const rule = { ...rules[0], list: "rules", index: 0, destinations: ["a"] } as (typeof rules)[number];
    expect(
      gitopsOf({ ...route, metadata: { ...route.metadata, ...manager("flux") } }, [rule])[0]?.advice.snippet,
    ).toContain('"/spec/rules/0/backendRefs/0/weight"');
  });

  it.each<[string, Metadata]>([
    ["nothing", {}],
    ["kubectl", manager("kubectl-client-side-apply")],
    ["a writer of status", { managedFields: [{ manager: "argocd-controller", subresource: "status" }] }],
  ])("%s is none", (_, metadata) => {
    expect(tools(metadata)).toEqual([]);
  });
});

describe("others at work", () => {
  it("are a finding when they control the route and a note when they only sync it", () => {
    const metadata = { managedFields: [{ manager: "flagger" }, { manager: "argocd-controller" }, { manager: "helm" }] };
    const found = othersAtWork(object(metadata), rules);
    expect(found.findings.map(({ reason }) => reason.code)).toEqual(["owned-by-controller"]);
    expect(found.notices).toMatchObject([
      advice({ tool: "argo-cd" }, argo),
      { reason: { code: "gitops-tool", data: { tool: "helm" } } },
    ]);
    expect(othersAtWork(object(), rules)).toEqual({ findings: [], notices: [] });
  });
});
