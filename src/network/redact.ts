/** Removes every known secret from a text. */
export type Scrub = (text: string) => string;

/** Shorter secrets are refused where they are read: masking them would ruin every text. */
export const shortestSecret = 6;

const mask = "***";

/** A secret in every form in which it may turn up: as it is, JSON-escaped, URL-encoded, and in base64. */
export function formsOf(secret: string): string[] {
  const lines = secret.includes("\n") ? secret.split(/\r?\n/).map((line) => line.trim()) : [];
  const forms = [secret, ...lines.filter((line) => !line.startsWith("-----"))].flatMap((text) => [
    text,
    JSON.stringify(text).slice(1, -1),
    encodeURIComponent(text.toWellFormed()),
    Buffer.from(text).toString("base64"),
    Buffer.from(text).toString("base64url"),
  ]);
  return [...new Set(forms)].filter((form) => form.length >= shortestSecret);
}

/**
 * Inside a longer text, such as `user:password`, base64 spells a secret in one of three ways, by where it begins. The
 * characters at both ends are shared with the neighbours, so only what belongs to the secret alone is looked for.
 */
function insideBase64(secret: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
    const whole = bytes.toString("base64").replace(/=+$/, "");
    const core = whole.slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
    return core.length >= 8 ? [core, core.replaceAll("+", "-").replaceAll("/", "_")] : [];
  });
}

/** A function that knows the secrets and replaces them, in all their forms, by `***`. */
export function scrubber(secrets: readonly string[]): Scrub {
  const long = secrets.filter((secret) => secret.length >= shortestSecret);
  const forms = new Set(long.flatMap((secret) => [...formsOf(secret), ...insideBase64(secret)]));
  // The longest goes first, or a secret that contains another would leave its rest behind.
  const ordered = [...forms].sort((a, b) => b.length - a.length);
  return (text) => ordered.reduce((rest, form) => rest.replaceAll(form, mask), text);
}

/** Control characters and line ends, and what turns the direction of a text or cannot be seen. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
const invisible = /\p{Cf}/gu;

/** Foreign words made fit for one line of text: nothing unprintable in them, and cut at `max` characters. */
export function clean(text: string, max = 300): string {
  return cut(printable(text), max);
}

/** What a server said, made fit to print. Secrets go before the cut, or the cut would leave half of one standing. */
export function foreignWords(text: string, scrub: Scrub, max = 300): string {
  return cut(scrub(printable(scrub(text))), max);
}

function printable(text: string): string {
  return text.replace(unprintable, " ").replace(invisible, "").replace(/ {2,}/g, " ").trim();
}

function cut(text: string, max: number): string {
  const characters = Array.from(text.toWellFormed());
  return characters.length <= max ? characters.join("") : `${characters.slice(0, max - 1).join("")}…`;
}
