import { type Kubeconfig, type KubeconfigOptions, readKubeconfig } from "../../../src/cluster/kubeconfig/index.ts";
import { base64, kubeconfigText, noOptions, sharedCertificates } from "../api.ts";

export const https = "https://api.test:6443";

/** A cluster that is right. */
export async function prod(): Promise<object> {
  return { server: https, "certificate-authority-data": base64((await sharedCertificates()).cert) };
}

/** Reads a kubeconfig that is right but for what is given. */
export async function check(
  parts: { readonly cluster?: object; readonly user?: object; readonly context?: object },
  options: Partial<KubeconfigOptions> = {},
): Promise<Kubeconfig> {
  const cluster = { ...(await prod()), ...parts.cluster };
  const text = kubeconfigText(cluster, parts.user ?? { token: "some-token" }, parts.context);
  return readKubeconfig({ ...noOptions, input: text, ...options });
}

export function messages(found: Kubeconfig): string[] {
  return found.problems.map(({ message }) => message);
}
