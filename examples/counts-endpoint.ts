// An endpoint for `counts:` in a plan file, see docs/counts.md. Put the query of your own store into `count`.
import { createServer, type Server } from "node:http";
import { json } from "node:stream/consumers";

type Asked = { format: number; from: string; to: string; bucket: number; canary: string; stable: string };
/** Requests of a version in [from, to), in milliseconds since 1970, and how many of them failed. `null`: not known. */
type Count = (version: string, from: number, to: number) => Promise<readonly [total: number, bad: number] | null>;

async function answerTo({ format, from, to, bucket, canary, stable }: Asked, count: Count, until: number) {
  if (format !== 1 || !(bucket >= 1)) throw new Error("this endpoint answers questions of format 1");
  const [step, errors] = [bucket * 1000, [] as unknown[]];
  for (let at = Date.parse(from); at + step <= Math.min(Date.parse(to), until); at += step) {
    const [ofCanary, ofStable] = [await count(canary, at, at + step), await count(stable, at, at + step)];
    errors.push({ from: new Date(at).toISOString(), canary: ofCanary, stable: ofStable });
  }
  return { format: 1, until: new Date(until).toISOString(), counts: { errors } };
}

/** `until`: up to when all requests have arrived in the store. */
export function countsEndpoint(count: Count, until: () => number, token?: string): Server {
  return createServer((request, response) => {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) return answer(401, {});
    const answered = json(request).then((asked) => answerTo(asked as Asked, count, until()));
    return answered.then((body) => answer(200, body)).catch((error: unknown) => answer(500, { error: String(error) }));
  });
}
