import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { authority } from "../../test/servers/tls.ts";
import { kubeconfig } from "./parts.ts";

/** Keys, certificates and users of one lab. They are worth nothing outside of it, and end with it. */
export async function writePapers(folder: string): Promise<{ webhookAuthority: string }> {
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 });
  const signing = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  put("sa.key", signing.privateKey);
  put("sa.pub", signing.publicKey);
  const clients = await authority("lab clients");
  put("clients.crt", clients.certificate);
  put("clients.key", clients.key);
  const webhooks = await authority("lab webhooks");
  const istiod = await webhooks.server();
  put("istiod-ca.crt", webhooks.certificate);
  put("istiod.crt", istiod.certificate);
  put("istiod.key", istiod.key);
  // RBAC is on: the second user starts without any right.
  put("tokens.csv", "labtoken,admin,1,system:masters\nweaktoken,weak,2,\n");
  put("kubeconfig", kubeconfig(folder));
  return { webhookAuthority: webhooks.certificate };
}
