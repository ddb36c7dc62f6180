import type { Tools } from "../build.ts";
import { apiUrl } from "./api.ts";

/** One process of the lab, and how to see that it does its work. */
export type Part = {
  readonly name: PartName;
  readonly words: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** A page that answers 200 once it works. */
  readonly ready?: string;
};

export const partNames = ["etcd", "apiserver", "controller-manager", "istiod", "envoy", "pods", "prometheus"] as const;
export type PartName = (typeof partNames)[number];

const etcd = "http://127.0.0.1:2379";
const etcdPeers = "http://127.0.0.1:2380";

/** What the lab consists of, in the order in which it starts. Every path is inside its own folder. */
export function parts(tools: Tools, config: string, scripts: string): Readonly<Record<PartName, Part>> {
  return {
    etcd: {
      name: "etcd",
      words: [
        ...[
          tools.controlPlane,
          "etcd",
          "--name",
          "lab",
          "--data-dir",
          "etcd",
          "--unsafe-no-fsync",
          "--log-level",
          "warn",
        ],
        ...["--listen-client-urls", etcd, "--advertise-client-urls", etcd],
        ...[
          "--listen-peer-urls",
          etcdPeers,
          "--initial-advertise-peer-urls",
          etcdPeers,
          "--initial-cluster",
          `lab=${etcdPeers}`,
        ],
      ] as [string, ...string[]],
      ready: `${etcd}/health`,
    },
    apiserver: {
      name: "apiserver",
      words: [
        tools.controlPlane,
        "apiserver",
        `--etcd-servers=${etcd}`,
        // Every version stays readable: the tests look at all of them.
        "--etcd-compaction-interval=0",
        "--secure-port=6443",
        "--bind-address=127.0.0.1",
        // There is no default route to guess an address from, and a loopback address may not stand in an EndpointSlice.
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",
        "--cert-dir=.",
        "--token-auth-file=tokens.csv",
        "--client-ca-file=clients.crt",
        "--authorization-mode=RBAC",
        "--anonymous-auth=false",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        "--service-account-key-file=sa.pub",
        "--service-account-signing-key-file=sa.key",
        "--disable-admission-plugins=ServiceAccount",
        "--service-cluster-ip-range=10.0.0.0/20",
        "--allow-privileged=true",
        "--enable-priority-and-fairness=false",
        "--profiling=false",
        "--event-ttl=30m",
        `--audit-policy-file=${config}/audit.yaml`,
        "--audit-log-path=audit.log",
      ],
    },
    "controller-manager": {
      name: "controller-manager",
      words: [
        tools.controlPlane,
        "controller-manager",
        ...["--kubeconfig", "--authentication-kubeconfig", "--authorization-kubeconfig"].map(
          (flag) => `${flag}=kubeconfig`,
        ),
        "--bind-address=127.0.0.1",
        "--controllers=deployment-controller,replicaset-controller,garbage-collector-controller,namespace-controller,endpointslice-controller",
        "--leader-elect=false",
      ],
    },
    istiod: {
      name: "istiod",
      words: istiodWords(tools, config),
      env: istiodEnvironment,
      ready: "http://127.0.0.1:18080/ready",
    },
    envoy: {
      name: "envoy",
      // Drains listeners as Istio's agent makes it; the default would take ten minutes.
      words: [
        ...[tools.envoy, "-c", `${config}/envoy.yaml`, "--disable-hot-restart", "--concurrency", "1", "-l", "warn"],
        ...["--drain-time-s", "45", "--drain-strategy", "immediate"],
      ] as [string, ...string[]],
      ready: "http://127.0.0.1:15000/ready",
    },
    pods: { name: "pods", words: [process.execPath, `${scripts}/pods.ts`], ready: "http://127.0.0.1:7070/" },
    prometheus: {
      name: "prometheus",
      words: [
        ...[tools.prometheus, `--config.file=${config}/prometheus.yml`, "--storage.tsdb.path=prometheus"],
        ...["--web.listen-address=127.0.0.1:9090", "--log.level=warn"],
      ] as [string, ...string[]],
      ready: "http://127.0.0.1:9090/-/ready",
    },
  };
}

function istiodWords(tools: Tools, config: string): [string, ...string[]] {
  return [
    ...[tools.istiod, "discovery", "--kubeconfig", "kubeconfig", "--meshConfig", `${config}/mesh.yaml`],
    ...["--networksConfig", "/nonexistent", "--clusterID", "Kubernetes"],
    ...["--grpcAddr", "127.0.0.1:15010", "--secureGRPCAddr=", "--httpAddr", "127.0.0.1:18080"],
    ...[
      "--httpsAddr",
      "127.0.0.1:15017",
      "--caCertFile",
      "istiod-ca.crt",
      "--tlsCertFile",
      "istiod.crt",
      "--tlsKeyFile",
      "istiod.key",
    ],
    ...["--monitoringAddr", "127.0.0.1:15014", "--ctrlz_address", "127.0.0.1", "--ctrlz_port", "9876"],
  ] as [string, ...string[]];
}

/** No certificate authority, no injection, nothing that only Istio's own proxy build understands. */
const istiodEnvironment = {
  POD_NAMESPACE: "istio-system",
  POD_NAME: "istiod-lab",
  CLUSTER_ID: "Kubernetes",
  PILOT_ENABLE_METADATA_EXCHANGE: "false",
  PILOT_ENABLE_ALPN_FILTER: "false",
  ENABLE_CA_SERVER: "false",
  PILOT_CERT_PROVIDER: "none",
  INJECT_ENABLED: "false",
  INJECTION_WEBHOOK_CONFIG_NAME: "",
  VALIDATION_WEBHOOK_CONFIG_NAME: "",
  ENABLE_LEADER_ELECTION: "false",
  PILOT_ENABLE_IP_AUTOALLOCATE: "false",
  PILOT_ENABLE_GATEWAY_API: "true",
  PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER: "false",
};

/** The kubeconfig of everybody in the lab: `lab` may do everything, `weak` nothing. */
export const kubeconfig = (folder: string): string => `apiVersion: v1
kind: Config
clusters:
  - {name: lab, cluster: {server: "${apiUrl}", certificate-authority: ${folder}/apiserver.crt}}
users:
  - {name: admin, user: {token: labtoken}}
  - {name: weak, user: {token: weaktoken}}
contexts:
  - {name: lab, context: {cluster: lab, user: admin, namespace: shop}}
  - {name: weak, context: {cluster: lab, user: weak, namespace: shop}}
current-context: lab
`;
