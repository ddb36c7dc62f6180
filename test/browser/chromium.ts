import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** Where Debian and others put the browser that they ship. */
const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export const executable: string | undefined = [process.env["CHROMIUM"], ...places].find(
  (place) => place !== undefined && place !== "" && existsSync(place),
);

export const why =
  "SKIPPED: no Chromium was found, so nobody has looked at the pages that people see. Install it (apt-get install -y chromium) or name it in CHROMIUM.";

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ ...(executable === undefined ? {} : { executablePath: executable }), args: ["--no-sandbox"] });
