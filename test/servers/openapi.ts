import { readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import formats from "ajv-formats";

/** The part of GitHub's official description that Sluice uses; `test/fixtures/github/cut.ts` says where it comes from. */
type Parameter = { name: string; in: "path" | "query"; required: boolean; schema: object };
type Operation = {
  method: string;
  path: string;
  parameters: Parameter[];
  body?: { properties?: Record<string, unknown> };
  responses: Record<string, object | true>;
  examples: Record<string, unknown>;
};
type Description = { operations: Operation[]; $defs: Record<string, object> };

const file = new URL("../fixtures/github/openapi.json", import.meta.url);
const description = JSON.parse(readFileSync(file, "utf8")) as Description;

const ajv = new Ajv({ strict: false });
formats.default(ajv);
const lenient = new Ajv({ strict: false, coerceTypes: true });
formats.default(lenient);

const compiled = new Map<string, ValidateFunction>();
function validator(key: string, schema: object, by = ajv): ValidateFunction {
  const known = compiled.get(key) ?? by.compile({ $defs: description.$defs, ...schema });
  compiled.set(key, known);
  return known;
}

export type Call = {
  readonly operation: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
};

const keyOf = (operation: Operation) => `${operation.method} ${operation.path}`;

function matched(operation: Operation, path: string): Record<string, string> | undefined {
  const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
  const found = new RegExp(`^${operation.path.replaceAll(/\{\w+\}/g, "([^/]+)")}$`).exec(path);
  if (found === null) return undefined;
  return Object.fromEntries(names.map((name, at) => [name, decodeURIComponent(found[at + 1] ?? "")]));
}

/** An answer of the kind that the description gives as its example: what a double's answers are made from. */
export function example(operation: string, status: string): Record<string, unknown> {
  const found = description.operations.find((one) => keyOf(one) === operation)?.examples[status];
  const first = Array.isArray(found) ? found[0] : found;
  return structuredClone(first ?? {}) as Record<string, unknown>;
}

/** Which operation a request is, with everything in it that the description does not allow. */
export function readCall(method: string, url: URL, body: unknown): { call?: Call; violations: string[] } {
  const path = url.pathname;
  for (const operation of description.operations) {
    const parameters = operation.method === method.toLowerCase() ? matched(operation, path) : undefined;
    if (parameters === undefined) continue;
    const key = keyOf(operation);
    return {
      call: { operation: key, parameters, query: url.searchParams },
      violations: [
        ...parameterViolations(operation, parameters, url.searchParams),
        ...bodyViolations(operation, body),
      ].map((violation) => `${key}: ${violation}`),
    };
  }
  return { violations: [`${method} ${path} is no operation of GitHub that Sluice is known to use`] };
}

function parameterViolations(operation: Operation, path: Record<string, string>, query: URLSearchParams): string[] {
  const given = { ...path, ...Object.fromEntries(query) };
  const known = new Map(operation.parameters.map((parameter) => [parameter.name, parameter]));
  const unknown = Object.keys(given).filter((name) => !known.has(name));
  const wrong = operation.parameters.filter(({ name, required, schema }) => {
    const value = given[name];
    if (value === undefined) return required;
    const schemaOf = { type: "object", properties: { value: schema } };
    return !validator(`${keyOf(operation)}?${name}`, schemaOf, lenient)({ value });
  });
  return [
    ...unknown.map((name) => `the parameter ${name} is unknown`),
    ...wrong.map(({ name }) => `the parameter ${name} is not what it should be: ${String(given[name])}`),
  ];
}

function bodyViolations(operation: Operation, body: unknown): string[] {
  if (operation.body === undefined) return body === undefined ? [] : ["no body is expected"];
  const validate = validator(`${keyOf(operation)} body`, operation.body);
  const violations = validate(body) ? [] : [`the body ${ajv.errorsText(validate.errors)}`];
  const known = Object.keys(operation.body.properties ?? {});
  const unknown = Object.keys(typeof body === "object" && body !== null ? body : {}).filter(
    (name) => !known.includes(name),
  );
  return [...violations, ...unknown.map((name) => `the body's key ${name} is unknown`)];
}

/** What in an answer the description does not allow. A status that it does not name is an error answer like any other. */
export function answerViolations(operation: string, status: number, body: unknown): string[] {
  const schema = description.operations.find((one) => keyOf(one) === operation)?.responses[String(status)];
  if (schema === undefined) return status < 400 ? [`${operation}: ${status} is no answer of it`] : [];
  if (schema === true) return [];
  const validate = validator(`${operation} ${status}`, schema);
  return validate(body) ? [] : [`${operation}: the answer ${status} ${ajv.errorsText(validate.errors)}`];
}
