import type { Millis } from "../../base/units.ts";

export type Queued = {
  readonly at: Millis;
  readonly tie: number;
  readonly place: number;
  act: (() => void) | undefined;
};

/** What is planned, the earliest first; in the same millisecond the tie decides, then the order of arrival. */
export interface Queue {
  add(at: Millis, act: () => void): Queued;
  cancel(queued: Queued): void;
  /** The earliest that is due by then, taken out. */
  take(untilMs: Millis): { readonly at: Millis; readonly act: () => void } | undefined;
}

export function createQueue(tieBreak: () => number = () => 0): Queue {
  const heap: Queued[] = [];
  let places = 0;
  return {
    add(at, act) {
      places += 1;
      const queued: Queued = { at, tie: tieBreak(), place: places, act };
      heap.push(queued);
      rise(heap, heap.length - 1);
      return queued;
    },
    cancel(queued) {
      queued.act = undefined;
    },
    take(untilMs) {
      for (let first = heap[0]; first !== undefined; first = heap[0]) {
        const { act, at } = first;
        if (act !== undefined && at > untilMs) return undefined;
        pop(heap);
        if (act !== undefined) return { at, act };
      }
      return undefined;
    },
  };
}

function before(a: Queued, b: Queued): boolean {
  if (a.at !== b.at) return a.at < b.at;
  return a.tie === b.tie ? a.place < b.place : a.tie < b.tie;
}

function rise(heap: Queued[], from: number): void {
  let index = from;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const [child, above] = [heap[index], heap[parent]];
    if (child === undefined || above === undefined || !before(child, above)) return;
    heap[index] = above;
    heap[parent] = child;
    index = parent;
  }
}

function pop(heap: Queued[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  let index = 0;
  for (;;) {
    let least = index;
    for (const child of [2 * index + 1, 2 * index + 2]) {
      const [candidate, best] = [heap[child], heap[least]];
      if (candidate !== undefined && best !== undefined && before(candidate, best)) least = child;
    }
    if (least === index) return;
    const [a, b] = [heap[index], heap[least]];
    if (a === undefined || b === undefined) return;
    heap[index] = b;
    heap[least] = a;
    index = least;
  }
}
