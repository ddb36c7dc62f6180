import type { KubeObject } from "../base/kube-object.ts";

/** The versions before and after a write, and as many again: older ones are hardly asked about. */
const mostKept = 4;

/**
 * The last answers that were worked out. Only an object that nobody can change any more gives the same one
 * again: a rehearsal freezes what it hands out, and turn after turn reads the same version of a route.
 */
export function remembered<Question, Answer>(
  work: (object: KubeObject, question: Question) => Answer,
  isSame: (one: Question, other: Question) => boolean = Object.is,
): (object: KubeObject, question: Question) => Answer {
  const known: { readonly object: KubeObject; readonly question: Question; readonly answer: Answer }[] = [];
  let oldest = 0;
  return (object, question) => {
    // What anybody may have sent need not even be an object.
    if (typeof object !== "object" || object === null || !Object.isFrozen(object)) return work(object, question);
    const before = known.find((one) => one.object === object && isSame(one.question, question));
    if (before !== undefined) return before.answer;
    const answer = work(object, question);
    known[oldest] = { object, question, answer };
    oldest = (oldest + 1) % mostKept;
    return answer;
  };
}

/** Whether two plain objects hold the very same members. */
export function sameMembers<Plain extends object>(one: Plain, other: Plain): boolean {
  if (one === other) return true;
  const names = Object.keys(one) as (keyof Plain)[];
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
