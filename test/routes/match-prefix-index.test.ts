import fc from "fast-check";
import { expect, test } from "vitest";
import { coveringAmong } from "../../src/routes/match-prefix-index.ts";
import type { RuleView } from "../../src/routes/route-view.ts";
import { covers, readBlock } from "../../src/routes/virtualservice-match.ts";

const path = fc.constantFrom("", "/", "/a", "/a/", "/A", "/a/b", "/ab", "/b");
const uri = fc.oneof(
  fc.constant({}),
  path.map((value) => ({ uri: { prefix: value } })),
  path.map((value) => ({ uri: { exact: value } })),
  fc.constantFrom(".*", "/a.*").map((value) => ({ uri: { regex: value } })),
);
const match = fc
  .record({
    uri,
    ignoreUriCase: fc.boolean(),
    headers: fc.constantFrom(undefined, { x: { exact: "1" } }, { x: {} }),
  })
  .map(({ uri: asked, ignoreUriCase, headers }) => ({
    ...asked,
    ...(ignoreUriCase ? { ignoreUriCase } : {}),
    ...(headers === undefined ? {} : { headers }),
  }));

test("finds the same as comparing each with each", () => {
  fc.assert(
    fc.property(fc.array(match, { maxLength: 12 }), match, (matches, sought) => {
      const entries = matches.flatMap((one, index) => {
        const block = readBlock(one, "shop");
        return block === undefined ? [] : [{ rule: { index } as RuleView, block }];
      });
      const block = readBlock(sought, "shop");
      if (block === undefined) throw new Error("the match could not be read");
      const indexes = (found: typeof entries) => found.map(({ rule }) => rule.index).toSorted((a, b) => a - b);
      const expected = entries.filter((entry) => covers(entry.block, block));
      expect(indexes([...coveringAmong(entries)(block)])).toEqual(indexes(expected));
    }),
    { numRuns: 2000 },
  );
});
