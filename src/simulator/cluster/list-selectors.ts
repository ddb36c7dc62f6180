import type { KubeObject } from "../../base/kube-object.ts";

export type LabelSelection =
  | { readonly kind: "selects"; readonly matches: (object: KubeObject) => boolean }
  | { readonly kind: "refused"; readonly message: string };

/** `app=web,version in (v1,v2),!legacy`, as the API server reads it. */
export function labelSelector(text: string): LabelSelection {
  const requirements: ((labels: Readonly<Record<string, string>>) => boolean)[] = [];
  // Commas inside parentheses belong to their requirement.
  for (const part of text.split(/,(?![^(]*\))/).map((piece) => piece.trim())) {
    if (part === "") continue;
    const requirement = labelRequirement(part);
    if (requirement === undefined) return { kind: "refused", message: `unable to parse requirement: ${part}` };
    requirements.push(requirement);
  }
  return {
    kind: "selects",
    matches: ({ metadata }) => requirements.every((holds) => holds(metadata.labels ?? {})),
  };
}

function labelRequirement(part: string): ((labels: Readonly<Record<string, string>>) => boolean) | undefined {
  const key = "([A-Za-z0-9][-A-Za-z0-9_./]*)";
  const set = new RegExp(`^${key}\\s+(in|notin)\\s+\\(([^()]*)\\)$`).exec(part);
  if (set !== null) {
    const [, name = "", word, list = ""] = set;
    const values = list.split(",").map((value) => value.trim());
    return (labels) => values.includes(labels[name] ?? "\0") === (word === "in");
  }
  const equality = new RegExp(`^${key}\\s*(==|=|!=)\\s*([-A-Za-z0-9_.]*)$`).exec(part);
  if (equality !== null) {
    const [, name = "", operator, value] = equality;
    return (labels) => (labels[name] === value) === (operator !== "!=");
  }
  const presence = new RegExp(`^(!?)\\s*${key}$`).exec(part);
  if (presence === null) return undefined;
  const [, not, name = ""] = presence;
  return (labels) => Object.hasOwn(labels, name) === (not === "");
}

/** `metadata.name=reviews`: the two fields by which every kind can be selected. */
export function fieldSelector(text: string): LabelSelection {
  const requirements: ((object: KubeObject) => boolean)[] = [];
  for (const part of text.split(",").filter((piece) => piece !== "")) {
    const parsed = /^([^=!]+)(==|=|!=)(.*)$/.exec(part);
    if (parsed === null) return { kind: "refused", message: `invalid selector: '${text}'; can't understand '${part}'` };
    const [, field, operator, value] = parsed;
    if (field !== "metadata.name" && field !== "metadata.namespace") {
      return { kind: "refused", message: `field label not supported: ${field}` };
    }
    const read = ({ metadata }: KubeObject) => (field === "metadata.name" ? metadata.name : (metadata.namespace ?? ""));
    requirements.push((object) => (read(object) === value) === (operator !== "!="));
  }
  return { kind: "selects", matches: (object) => requirements.every((holds) => holds(object)) };
}
