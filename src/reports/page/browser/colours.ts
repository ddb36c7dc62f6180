/** The colours of the page's own style sheet, for what is drawn on a canvas. They change with light, dark and paper. */
export type Colours = Readonly<Record<(typeof names)[number], string>>;

const names = [
  "canary",
  "stable",
  "band",
  "harm",
  "good",
  "warn",
  "bad",
  "grid",
  "quiet",
  "ink",
  "paper",
  "own",
  "veil",
] as const;

export function coloursNow(): Colours {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) as Colours;
}

/** Calls back whenever the colours may have changed, before paper is printed too. */
export function onColours(changed: () => void): void {
  for (const query of ["(prefers-color-scheme: dark)", "print"]) matchMedia(query).addEventListener("change", changed);
  for (const event of ["beforeprint", "afterprint"]) addEventListener(event, changed);
}
