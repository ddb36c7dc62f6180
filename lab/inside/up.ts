import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Tools } from "../build.ts";
import { type Api, apiClient } from "./api.ts";
import { writePapers } from "./papers.ts";
import type { Part, PartName } from "./parts.ts";
import { createProcesses, type Processes, until } from "./processes.ts";

export type Up = { readonly folder: string; readonly processes: Processes; readonly api: Api };

/** Starts the whole lab in its folder, in a network and process namespace that are its own. */
export async function up(
  tools: Tools,
  all: Readonly<Record<PartName, Part>>,
  places: { readonly folder: string; readonly config: string },
  say: (text: string) => void,
): Promise<Up> {
  const { folder, config } = places;
  // Every address of 10.1/16 is this machine's: each pod gets one, as in a cluster.
  execFileSync("ip", ["link", "set", "lo", "up"]);
  execFileSync("ip", ["route", "add", "local", "10.1.0.0/16", "dev", "lo"]);
  const { webhookAuthority } = await writePapers(folder);
  const processes = createProcesses(folder);
  const api = apiClient(folder);

  say("etcd, API server");
  await processes.start(all.etcd);
  await processes.start(all.apiserver);
  await until("the API server", () => isReady(api));
  await processes.start(all["controller-manager"]);
  await processes.start(all.prometheus);

  say("kinds of Istio and of the Gateway API");
  const kubectl = (...words: readonly string[]) => kubectlIn(tools, folder, words);
  const definitions = readdirSync(tools.kinds).flatMap((name) => ["-f", join(tools.kinds, name)]);
  kubectl("apply", "--server-side", ...definitions);
  kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s");
  kubectl("create", "namespace", "istio-system");

  say("istiod, Envoy, pods");
  await Promise.all([processes.start(all.istiod), processes.start(all.pods)]);
  await admitThroughIstio(api, webhookAuthority);
  kubectl("apply", "-f", join(config, "gateway.yaml"));
  await processes.start(all.envoy);
  return { folder, processes, api };
}

async function isReady(api: Api): Promise<boolean> {
  try {
    return (await api.ask("GET", "/readyz")).code === 200;
  } catch {
    return false;
  }
}

function kubectlIn(tools: Tools, folder: string, words: readonly string[]): void {
  const env = { ...process.env, KUBECONFIG: join(folder, "kubeconfig"), KUBECACHEDIR: join(folder, "kubectl") };
  mkdirSync(env.KUBECACHEDIR, { recursive: true });
  const { status, stderr } = spawnSync(tools.kubectl, words, { encoding: "utf8", env });
  if (status !== 0) throw new Error(`kubectl ${words.slice(0, 2).join(" ")}: ${stderr}`);
}

/** Istio's own admission, before the first of its objects. The API server takes a moment until it asks a new webhook. */
async function admitThroughIstio(api: Api, authority: string): Promise<void> {
  const groups = ["networking.istio.io", "security.istio.io", "telemetry.istio.io", "extensions.istio.io"];
  await api.must("POST", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: "istio-validator" },
    webhooks: [
      {
        name: "validation.istio.io",
        clientConfig: {
          url: "https://127.0.0.1:15017/validate",
          caBundle: Buffer.from(authority).toString("base64"),
        },
        // A namespace can be left out, so that a test may place there what Istio would have refused.
        namespaceSelector: { matchExpressions: [{ key: "lab/admission", operator: "NotIn", values: ["off"] }] },
        rules: [{ apiGroups: groups, apiVersions: ["*"], resources: ["*"], operations: ["CREATE", "UPDATE"] }],
        failurePolicy: "Fail",
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
      },
    ],
  });
  const path = "/apis/networking.istio.io/v1/namespaces/istio-system/gateways?dryRun=All";
  const hollow = { apiVersion: "networking.istio.io/v1", kind: "Gateway", metadata: { name: "hollow" }, spec: {} };
  await until("Istio's admission", async () => {
    const { code, body } = await api.ask("POST", path, hollow);
    return code === 400 && String(body["message"]).includes("validation.istio.io");
  });
}
