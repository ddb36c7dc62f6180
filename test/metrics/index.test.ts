import { describe, expect, it } from "vitest";
import { SluiceError } from "../../src/base/problem.ts";
import { type ProviderName, providerNamed, providers } from "../../src/metrics/index.ts";
import { providerContract, type Speech } from "./contract.ts";
import { countsSpeech } from "./counts/speech.ts";
import { prometheusSpeech } from "./prometheus/speech.ts";

/** A provider without one does not compile. */
const speeches: Record<ProviderName, Speech> = { counts: countsSpeech, prometheus: prometheusSpeech };

for (const [name, provider] of providers) providerContract(name, provider, speeches[name]);

describe("the registry of metric sources", () => {
  it("finds a source by its name", () => {
    for (const [name, provider] of providers) expect(providerNamed(name)).toBe(provider);
  });

  it.each(["datadog", "", "toString", "__proto__"])("refuses %j with the list of known ones", (name) => {
    expect(() => providerNamed(name)).toThrow(SluiceError);
    expect(() => providerNamed(name)).toThrow(`The metric source ${name} is unknown. Known: `);
  });
});
