import { expect, test } from "vitest";
import type { Progress } from "../../src/ports/reporter.ts";
import { courseOf, courseOfRates } from "../../src/reports/error-sparkline.ts";
import { watching } from "./samples.ts";

const after = (...pairs: readonly Record<string, readonly number[]>[]) =>
  ({
    ...watching,
    judged: { ...watching.judged, numbers: { looks: pairs.map((one) => ({ pairs: one })) } },
  }) as unknown as Progress;

test("both versions on one scale; what was not counted stays empty", () => {
  const course = courseOf(
    after({ errors: [100, 0, 100, 1] }, { errors: [100, 4, 100, 2] }, {}, { errors: [0, 0, 100, 0] }),
    10,
  );
  expect(course).toEqual({ canary: "▁█  ", stable: "▃▅ ▁", top: 0.04 });
});

test("a long rollout is told in as many cells as there are, by its sums", () => {
  const course = courseOf(
    after(...Array.from({ length: 40 }, (_, at) => ({ errors: [10, at < 20 ? 0 : 1, 10, 0] }))),
    2,
  );
  expect(course).toEqual({ canary: "▁█", stable: "▁▁", top: 0.1 });
});

test("without two looks, or without a request, there is no line", () => {
  expect(courseOf(watching, 10)).toBeUndefined();
  expect(courseOf(after({ errors: [1, 0, 1, 0] }), 10)).toBeUndefined();
  expect(courseOf(after({ errors: [0, 0, 0, 0] }, {}), 10)).toBeUndefined();
});

test("rates that are known already are drawn as they are", () => {
  const rates = [
    { canary: 0, stable: 0.01 },
    { canary: 0.02, stable: undefined },
  ];
  expect(courseOfRates(rates, 10)).toEqual({ canary: "▁█", stable: "▅ ", top: 0.02 });
  expect(courseOfRates(rates.slice(0, 1), 10)).toBeUndefined();
});
