/** Hiding a shorter text would black out half the log, and tell its length besides. */
export const shortestSecret = 6;

export type Secrets = Set<string>;

/** Takes down a secret in every form in which it may turn up: as it is, line by line, as JSON and in base64. */
export function keep(secrets: Secrets, value: string): void {
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  const whole = [value, value.trim(), JSON.stringify(value).slice(1, -1), Buffer.from(value).toString("base64")];
  for (const form of [...whole, ...lines]) if (form.length >= shortestSecret) secrets.add(form);
}

/** The text without any secret, the longest ones first, since one may be a part of another. */
export function scrubbed(text: string, secrets: Secrets): string {
  const longestFirst = [...secrets].sort((one, other) => other.length - one.length);
  return longestFirst.reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
}
