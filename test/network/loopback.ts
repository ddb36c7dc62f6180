import http from "node:http";
import https from "node:https";
import net from "node:net";
import { generate } from "selfsigned";

export type Loopback = {
  readonly port: number;
  /** Connections that are open now. */
  readonly open: () => number;
  /** Connections that were ever accepted. */
  readonly accepted: () => number;
  readonly close: () => Promise<void>;
};

/** A server on 127.0.0.1 that counts its connections and can be torn down whatever state they are in. */
export async function listen(server: net.Server): Promise<Loopback> {
  const sockets = new Set<net.Socket>();
  let accepted = 0;
  server.on("connection", (socket: net.Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    open: () => sockets.size,
    accepted: () => accepted,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

export type Certificates = {
  readonly cert: string;
  readonly key: string;
  readonly clientCert: string;
  readonly clientKey: string;
};

const names = [
  { type: 7 as const, ip: "127.0.0.1" },
  { type: 2 as const, value: "localhost" },
  { type: 2 as const, value: "api.test" },
];

/** A server certificate that signs itself, and a client certificate that it has signed. */
export async function certificates(notAfterDate = new Date("2034-05-06T07:08:09Z")): Promise<Certificates> {
  const made = await generate([{ name: "commonName", value: "api.test" }], {
    keyType: "ec",
    algorithm: "sha256",
    notAfterDate,
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: names },
    ],
    clientCertificate: { cn: "ci", keyType: "ec", algorithm: "sha256", notAfterDate },
  });
  const { clientcert = "", clientprivate = "" } = made;
  return { cert: made.cert, key: made.private, clientCert: clientcert, clientKey: clientprivate };
}

export function secureServer(tls: Certificates, handle: http.RequestListener): https.Server {
  const options = { cert: tls.cert, key: tls.key, ca: tls.cert, requestCert: true, rejectUnauthorized: false };
  return https.createServer(options, handle);
}

export type Tunnel = Loopback & { readonly asked: string[]; readonly credentials: (string | undefined)[] };

/** A proxy that opens tunnels to where `answer` says, or refuses with the status that it gives. */
export async function tunnel(answer: (authority: string) => { port: number } | { status: number }): Promise<Tunnel> {
  const asked: string[] = [];
  const credentials: (string | undefined)[] = [];
  const server = http.createServer((_request, response) => response.writeHead(405).end());
  const upstreams = new Set<net.Socket>();
  server.on("connect", (request, socket) => {
    asked.push(request.url ?? "");
    credentials.push(request.headers["proxy-authorization"]);
    const target = answer(request.url ?? "");
    if ("status" in target) {
      socket.end(`HTTP/1.1 ${target.status} No\r\n\r\n`);
      return;
    }
    const upstream = net.connect(target.port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connected\r\n\r\n");
      upstream.pipe(socket);
      socket.pipe(upstream);
    });
    upstreams.add(upstream);
    upstream.on("error", () => socket.destroy());
    socket.on("error", () => upstream.destroy());
    socket.once("close", () => upstream.destroy());
  });
  const loopback = await listen(server);
  const close = async () => {
    for (const upstream of upstreams) upstream.destroy();
    await loopback.close();
  };
  return { ...loopback, asked, credentials, close };
}
