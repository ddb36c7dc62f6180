import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { remembered, sameMembers } from "../../src/routes/memoize.ts";

/** A question that counts how often it was really worked out. */
function counted() {
  let times = 0;
  const ask = remembered(({ metadata }: KubeObject, question: { readonly word: string }) => {
    times += 1;
    return `${question.word} ${metadata.name} ${times}`;
  }, sameMembers);
  return { ask, times: () => times };
}

describe("what was worked out of an object", () => {
  it("is worked out once where nobody can change the object", () => {
    const { ask, times } = counted();
    const object: KubeObject = Object.freeze({ metadata: { name: "reviews" } });
    expect(ask(object, { word: "who" })).toBe(ask(object, { word: "who" }));
    expect(times()).toBe(1);
  });

  it("is worked out anew for another question, and for another object that looks the same", () => {
    const { ask } = counted();
    const object = (): KubeObject => Object.freeze({ metadata: { name: "reviews" } });
    const one = object();
    expect(ask(one, { word: "who" })).toBe("who reviews 1");
    expect(ask(one, { word: "what" })).toBe("what reviews 2");
    expect(ask(object(), { word: "what" })).toBe("what reviews 3");
  });

  it("is worked out each time where the object may change in between", () => {
    const { ask } = counted();
    const object = { metadata: { name: "reviews" } };
    expect(ask(object, { word: "who" })).toBe("who reviews 1");
    object.metadata.name = "ratings";
    expect(ask(object, { word: "who" })).toBe("who ratings 2");
  });

  it("takes what is no object at all", () => {
    const ask = remembered((object: KubeObject) => String(object));
    expect(ask("nothing" as unknown as KubeObject, undefined)).toBe("nothing");
  });
});
