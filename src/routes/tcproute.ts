import { gatewayRoute } from "./gateway-api-adapter.ts";

/** One rule, no match: a share of all connections of a listener. */
export const tcproute = gatewayRoute({ kubeKind: "TCPRoute", versions: ["v1", "v1alpha2"], protocol: "tcp" });
