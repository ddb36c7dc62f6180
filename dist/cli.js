#!/usr/bin/env node
import{t as e}from"./prepare-run.js";import{t}from"./clock.js";import{x as n}from"./text-file-reader.js";import{n as r,t as i}from"./input-flags.js";import{resolve as a}from"node:path";import{execFileSync as o}from"node:child_process";import{randomBytes as s}from"node:crypto";const c=`sluice COMMAND [--route KIND/NAME] [--plan FILE] [flags]

Shifts live traffic to a new version in phases, compares both versions by their metrics, and promotes or rolls back.

Commands
  run         start or continue the rollout, and drive it to its end
  promote     approve the current phase and continue
  pause       stop at the current weight; metrics are not checked while paused
  resume      continue after a pause
  rollback    restore the original weights
  status      show the weights, the status and the reason; writes nothing
  preflight   check everything and try every patch as a dry run; writes nothing
  sweep       roll back abandoned rollouts
  judge       judge recorded counters by the plan; needs no cluster, no token and no network
  replay      compute the verdict of a run again from its result
  report      write one HTML page about the rollout; changes nothing in the cluster
  rehearse    play the plan against a scenario in virtual time; needs no cluster, no token and no network

Every input of the action is a flag of the same name:
  --route virtualservice/reviews   --namespace shop    --stable v1   --canary v2   --rule http/primary
  --route virtualservice/web,edge/httproute/web   several move together; the first holds the record
  --phases 5@10m/20/pause/50/100   --hold 5m           --max-hold 20m
  --until 20                       --turns 1           --rollout ID  --dry-run
  --create-destination             --follow-delegates  --gitops warn|pause-flux   --allow-fault   --force CODES
  --prometheus URL                 --on-inconclusive pause|rollback|promote   --on-cancel rollback|leave
  --kubeconfig FILE                --context NAME      --exec-allow aws
  --plan FILE                      the plan file, as --config
  --html FILE                      also write the whole rollout to one HTML page
  --json                           JSON lines on standard output: one per reconcile, the result as the last
  --help                           how to use the command, like 'sluice help COMMAND'
  --version                        the version, its commit and the Node that runs it

Examples
  sluice preflight --route virtualservice/reviews --namespace shop --phases 5/20/50/100
  sluice rehearse --plan .github/rollout.yml --scenario errors-at-20
  sluice run --plan .github/rollout.yml
  sluice status --route shop/virtualservice/reviews --watch
  sluice rollback --route shop/virtualservice/reviews

'sluice help COMMAND' says more. Exit codes: 0 done as asked, 1 not done, 2 refused before anything was written.`,l={run:`sluice run: starts the rollout, or continues the one on the route, and drives it to its end.

It ends with 0 if the rollout is promoted, if --until is reached, if --turns are used up, or at a pause of the schedule.
It ends with 1 if the rollout was rolled back, paused as inconclusive or superseded by a later one, or if something else
changed the weights. In a terminal it draws the state of the rollout; elsewhere it writes one line per reconcile. It
obeys NO_COLOR and TERM=dumb. Ctrl-C rolls back within seconds, or leaves the weights with --on-cancel leave.

  sluice run --route shop/virtualservice/reviews --phases 5@10m/20/50/100 --prometheus https://prometheus.example.com
  sluice run --plan rollout.yml --until 20
  sluice run --plan rollout.yml --dry-run`,promote:`sluice promote: approves the current phase, and continues.

It needs the rollout's plan. If the rollout is paused, it drives on; if another run drives it, it writes the approval and
ends.

  sluice promote --plan rollout.yml`,resume:`sluice resume: continues after a pause, and drives. It needs the rollout's plan.

  sluice resume --plan rollout.yml`,pause:`sluice pause: stops a rollout at its current weight. Metrics are not checked while it is paused.

  sluice pause --route shop/virtualservice/reviews`,rollback:`sluice rollback: restores the weights from before the rollout. It needs no plan.

  sluice rollback --route shop/virtualservice/reviews`,status:`sluice status: shows the weights, the status of the rollout, and why. It writes nothing, and ends with 0 if it can read
the route and the record.

  --watch   reads the route every 10 s and draws its state until the rollout is over or Ctrl-C; with the rollout's plan
            (--plan FILE) also both error rates, the evidence, and how long the phase lasts

  sluice status --route shop/virtualservice/reviews --json
  sluice status --route shop/virtualservice/reviews --watch --plan rollout.yml`,preflight:`sluice preflight: checks everything that can be known before the first request moves: rights, credentials, rules, subsets,
ready pods, metric queries, and a dry run of every patch, the rollback included. It writes nothing.

  sluice preflight --plan rollout.yml`,sweep:`sluice sweep: rolls back a rollout whose deadline has passed, whose run is gone, or whose stable version is ready again for
a rollback that is due. It never raises the canary.

  sluice sweep --route shop/virtualservice/reviews`,report:`sluice report: writes the whole rollout to one HTML page, whichever run drove it: the weights, the comparison in charts,
every decision. The page loads nothing from a network; you can keep it and send it as it is.

  --html FILE            where the page goes; by default sluice-report.html
  --plan FILE            the plan of the rollout: Sluice then asks the metric source for everything since the rollout
                         began. Without a plan the page tells what the record holds.

It ends with 0 if the page is written, else with 1.

  sluice report --route shop/virtualservice/reviews --html reviews.html
  sluice report --plan .github/rollout.yml`,judge:`sluice judge: compares canary and stable from recorded counters, one JSON line per interval.

  --plan FILE            the plan: only its schedule and \`compare\` matter
  --counts FILE          raw counters as JSON lines in order of time, or - for standard input

  {"t": 0, "phase": {"weight": 5}}          the plan's next phase begins; t in milliseconds
  {"t": 15000, "series": [{"arm": "canary", "target": "pod-1", "total": 812, "bad": 3, "le": {"250": 801, "+Inf": 812}}]}
                                            a scrape; each of total, bad and le is optional
  {"t": -3600000, "history": true, "series": [...]}
                                            before the start: how errors scatter, and which buckets exist

Each printed line is the verdict at the end of one interval, with counts over all intervals so far: pass, fail or inconclusive,
and as \`act\` what a run would do with it: wait, promote, pause or rollback. It reads to the end of the recording, and begins a
phase only where a line says so. At a malformed line it names the number of the line and ends with 2.

  sluice judge --plan rollout.yml --counts counters.jsonl`,replay:`sluice replay: computes the verdict of a run again from the numbers in its output \`result-json\`.

It compares verdict, culprit and numbers, not the words. It ends with 0 if they are those on record, with 1 if they differ, with 2
if the file holds no numbers.

  sluice replay result.json`,rehearse:`sluice rehearse: plays your plan against a scenario in virtual time, in about a second.

  --plan FILE            the plan; or its keys as flags, as for run
  --scenario NAME        good, errors-at-20, slow-leak, prometheus-down, no-traffic, runner-dies,
                         someone-edits-the-route, gitops-reverts; by default good
  --scenario "WORDS"     clauses between semicolons, as below
  --scenario FILE        the same in a file, one clause a line
  --all                  all built-in scenarios, as a table
  --route FILE ...       your own route and the objects around it; Sluice adds what is missing, and says so
  --html FILE            the page that a real rollout would leave, about this rehearsal
  --seed NUMBER          other random numbers; the same seed gives the same rehearsal; by default 1
  --json                 one object: outcome, weight, phase, reason, seconds, badRequests, timeline; with --all a list

Clauses
  traffic 50 rps until 10m, then 0 rps          canary errors 0.2% until phase 20, then 4%
  incident 10% from 10m for 8m                  canary latency 1.5x from 6m
  canary slow 2% by 1s                          bursts of 10
  no data from 6m for 3m                        prometheus answers html from 6m for 3m
  canary unready from 6m for 3m                 canary crashes from 6m for 3m
  canary restarts at 8m                         gateway restarts at 8m
  runner dies at 7m and returns after 2m        someone sets canary to 30% at 6m
  gitops reverts every 3m from 4m               weights ignored from 6m
  share 0% from phase 20                        canary metric queue_depth is 40 until phase 20, then 140
  route written every 1s                        record removed at 6m
  calls take 300ms                              pods 3 and 1
  scrape every 15s                              protocol grpc

It ends with 0 if the rehearsal ran, whatever the outcome of the rollout, and with 2 if plan, route or scenario cannot be
read.

  sluice rehearse --plan rollout.yml --all
  sluice rehearse --plan rollout.yml --scenario errors-at-20 --html rehearsal.html
  sluice rehearse --plan rollout.yml --route route.yml --scenario errors-at-20
  sluice rehearse --plan rollout.yml --scenario "traffic 3 rps; canary errors 1% from phase 50; someone pauses at 8m"`};Object.keys(l);const u=e=>e===void 0?c:l[e]??c;function d(e){let t=e.findIndex(e=>e===`--html`||e.startsWith(`--html=`));if(t<0)return{words:e,problems:[]};let n=e[t]?.includes(`=`)===!0,r=n?e[t]?.slice(7):e[t+1],i=[...e.slice(0,t),...e.slice(t+(n?1:2))];return r===void 0||r===``||r.startsWith(`--`)?{words:i,problems:[{code:`input`,message:`--html needs a value, as --html report.html.`,place:{input:`html`}}]}:{words:i,html:r,problems:[]}}function f(e){if(!(Number.parseInt(e,10)>=24))return`Sluice needs Node 24 or newer, and this is Node ${e}. Install Node 24 and run the command again.`}const{env:p}=process,m=new AbortController;for(let e of[`SIGINT`,`SIGTERM`,`SIGHUP`])process.on(e,()=>m.abort());const h=process.argv.slice(2);process.exitCode=await g(),process.exit();async function g(){let[t]=h,n=f(process.versions.node);if(n!==void 0)return console.error(n),2;if(t===`--version`){let{versionLine:e}=await import(`./version.js`);return console.log(e(import.meta.dirname,process.versions.node,b)),0}if(t===void 0||t===`help`||h.includes(`--help`)||h.includes(`-h`))return console.log(u(t===`help`?h[1]:t)),0;if(t===`rehearse`){process.on(`SIGINT`,()=>process.exit(130));let{rehearseCommand:e}=await import(`./rehearse-command.js`),t=process.cwd();return e(h.slice(1),{workspace:t,terminal:S(process.stdout),warn:console.error})}if(t===`judge`||t===`replay`)return y(t);let i=h.includes(`--json`),a=t===`status`&&h.includes(`--watch`),o=t===`report`,s=d(h.filter(e=>e!==`--json`&&!(a&&e===`--watch`))),c=o?[`status`,...s.words.slice(1)]:s.words,l=[...s.problems,...r(c)];if(l.length>0)return _(l,i);let p=x(a||o?v(c):c,i,s.html),m=await e(p),g=m.kind===`prepared`?[]:m.warnings;for(let e of g)console.error(`Warning: ${e}`);if(m.kind!==`prepared`)return _(m.problems,i);if(o){let{reportCommand:e}=await import(`./report-command.js`);return e(p,m.prepared,s.html,console.error)}let{executeCommand:C}=await import(`./execute-command2.js`),{outcome:w,progress:T}=await C(p,m.prepared,{...a?{command:`status`,watches:a}:{command:m.prepared.inputs.command}});if(i){let{resultOf:e}=await import(`./run-result.js`);console.log(JSON.stringify(e(T)))}return w.exitCode}async function _(e,t){return console.error(n(e,`cli`)),t&&console.log(JSON.stringify((await import(`./refusal-report.js`)).refusalResult(e))),2}function v(e){let t=t=>e.some(e=>t.test(e));return t(/^--(plan|config|phases)(=|$)/)?[`preflight`,...e.slice(1),...t(/^--revision(=|$)/)?[]:[`--revision=watched`]]:e}async function y(e){process.stdout.on(`error`,()=>process.exit(0));let t={workspace:process.cwd(),stdin:process.stdin,write:e=>new Promise(t=>process.stdout.write(e,()=>t())),warn:e=>console.error(e)};return e===`judge`?(await import(`./judge-command.js`)).judgeCommand(h.slice(1),t):(await import(`./replay-command.js`)).replayCommand(h.slice(1),t)}function b(e,t){try{return o(`git`,t,{cwd:e,encoding:`utf8`,stdio:[`ignore`,`pipe`,`ignore`]}).trim()}catch{return}}function x(e,n,r){let o=process.cwd(),c=n?process.stderr:process.stdout;return{given:i(e),env:p,workspace:o,home:p.HOME,circumstances:{run:{id:`cli-${s(4).toString(`hex`)}`,attempt:1},mergeGroup:!1,fork:!1,dependabot:!1,links:{},serverUrl:`https://github.com`,apiUrl:`https://api.github.com`},revision:b(o,[`rev-parse`,`HEAD`]),hostedRunner:!1,clock:t,random:Math.random,signal:m.signal,write:e=>void c.write(`${e}\n`),terminal:S(c),...r===void 0?{}:{page:{file:a(o,r)}},...n?{writeTurn:e=>void process.stdout.write(`${e}\n`)}:{},mask:()=>{}}}function S(e){let t=e.isTTY===!0&&p.TERM!==`dumb`,n=(e,t)=>n=>(e.on(t,n),()=>void e.off(t,n));return{write:t=>void e.write(t),isInteractive:t,hasColour:t&&(p.NO_COLOR??``)===``,get columns(){return e.columns??80},get rows(){return e.rows??24},onResize:n(e,`resize`),onExit:n(process,`exit`)}}export{};