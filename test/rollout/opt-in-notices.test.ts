import { describe, expect, it } from "vitest";
import { optInNotices } from "../../src/rollout/opt-in-notices.ts";
import { record, rule } from "./samples.ts";

describe("what a person allowed a rollout", () => {
  it("is nothing by default, and nothing where there is nothing to allow it for", () => {
    expect(optInNotices(record())).toEqual([]);
    expect(optInNotices(record("progressing", { others: "fixed" }))).toEqual([]);
  });

  it("is said of the record as long as it stands", () => {
    const rules = [
      rule({ destinations: ["v1", "v2", "v0"], home: [90, 0, 10] }),
      rule({ name: "older", atHome: true }),
    ];
    const more = { created: true, others: "fixed", flux: { before: null }, rules } as const;
    expect(optInNotices(record("progressing", more))).toEqual([
      "v2 was added to http/primary by this rollout, and stays there (create-destination).",
      "v0 keeps its weight; stable alone makes room for the canary (others: fixed).",
      "Flux is kept from the route until the rollout ends (gitops: pause-flux).",
    ]);
    expect(optInNotices(record("rolled-back", more))).toEqual([
      "v2 was added to http/primary by this rollout, and stays there with its weight from home (create-destination).",
      "v0 keeps its weight; stable alone makes room for the canary (others: fixed).",
      "Flux was kept from the route while the rollout ran (gitops: pause-flux).",
    ]);
  });
});
