import { type Admission, mutating, validating } from "../../src/simulator/cluster/admission.ts";

/** Webhooks that are asked about every write of ours while their spell lasts. */

const codes = [400, 404, 409, 422, 429, 500] as const;

export function admissionsOf(isOn: (kind: string) => boolean, happened: (kind: string) => void): Admission[] {
  const refusing = validating(({ manager }) => {
    if (manager !== "sluice") return { kind: "admitted" };
    const code = codes.find((one) => isOn(`webhook-${one}`));
    if (code === undefined) return { kind: "admitted" };
    happened(`webhook-${code}`);
    return { kind: "denied", code, message: 'admission webhook "policy.shop" denied the request' };
  });
  const changing = mutating((object, { manager }) => {
    if (manager !== "sluice") return object;
    if (isOn("stripping-webhook")) {
      happened("stripping-webhook");
      const { "sluice.dev/rollout": _, ...annotations } = object.metadata.annotations ?? {};
      return { ...object, metadata: { ...object.metadata, annotations } };
    }
    if (!isOn("altering-webhook")) return object;
    const copy = structuredClone(object) as unknown as { spec: { http: { route: { weight: number }[] }[] } };
    let altered = false;
    for (const { route } of copy.spec.http) {
      const [first, second] = route;
      if (first === undefined || second === undefined || (first.weight === 50 && second.weight === 50)) continue;
      [first.weight, second.weight] = [50, 50];
      altered = true;
    }
    // Where the run writes the same weights nothing is altered, and nobody can tell that the webhook is there.
    if (!altered) return object;
    happened("altering-webhook");
    return copy as unknown as typeof object;
  });
  return [refusing, changing];
}
