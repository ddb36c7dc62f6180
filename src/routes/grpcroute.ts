import { gatewayRoute } from "./gateway-api-adapter.ts";

/** gRPC is HTTP to proxies and metrics: a share is one of calls. */
export const grpcroute = gatewayRoute({ kubeKind: "GRPCRoute", versions: ["v1", "v1alpha2"], protocol: "http" });
