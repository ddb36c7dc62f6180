import { expect, test } from "vitest";
import { sightOf } from "../../src/reconcile/lazy-diagram.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import { http, to, virtualService } from "../routes/shapes.ts";

const object = virtualService(http({ route: [to("v1", 100), to("v2", 0)] }));

test("a route is laid out when somebody looks, and once", () => {
  let times = 0;
  const layout: typeof virtualservice.layout = (...given) => {
    times += 1;
    return virtualservice.layout?.(...given) as NonNullable<ReturnType<NonNullable<typeof virtualservice.layout>>>;
  };
  const sight = sightOf({ driver: { ...virtualservice, layout } }, object, undefined);
  expect(times).toBe(0);
  expect(sight.layouts.map(({ name }) => name)).toEqual(["web"]);
  expect(sight.layouts).toHaveLength(1);
  expect(times).toBe(1);
});

test("a kind of route that nobody can draw has no picture", () => {
  const { layout: _, ...driver } = virtualservice;
  expect(sightOf({ driver }, object, undefined).layouts).toEqual([]);
});
