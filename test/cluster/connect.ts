import type { Clock } from "../../src/base/clock.ts";
import { openCluster } from "../../src/cluster/api-client.ts";
import { readKubeconfig } from "../../src/cluster/kubeconfig/index.ts";
import type { Cluster } from "../../src/ports/cluster.ts";

type Connecting = { readonly clock: Clock; readonly allowInsecureTls?: boolean };

/** The cluster that a kubeconfig text names, through the adapter that the action uses. */
export function connect(kubeconfig: string, options: Connecting): Cluster {
  const { clock, allowInsecureTls = false } = options;
  const { access, problems } = readKubeconfig({
    input: kubeconfig,
    execAllow: [],
    execEnv: [],
    allowInsecureTls,
    env: {},
    home: undefined,
    workspace: undefined,
  });
  if (access === undefined) throw new Error(problems.map((problem) => problem.message).join("\n"));
  return openCluster(access, { clock, env: {} });
}
