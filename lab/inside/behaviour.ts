/** How the pods of one version behave. */
export type Behaviour = {
  /** Share of the requests that are answered with 500. */
  readonly errors: number;
  readonly delayMs: number;
  readonly ready: boolean;
  /** Requests a second and pod beyond which it answers 503. */
  readonly capacity: number;
  /** Dies so long after each start, and comes back as long after that: a crash loop. */
  readonly crashAfterMs: number;
  readonly readyAfterMs: number;
};

export const sound: Behaviour = {
  errors: 0,
  delayMs: 0,
  ready: true,
  capacity: Number.POSITIVE_INFINITY,
  crashAfterMs: Number.POSITIVE_INFINITY,
  readyAfterMs: 0,
};

const variables: Readonly<Record<string, keyof Behaviour>> = {
  ERROR_RATE: "errors",
  DELAY_MS: "delayMs",
  CAPACITY: "capacity",
  CRASH_AFTER_MS: "crashAfterMs",
  READY_AFTER_MS: "readyAfterMs",
};

/** What the environment of a pod's first container says of its behaviour. */
export function behaviourOf(environment: Readonly<Record<string, string>>): Behaviour {
  const said = Object.entries(variables).flatMap(([variable, key]) => {
    const text = environment[variable];
    return text === undefined ? [] : [[key, Number(text)] as const];
  });
  return { ...sound, ...Object.fromEntries(said) };
}
