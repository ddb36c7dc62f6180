import { generate } from "selfsigned";

export type Pem = { readonly key: string; readonly certificate: string };

export type Authority = Pem & {
  /** A certificate for a server on loopback. */
  server(): Promise<Pem>;
  /** A certificate by which a client says who it is. */
  client(user: string): Promise<Pem>;
};

const signing = { keyType: "ec", curve: "P-256", algorithm: "sha256" } as const;

/** A certificate authority of its own; nothing trusts it but who is given its certificate. */
export async function authority(name = "loopback authority"): Promise<Authority> {
  const own = await generate([{ name: "commonName", value: name }], {
    ...signing,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, digitalSignature: true, critical: true },
    ],
  });
  const ca = { key: own.private, cert: own.cert };
  return {
    key: own.private,
    certificate: own.cert,
    async server() {
      const issued = await generate([{ name: "commonName", value: "localhost" }], {
        ...signing,
        ca,
        extensions: [
          { name: "basicConstraints", cA: false },
          { name: "extKeyUsage", serverAuth: true },
          {
            name: "subjectAltName",
            altNames: [
              { type: 2, value: "localhost" },
              { type: 7, ip: "127.0.0.1" },
            ],
          },
        ],
      });
      return { key: issued.private, certificate: issued.cert };
    },
    async client(user) {
      const issued = await generate([{ name: "commonName", value: user }], {
        ...signing,
        ca,
        extensions: [
          { name: "basicConstraints", cA: false },
          { name: "extKeyUsage", clientAuth: true },
        ],
      });
      return { key: issued.private, certificate: issued.cert };
    },
  };
}

let shared: Promise<Authority> | undefined;

/** One authority for all servers of a test file: a key takes longer to make than most tests run. */
export function sharedAuthority(): Promise<Authority> {
  shared ??= authority();
  return shared;
}
