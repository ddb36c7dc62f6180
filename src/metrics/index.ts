import { SluiceError } from "../base/problem.ts";
import type { Shape } from "../schema/shape.ts";
import type { HttpBlock } from "./http/http-block.ts";
import type { Provider } from "./provider.ts";
import * as registry from "./registry.ts";

export type ProviderName = keyof typeof registry;
type BlockOf<P> = P extends { readonly block: Shape<infer Block> } ? Block : never;
/** The block of each provider, by its key in the plan. */
export type Blocks = { readonly [Name in ProviderName]: Shape<BlockOf<(typeof registry)[Name]>> };

/** By name, in the order of the alphabet: the reference and the refusals list them so. */
export const providers: readonly (readonly [name: ProviderName, provider: Provider])[] = Object.entries(registry)
  .map(([name, provider]) => [name as ProviderName, provider as Provider<HttpBlock>] as const)
  .toSorted(([one], [other]) => (one < other ? -1 : 1));

export function providerNamed(name: string): Provider {
  const known = providers.find(([one]) => one === name);
  if (known !== undefined) return known[1];
  const message = `The metric source ${name} is unknown. Known: ${providers.map(([one]) => one).join(", ")}.`;
  throw new SluiceError([{ code: "input", message }]);
}
