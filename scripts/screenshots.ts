import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { small } from "./screenshots/png.ts";
import { stagings, stateNamed } from "./screenshots/states.ts";
import { views } from "./screenshots/views.ts";

/** Every view of a rollout in every state that people find it in, from rehearsals, as pictures in docs/screenshots. */

const words = process.argv.slice(2);
const folder = fileURLToPath(new URL("../docs/screenshots", import.meta.url));
const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
mkdirSync(folder, { recursive: true });
let bytes = 0;
for (const name of Object.keys(stagings) as (keyof typeof stagings)[]) {
  const wanted = views.filter(
    (view) => view.states?.includes(name) !== false && words.every((word) => `${view.name}-${name}`.includes(word)),
  );
  if (wanted.length === 0) continue;
  const state = await stateNamed(name);
  for (const view of wanted) {
    const picture = small(await view.shoot(browser, state));
    writeFileSync(`${folder}/${view.name}-${name}.png`, picture);
    console.log(`${String(picture.length).padStart(8)}  ${view.name}-${name}.png`);
    bytes += picture.length;
  }
}
console.log(`${String(bytes).padStart(8)}  in all`);
await browser.close();
