import { describe, it } from "vitest";
import { admin, startApiServer } from "../servers/api-server.ts";
import { connect } from "./connect.ts";
import { clusterContract } from "./contract.ts";
import { realServer } from "./real-server.ts";

clusterContract("the adapter, on a loopback server", async () => {
  const stranger = { name: "stranger", token: "stranger-token-123456", rights: [] };
  const server = await startApiServer({ users: [admin, stranger] });
  const [cluster, other] = [connect(server.kubeconfig("admin")), connect(server.kubeconfig("stranger"))];
  return {
    cluster,
    stranger: other,
    namespace: "shop",
    create: async (object) => {
      server.store.place(Date.now(), object);
    },
    remove: async (resource) => {
      server.store.remove(Date.now(), resource);
    },
    close: async () => {
      cluster.close();
      other.close();
      await server.close();
    },
  };
});

const kubeconfig = process.env["KUBECONFIG_TEST"] ?? "";

if (kubeconfig === "") {
  describe.skip("Cluster: a real API server", () => {
    it("is skipped, since KUBECONFIG_TEST names no kubeconfig of one", () => {});
  });
} else {
  clusterContract(`the adapter, on the API server of ${kubeconfig}`, () => realServer(kubeconfig));
}
