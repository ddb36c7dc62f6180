import http from "node:http";
import type { AddressInfo } from "node:net";
import type { Store } from "../src/simulator/cluster/object-store.ts";
import { labelsOf, nameLabel } from "../src/simulator/prometheus/label-set.ts";
import { MemoryStore, type StoredSeries } from "../src/simulator/prometheus/series-store.ts";
import { namespace, virtualService } from "../test/servers/shop.ts";

/** A shop with real HTTP traffic: two versions, and in front of them a gateway that goes by the route's weights. */

export type Version = "v1" | "v2";
export type Behaviour = { errorShare: number };

type Counted = { readonly version: Version; readonly code: number; count: number; series?: StoredSeries };

const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });
const scrapeMs = 250;
const requestsPerTick = 5;
const tickMs = 20;

function listen(answer: http.RequestListener): Promise<{ port: number; close: () => void }> {
  const server = http.createServer(answer);
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve({ port: (server.address() as AddressInfo).port, close })),
  );
}

const ask = (port: number): Promise<number> =>
  new Promise((resolve) => {
    http
      .get({ port, host: "127.0.0.1", agent }, (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode ?? 0));
      })
      .on("error", () => resolve(0));
  });

/** The canary's weight as the gateway finds it on the route, request by request. */
function canaryWeight(store: Store): number {
  const spec = store.object(virtualService)?.spec as {
    http: { route: { destination: { subset: string }; weight?: number }[] }[];
  };
  return spec.http[0]?.route.find((entry) => entry.destination.subset === "v2")?.weight ?? 0;
}

export async function openShop(store: Store, behaviour: Record<Version, Behaviour>) {
  const samples = new MemoryStore();
  const counted: Counted[] = [];
  const versions = {
    v1: await listen((_, response) =>
      response.writeHead(Math.random() < behaviour.v1.errorShare ? 500 : 200).end("v1"),
    ),
    v2: await listen((_, response) =>
      response.writeHead(Math.random() < behaviour.v2.errorShare ? 500 : 200).end("v2"),
    ),
  };
  const gateway = await listen((_, response) => {
    const version: Version = Math.random() * 100 < canaryWeight(store) ? "v2" : "v1";
    void ask(versions[version].port).then((code) => {
      const known = counted.find((one) => one.version === version && one.code === code);
      if (known === undefined) counted.push({ version, code, count: 1 });
      else known.count += 1;
      response.writeHead(code === 0 ? 503 : code).end();
    });
  });
  const scrape = () => {
    const now = Date.now();
    for (const one of counted) {
      one.series ??= samples.add(seriesLabels(one));
      one.series.times.push(now);
      one.series.values.push(one.count);
    }
  };
  const visitors = setInterval(() => {
    for (let request = 0; request < requestsPerTick; request += 1) void ask(gateway.port);
  }, tickMs);
  const scraper = setInterval(scrape, scrapeMs);
  return {
    samples,
    scrapeMs,
    served: (version: Version) =>
      counted.filter((one) => one.version === version).reduce((sum, { count }) => sum + count, 0),
    failed: (version: Version) =>
      counted.filter((one) => one.version === version && one.code >= 500).reduce((sum, { count }) => sum + count, 0),
    close() {
      clearInterval(visitors);
      clearInterval(scraper);
      agent.destroy();
      for (const server of [gateway, versions.v1, versions.v2]) server.close();
    },
  };
}

const seriesLabels = ({ version, code }: Counted) =>
  labelsOf([
    [nameLabel, "istio_requests_total"],
    ["reporter", "source"],
    ["instance", "gateway"],
    ["destination_workload", `reviews-${version}`],
    ["destination_workload_namespace", namespace],
    ["destination_version", version],
    ["destination_canonical_revision", version],
    ["destination_service", `reviews.${namespace}.svc.cluster.local`],
    ["destination_service_name", "reviews"],
    ["destination_service_namespace", namespace],
    ["request_protocol", "http"],
    ["response_code", String(code)],
    ["response_flags", "-"],
  ]);
