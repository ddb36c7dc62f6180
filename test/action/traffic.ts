import { readScenario } from "../../src/simulator/scenario/index.ts";
import { createWorld, type SimulatedTraffic } from "../../src/simulator/traffic/index.ts";
import { type Asked, type PrometheusDouble, startPrometheus } from "../servers/prometheus.ts";
import { type AtEnd, openScene, quick, recordOn, type Scene, type SceneOptions, weightsOn } from "./scene.ts";

const host = "reviews.shop.svc.cluster.local";

export type Watched = Scene & { readonly prometheus: PrometheusDouble; readonly world: SimulatedTraffic };

/** A scene with traffic that follows the weights of the route, and a Prometheus that scrapes it, in the words of a rehearsal. */
export async function openWatched(atEnd: AtEnd, words: string, options: SceneOptions = {}): Promise<Watched> {
  const read = readScenario(words);
  if (read.kind === "refused") throw new Error(read.problems.map(({ message }) => message).join("\n"));
  let world: SimulatedTraffic | undefined;
  const scene = await openScene(atEnd, {
    ...options,
    onVersion: ({ at, resource, after }) => {
      if (resource.plural !== "virtualservices" || after === undefined || recordOn(after) === undefined) return;
      world?.weightChanged(at, weightsOn(after)[1] ?? 0);
    },
  });
  world = createWorld({
    scenario: read.scenario,
    seed: 1,
    startMs: scene.api.now(),
    historyMs: 120_000,
    stable: { host, subset: "v1" },
    canary: { host, subset: "v2" },
  });
  const prometheus = await startPrometheus({ world, now: scene.api.now, atEnd });
  return { ...scene, prometheus, world };
}

/** A plan whose checks pass or fail within seconds at such a server. */
export const watchedPlan = ({ prometheus }: Watched, more: Readonly<Record<string, unknown>> = {}) => ({
  route: "shop/virtualservice/reviews",
  phases: "20/100",
  hold: "8s",
  "max-hold": "24s",
  settle: "2s",
  "write-allowance": "0s",
  // In a few seconds there are too few requests to be compared.
  compare: "off",
  prometheus: { url: prometheus.url, "scrape-interval": "1s", lag: "1s" },
  checks: [
    { preset: "success-rate", min: "99%", every: "4s" },
    { preset: "latency", max: "500ms", every: "4s" },
  ],
  ...more,
});

/** One check of a query of one's own, answered with a number that the test decides on, every second. */
export type Metered = Scene & { readonly prometheus: PrometheusDouble };

/** A scene whose metric source gives every query the value that the script names, or the answer that it makes. */
export async function openMetered(
  atEnd: AtEnd,
  valueAt: () => string = () => "0",
  options: SceneOptions = {},
): Promise<Metered> {
  const scene = await openScene(atEnd, options);
  const script = ({ parameters }: Asked) => {
    const [start, end, step] = ["start", "end", "step"].map((name) => Number.parseFloat(parameters.get(name) ?? ""));
    const values: [number, string][] = [];
    for (let at = start ?? 0; at <= (end ?? 0) + 1e-6; at += step ?? 1) values.push([at, valueAt()]);
    return { status: "success", data: { resultType: "matrix", result: [{ metric: {}, values }] } };
  };
  return { ...scene, prometheus: await startPrometheus({ now: scene.api.now, script, atEnd }) };
}

/** A plan that looks every second, and waits as long as it is told. */
export const meteredPlan = ({ prometheus }: Metered, more: Readonly<Record<string, unknown>> = {}) => ({
  ...quick,
  phases: "20/100",
  hold: "1s",
  "max-hold": "10s",
  prometheus: { url: prometheus.url, "scrape-interval": "250ms", lag: "0s" },
  checks: [{ name: "errors", query: 'errors{version="{{canary}}"}', max: 0.01, every: "1s" }],
  ...more,
});
