import { readScenario } from "../../src/rehearsal/scenario.ts";
import { createWorld, type World } from "../../src/rehearsal/traffic.ts";
import { type PrometheusDouble, startPrometheus } from "../servers/prometheus.ts";
import { type AtEnd, openScene, recordOn, type Scene, type SceneOptions, weightsOn } from "./scene.ts";

const host = "reviews.shop.svc.cluster.local";

export type Watched = Scene & { readonly prometheus: PrometheusDouble; readonly world: World };

/** Time goes by so much faster at the servers than in the test. */
const speed = 8;

/** A scene with traffic that follows the weights of the route, and a Prometheus that scrapes it, in the words of a rehearsal. */
export async function openWatched(atEnd: AtEnd, words: string, options: SceneOptions = {}): Promise<Watched> {
  const read = readScenario(words);
  if (read.kind === "refused") throw new Error(read.problems.map(({ message }) => message).join("\n"));
  let world: World | undefined;
  const scene = await openScene(atEnd, {
    speed,
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
  prometheus: { url: prometheus.url, "scrape-interval": "1s", lag: "1s" },
  checks: [
    { preset: "success-rate", min: "99%", every: "4s" },
    { preset: "latency", max: "500ms", every: "4s" },
  ],
  ...more,
});
