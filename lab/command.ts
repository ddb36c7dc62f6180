import { readFileSync } from "node:fs";
import { join } from "node:path";
import { namespace } from "./demo-shop.ts";
import { controlUrl } from "./inside/control.ts";
import { partNames } from "./inside/parts.ts";

/** `lab` inside the lab: what the machine room offers. */

const usage = `lab start|stop|kill|hold|release PART   PART: ${partNames.join(", ")}
lab behave VERSION WORD=VALUE …         errors=0.3, delayMs=600, ready=false, capacity=20, crashAfterMs=3000; none: sound again
lab log PART                            the end of its log`;

const [verb = "", what = "", ...words] = process.argv.slice(2);
const folder = process.env["LAB_FOLDER"] ?? "";

if (["start", "stop", "kill", "hold", "release"].includes(verb)) {
  const response = await fetch(`${controlUrl}/${what}/${verb}`, { method: "POST" });
  console.log((await response.text()).trim());
  process.exitCode = response.ok ? 0 : 1;
} else if (verb === "behave" && what !== "") {
  const pairs = words.map((word) => {
    const [key = "", value = ""] = word.split("=");
    return [key, value === "true" || value === "false" ? value === "true" : Number(value)] as const;
  });
  const body = JSON.stringify(Object.fromEntries(pairs));
  await fetch(`http://127.0.0.1:7070/${namespace}/${what}`, { method: "PUT", body });
} else if (verb === "log" && what !== "") {
  console.log(
    readFileSync(join(folder, `${what}.log`), "utf8")
      .split("\n")
      .slice(-30)
      .join("\n"),
  );
} else {
  console.log(usage);
  process.exitCode = verb === "" || verb === "help" ? 0 : 2;
}
