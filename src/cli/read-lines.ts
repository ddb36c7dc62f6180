import type { Readable } from "node:stream";

/** The lines of a text as they come in, however it is cut into pieces. The last line need not be ended. */
export async function* linesOf(input: Readable): AsyncGenerator<readonly string[], void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of input) {
    const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield lines;
  }
  rest += decoder.decode();
  if (rest !== "") yield [rest];
}
