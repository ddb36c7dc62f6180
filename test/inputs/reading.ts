import { expect } from "vitest";
import { type InputEnvironment, type Inputs, type InputsRead, readInputs } from "../../src/inputs/index.ts";
import { checkUrl } from "../../src/metrics/http/url-policy.ts";

/** What a test may change about the world; the rest is an empty workspace on a machine of one's own. */
export type Setting = {
  readonly plan?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly hosted?: boolean;
  readonly revision?: string;
  readonly contextNamespace?: string;
};

export const planPath = "rollout.yml";

export function read(inputs: Readonly<Record<string, string>>, setting: Setting = {}): Promise<InputsRead> {
  const { plan, env = {}, hosted = false, contextNamespace } = setting;
  const values: Record<string, string> = { ...inputs, ...(plan === undefined ? {} : { config: planPath }) };
  const world: InputEnvironment = {
    env,
    readFile: (path) => (plan !== undefined && path === planPath ? { text: plan } : { because: "was not found." }),
    contextNamespace: () => contextNamespace,
    checkMetricsUrl: checkUrl,
    revision: "revision" in setting ? setting.revision : "4f2a91c",
    hostedRunner: hosted,
  };
  const given = { surface: "action", value: (name: string) => values[name], names: Object.keys(values) } as const;
  return readInputs(given, world);
}

/** The inputs of a reading that must succeed. */
export async function accepted(inputs: Readonly<Record<string, string>>, setting: Setting = {}): Promise<Inputs> {
  const reading = await read(inputs, setting);
  expect(reading.problems).toEqual([]);
  if (reading.inputs === undefined) throw new Error("The inputs are missing.");
  return reading.inputs;
}

/** Every problem as `PLACE MESSAGE`, places in the form `rollout.yml:7:13` or the name of the input. */
export async function problemsOf(
  inputs: Readonly<Record<string, string>>,
  setting: Setting = {},
): Promise<readonly string[]> {
  const { problems, inputs: built } = await read(inputs, setting);
  if (problems.length > 0) expect(built).toBeUndefined();
  return problems.map(({ place = {}, message }) => {
    const name = place.file ?? place.input ?? "";
    return `${[name, place.line, place.column].filter((part) => part !== undefined).join(":")} ${message}`;
  });
}

/** The smallest plan that can be run. */
export const route = "virtualservice/reviews";
