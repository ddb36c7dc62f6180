import { writeFileSync } from "node:fs";
import { isRec } from "../oracle/record.ts";
import { simulate } from "../world.ts";
import { shapes, shapingScene } from "./shapes.ts";

/** Writes the records of the present format. Run once when a format is released; afterwards its file is never written again. */

const entries: [string, unknown][] = [];
for (const [name, shaping] of Object.entries(shapes)) {
  const { final, route, violations } = await simulate(shapingScene(shaping), false, shaping.stopMs);
  if (!isRec(final) || violations.length > 0) throw new Error(`${name}: ${JSON.stringify(violations)}`);
  if (!name.startsWith(final.status.replace("-", " "))) throw new Error(`${name} came out ${final.status}`);
  entries.push([name, { rollout: final.rollout, record: final.text, spec: route?.spec }]);
}
writeFileSync(new URL("format-1.json", import.meta.url), `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
