import fc from "fast-check";
import { expect, it } from "vitest";
import { createQueue, type Queue } from "../../../src/simulator/engine/event-queue.ts";

function drained(queue: Queue): number[] {
  const times: number[] = [];
  for (let next = queue.take(Infinity); next !== undefined; next = queue.take(Infinity)) {
    next.act();
    times.push(next.at);
  }
  return times;
}

it("gives what was put in, in the order of time, tie and arrival, without what was called off", () => {
  const item = fc.record({ at: fc.nat(20), tie: fc.nat(2), cancelled: fc.boolean() });
  fc.assert(
    fc.property(fc.array(item), (items) => {
      const ties = items.map(({ tie }) => tie);
      const queue = createQueue(() => ties.shift() ?? 0);
      const seen: number[] = [];
      const queued = items.map(({ at }, index) => queue.add(at, () => seen.push(index)));
      for (const [index, { cancelled }] of items.entries()) {
        const one = queued[index];
        if (cancelled && one !== undefined) queue.cancel(one);
      }
      drained(queue);
      const expected = items
        .map((one, index) => ({ ...one, index }))
        .filter(({ cancelled }) => !cancelled)
        .sort((a, b) => a.at - b.at || a.tie - b.tie || a.index - b.index)
        .map(({ index }) => index);
      expect(seen).toEqual(expected);
    }),
  );
});

it("keeps what is not due yet", () => {
  const queue = createQueue();
  queue.add(10, () => {});
  expect(queue.take(9)).toBeUndefined();
  expect(queue.take(10)?.at).toBe(10);
  expect(queue.take(Infinity)).toBeUndefined();
});
