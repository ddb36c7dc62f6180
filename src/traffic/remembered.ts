import type { KubeObject } from "./driver.ts";

/**
 * The last answer that was worked out for each object. Only an object that nobody can change any more gives the same one
 * again: a rehearsal freezes what it hands out, and turn after turn reads the same version of a route.
 */
export function remembered<Question, Answer>(
  work: (object: KubeObject, question: Question) => Answer,
  isSame: (one: Question, other: Question) => boolean = Object.is,
): (object: KubeObject, question: Question) => Answer {
  const known = new WeakMap<KubeObject, { readonly question: Question; readonly answer: Answer }>();
  return (object, question) => {
    // What anybody may have sent need not even be an object.
    if (typeof object !== "object" || object === null || !Object.isFrozen(object)) return work(object, question);
    const before = known.get(object);
    if (before !== undefined && isSame(before.question, question)) return before.answer;
    const answer = work(object, question);
    known.set(object, { question, answer });
    return answer;
  };
}

/** Whether two plain objects hold the very same members. */
export function sameMembers<Plain extends object>(one: Plain, other: Plain): boolean {
  if (one === other) return true;
  const names = Object.keys(one) as (keyof Plain)[];
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
