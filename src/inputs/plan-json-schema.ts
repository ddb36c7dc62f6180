import { planFile } from "./input-schema.ts";

/**
 * The JSON Schema of the plan file, made from the shapes that read it. It is for editors: it says everything about single
 * values, and leaves what several keys mean together to the reader. A plan that the reader takes is always valid by it.
 */
export function planSchemaText(): string {
  const schema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Sluice plan file",
    description: "What to roll out on which route, in which phases, and by which checks.",
    ...planFile.schema,
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
