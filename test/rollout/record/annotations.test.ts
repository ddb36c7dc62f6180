import { expect, test } from "vitest";
import { followingMark, recordMark } from "../../../src/rollout/record/annotations.ts";
import { decodeRecord } from "../../../src/rollout/record/decode.ts";
import { readStamp } from "../../../src/rollout/record/follower-annotation.ts";
import { record } from "../samples.ts";

test("the first route is tried with the record, one that follows with the stamp that it will carry", () => {
  expect(recordMark.annotation).toBe("sluice.dev/rollout");
  expect(decodeRecord(recordMark.textOf(record())).kind).toBe("state");
  const following = followingMark("shop/virtualservice/web");
  expect(following.annotation).toBe("sluice.dev/follows");
  expect(readStamp(following.textOf(record()))).toMatchObject({
    route: "shop/virtualservice/web",
    phase: 2,
    weight: 20,
  });
});
