import { gatewayRoute } from "./gateway-api-adapter.ts";

/** One rule for the servers in `hostnames`: a share of their connections. */
export const tlsroute = gatewayRoute({
  kubeKind: "TLSRoute",
  versions: ["v1", "v1alpha3", "v1alpha2"],
  protocol: "tls",
});
