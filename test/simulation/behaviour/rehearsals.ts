import { rehearsalStartMs } from "../../../src/rehearsal/index.ts";
import { drivers } from "../../../src/routes/index.ts";
import { planFrom, rehearsed } from "../../rehearsal/rehearsed.ts";
import { courseFrom } from "./course.ts";
import type { Block, Lived } from "./days.ts";

/** Two hundred rehearsals with the comparison on: every kind of route, and what may happen to a rollout. */

type Setting = { readonly route: string; readonly more?: string; readonly source?: string };

const url = "https://prometheus.example.com";

const settings: Readonly<Record<string, Setting>> = {
  "VirtualService, requests": { route: "virtualservice/reviews", more: "canary: v2" },
  "VirtualService, tcp": { route: "virtualservice/reviews", more: "canary: v2\nrule: tcp/9000" },
  "VirtualService, tls": { route: "virtualservice/reviews", more: "canary: v2\nrule: tls/a.example.com+b.example.com" },
  HTTPRoute: { route: "httproute/reviews" },
  "HTTPRoute, linkerd": { route: "httproute/reviews", source: `{url: ${url}, data-plane: linkerd}` },
  "HTTPRoute, traefik": { route: "httproute/reviews", source: `{url: ${url}, data-plane: traefik}` },
  GRPCRoute: { route: "grpcroute/reviews" },
  TCPRoute: { route: "tcproute/reviews" },
  TLSRoute: { route: "tlsroute/reviews" },
  "two routes": { route: "[virtualservice/reviews, httproute/reviews-edge]" },
};

const scenarios: readonly string[] = [
  "traffic 50 rps; errors 0.2%",
  "traffic 50 rps; errors 0.2%; canary errors 0.2% until phase 20, then 4%",
  "traffic 30 rps; errors 0.1%; canary errors 0.1% rising to 5% over 30m; canary latency 1x rising to 4x over 30m",
  "traffic 3 rps; errors 1%",
  "traffic 40 rps; errors 0.3%; bursts of 10; incident 10% from 10m for 4m",
  "traffic 50 rps; errors 0.2%; prometheus down from 7m",
  "traffic 50 rps; errors 0.2%; no data from 6m for 3m; runner dies at 11m and returns after 2m",
  "traffic 20 rps; errors 0.2%; canary errors 3% from 6m; runner dies at 4m",
  "traffic 50 rps; errors 0.2%; someone pauses at 7m; someone promotes at 20m; gateway restarts at 23m",
  "traffic 50 rps; errors 0.2%; canary unready from 12m for 5m; someone sets canary to 30% at 25m",
];
const seeds = [1, 2];

export const rehearsalBlocks: readonly Block[] = Object.entries(settings).map(([name, setting]) => ({
  name,
  days: async () =>
    scenarios.flatMap((scenario) =>
      seeds.map((seed) => ({ name: `seed ${seed}, ${scenario}`, live: () => lived(setting, scenario, seed) })),
    ),
}));

async function lived({ route, more = "", source = url }: Setting, scenario: string, seed: number): Promise<Lived> {
  const plan = await planFrom(`
route: ${route}
namespace: shop
${more}
phases: 5/20/50/100
hold: 5m
prometheus: ${source}
compare: {errors: {}}
`);
  // Apart: which of the two is told first in one instant is no behaviour.
  const [course, weights] = [courseFrom(rehearsalStartMs), courseFrom(rehearsalStartMs)];
  const [{ kind } = { kind: "" }] = plan.target.routes;
  const { outcome, endMs, shares } = await rehearsed({
    plan,
    driver: drivers[kind as keyof typeof drivers],
    scenario,
    seed,
    watch: {
      told: (told) => course.turned(told.at, told.command, told, []),
      point: ({ at, weight }) => weights.shown(at, [weight]),
    },
  });
  course.ended(
    endMs,
    "end",
    outcome,
    shares.map(({ weight }) => weight),
  );
  return { course: [...course.lines, ...weights.lines], broken: [] };
}
