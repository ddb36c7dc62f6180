import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { plot } from "./plot.ts";
import { scoresOf } from "./score.ts";
import { render } from "./table.ts";

/** Scores a folder of results and writes the table and the plot beside them. */
const folder = process.argv[2] ?? fileURLToPath(new URL("../out/judge", import.meta.url));
const scores = scoresOf(folder);
writeFileSync(join(folder, "judge.md"), render(scores));
writeFileSync(join(folder, "judge.svg"), plot(scores));
console.log(render(scores).split("## Equal")[0]?.trimEnd());
