import { spawn } from "node:child_process";
import { host, openHouse } from "./demo-shop.ts";

/** A shell inside the lab, with the shop open and traffic on it. When it ends, so does everything. */

const labFolder = process.env["LAB_FOLDER"] ?? "";
const { folder } = await openHouse(labFolder, process.env);

console.log(`
You are in the lab: a network and a process tree of its own. Leaving the shell ends everything.

  API server   https://127.0.0.1:6443      kubectl is set up; KUBECONFIG=$KUBECONFIG
  Envoy        http://127.0.0.1:8090       curl -H 'host: ${host}' 127.0.0.1:8090   admin on :15000
  Prometheus   http://127.0.0.1:9090       istio_requests_total, istio_request_duration_milliseconds_bucket
  istiod       http://127.0.0.1:15014      its own metrics
  the shop     namespace shop, v1 and v2, 60 requests a second on v1
  logs         ls $LAB_FOLDER/*.log

Try
  kubectl get vs,dr,pods
  sluice preflight --plan rollout.yml --revision one
  sluice run --plan rollout.yml --revision one
  sluice status --route shop/virtualservice/shop
  lab behave v1 errors=0.3        v2 is promoted now and v1 the next release: run --revision two, and see it taken back
  lab behave v1 delayMs=600       slow instead of broken: --revision three; without words it is sound again
  lab stop prometheus             start, stop, kill, hold, release any part; 'lab' says more
`);

const child = spawn("bash", ["--norc", "-i"], {
  cwd: folder,
  stdio: "inherit",
  env: { ...process.env, PS1: "lab \\w $ ", HISTFILE: "" },
});
process.on("SIGINT", () => {});
// Whatever the last command in it came to: somebody has left the lab, and that is no failure.
child.on("exit", () => process.exit(0));
