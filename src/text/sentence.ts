/** With a capital at its start and a full stop at its end: what another program said stands among sentences of ours. */
export function asSentence(text: string): string {
  const [first = "", ...rest] = text;
  const stop = /[.!?…]$/.test(text) || text === "" ? "" : ".";
  return `${first.toUpperCase()}${rest.join("")}${stop}`;
}

/** One sentence after the other. */
export const joined = (...sentences: readonly (string | undefined)[]): string =>
  sentences.filter((one) => one !== undefined && one !== "").join(" ");
