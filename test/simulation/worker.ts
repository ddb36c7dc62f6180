import { doubles, singles, strips } from "./exhaustive.ts";
import type { Job } from "./jobs.ts";
import { found } from "./planted/suite.ts";
import { scenarios, smallest } from "./scenarios.ts";
import { manySeeds } from "./seeds.ts";

/** One process of many: does one job, given as JSON, and prints what it came to. */

async function done(job: Job): Promise<unknown> {
  const scenario = (name: string) => {
    const known = [...scenarios, ...smallest].find((one) => one.name === name);
    if (known === undefined) throw new Error(`there is no scenario called ${name}`);
    return known;
  };
  switch (job.kind) {
    case "seeds":
      return manySeeds(job.from, job.count);
    case "singles":
      return singles(scenario(job.scenario));
    case "strips":
      return strips(scenario(job.scenario), smallest.includes(scenario(job.scenario)));
    case "doubles":
      return doubles(scenario(job.scenario), job.part, job.parts);
    case "behaviour": {
      // Rehearsals bring in more than any other job needs.
      const { blocksFound } = await import("./behaviour/found.ts");
      return blocksFound(job.part, job.from, job.count);
    }
    case "suite":
      return found(job.invariants, job.scenes);
  }
}

const began = process.cpuUsage();
const result = await done(JSON.parse(process.argv[2] ?? "null") as Job);
const { user, system } = process.cpuUsage(began);
process.stdout.write(JSON.stringify({ result, cpuMs: (user + system) / 1000 }));
