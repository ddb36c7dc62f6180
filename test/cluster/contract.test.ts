import { describe, it } from "vitest";
import { HandClock } from "../reports/samples.ts";
import { admin, startApiServer } from "../servers/api-server.ts";
import { connect } from "./connect.ts";
import { clusterContract } from "./contract.ts";
import { realServer } from "./real-server.ts";

clusterContract("the adapter, on a loopback server", async () => {
  const stranger = { name: "stranger", token: "stranger-token-123456", rights: [] };
  const now = () => Date.UTC(2026, 0, 5, 9, 0, 0, 700);
  const server = await startApiServer({ users: [admin, stranger], now });
  const clock = new HandClock();
  const [cluster, other] = [
    connect(server.kubeconfig("admin"), { clock }),
    connect(server.kubeconfig("stranger"), { clock }),
  ];
  return {
    cluster,
    stranger: other,
    namespace: "shop",
    now,
    create: async (object) => {
      server.store.place(now(), object);
    },
    remove: async (resource) => {
      server.store.remove(now(), resource);
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
