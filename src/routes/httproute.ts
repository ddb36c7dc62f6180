import { gatewayRoute } from "./gateway-api-adapter.ts";

/** The usual route of a gateway, and of a mesh by its Service. */
export const httproute = gatewayRoute({ kubeKind: "HTTPRoute", versions: ["v1", "v1beta1"], protocol: "http" });
