// Writes schema/plan.schema.json, the JSON Schema of the plan file, from the shapes that read it.
import { mkdirSync, writeFileSync } from "node:fs";
import { planSchemaText } from "../src/inputs/plan-json-schema.ts";

const folder = new URL("../schema/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("plan.schema.json", folder), planSchemaText());
