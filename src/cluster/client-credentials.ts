import { createHash } from "node:crypto";
import type { RequestOptions } from "node:https";
import { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import type { TlsOptions } from "../network/http-agent.ts";
import type { Access } from "./resolved-kubeconfig.ts";

/** What a connection needs besides the server's address. */
type ClientCredentials = { readonly tls: TlsOptions; readonly authorization?: string };

/**
 * Reads certificates and the standing credential of a checked kubeconfig. Files are read anew at each call: whoever
 * renews them does not tell us. The library authenticates and nothing else, its requests have neither deadline nor limit.
 */
export function materialReader(access: Access): () => Promise<ClientCredentials | undefined> {
  const config = new KubeConfig();
  config.loadFromString(access.kubeconfig);
  return async () => {
    const options: RequestOptions = {};
    try {
      await config.applyToHTTPSOptions(options);
    } catch {
      return undefined;
    }
    const { ca, cert, key, servername, rejectUnauthorized, headers, auth } = options as Applied;
    const bearer = headers?.["Authorization"];
    const authorization = typeof auth === "string" ? `Basic ${Buffer.from(auth).toString("base64")}` : bearer;
    return {
      tls: {
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined || key === undefined ? {} : { cert, key }),
        ...(servername === undefined ? {} : { servername }),
        rejectUnauthorized: rejectUnauthorized !== false,
      },
      ...(authorization === undefined ? {} : { authorization }),
    };
  };
}

type Applied = Omit<TlsOptions, "rejectUnauthorized"> & {
  readonly rejectUnauthorized?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly auth?: string;
};

/** Equal for equal certificates: a connection made with others must not be used. */
export function digestOf(tls: TlsOptions): string {
  const hash = createHash("sha256");
  for (const part of [tls.ca, tls.cert, tls.key, tls.servername, String(tls.rejectUnauthorized)]) {
    hash.update(part ?? "").update("\0");
  }
  return hash.digest("hex");
}
