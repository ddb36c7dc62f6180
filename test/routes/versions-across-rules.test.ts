import { expect, test } from "vitest";
import { weightsOf } from "../../src/rollout/weights.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import { http, stateFor, target, virtualService } from "./shapes.ts";

const service = (host: string, weight: number, port?: number) => ({
  destination: { host, ...(port === undefined ? {} : { port: { number: port } }) },
  weight,
});

test("rules of which only some write the port move together", () => {
  const object = virtualService(
    http(
      { match: [{ uri: { prefix: "/api" } }], route: [service("web-v2", 0), service("web-v1", 100, 80)] },
      { route: [service("web-v1.prod.svc.cluster.local", 100), service("web-v2", 0, 80)] },
    ),
  );
  const state = stateFor(virtualservice, object, 20);
  expect(weightsOf(state)).toEqual([
    [20, 80],
    [80, 20],
  ]);
  expect(virtualservice.select(object, target({ stable: "web-v1", canary: "web-v2" })).kind).toBe("selected");
});

test("rules that name two different ports are not taken for one", () => {
  const object = virtualService(
    http(
      { match: [{ uri: { prefix: "/api" } }], route: [service("web-v1", 100, 80), service("web-v2", 0, 80)] },
      { route: [service("web-v1", 100, 8080), service("web-v2", 0, 8080)] },
    ),
  );
  const selected = virtualservice.select(object, target());
  expect(selected.kind === "refused" && selected.findings.map(({ reason }) => reason.code)).toEqual([
    "canary-ambiguous",
  ]);
});
