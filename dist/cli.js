#!/usr/bin/env node
import{t as e}from"./prepare-run.js";import{b as t}from"./text-file-reader.js";import{t as n}from"./clock.js";import"./inputs.js";import{n as r,t as i}from"./input-flags.js";import{resolve as a}from"node:path";import{execFileSync as o}from"node:child_process";import{randomBytes as s}from"node:crypto";const c=`sluice COMMAND [--route KIND/NAME] [--plan FILE] [flags]

Shifts a share of live traffic to a new version, watches the metrics, and goes on, waits or takes the traffic back.

Commands
  run         start the rollout, or go on with it, and drive it to its end
  promote     end the present phase's wait with a yes
  pause       stop where the rollout stands; nobody is watching then
  resume      go on after a pause
  rollback    take the traffic back to the version that had it
  status      say what serves how much; writes nothing
  preflight   check everything and try every patch as a dry run; writes nothing
  sweep       take back what nobody drives any more
  judge       judge a recording of counters by the plan; needs no cluster, no token and no network
  replay      make the verdict of a run again from its result
  report      write one HTML page about a rollout, whoever drove it; writes nothing else
  rehearse    play the plan against a scenario in virtual time; needs no cluster, no token and no network

Every input of the action is a flag of the same name:
  --route virtualservice/reviews   --namespace shop    --stable v1   --canary v2   --rule http/primary
  --route virtualservice/web,edge/httproute/web   several move together, and the first holds the record
  --phases 5@10m/20/pause/50/100   --hold 5m           --max-hold 20m
  --until 20                       --turns 1           --rollout ID  --dry-run
  --create-destination             --follow-delegates  --gitops warn|pause-flux   --allow-fault   --force CODES
  --prometheus URL                 --on-inconclusive pause|rollback|promote   --on-cancel rollback|leave
  --kubeconfig FILE                --context NAME      --exec-allow aws
  --plan FILE                      the plan file, as --config
  --html FILE                      also write the whole rollout on one HTML page
  --json                           JSON lines on standard output: one a turn, and the result as the last
  --version                        the version, its commit and the Node that runs it

Examples
  sluice preflight --route virtualservice/reviews --namespace shop --phases 5/20/50/100
  sluice rehearse --plan .github/rollout.yml --scenario errors-at-20
  sluice run --plan .github/rollout.yml
  sluice status --route shop/virtualservice/reviews --watch
  sluice rollback --route shop/virtualservice/reviews

'sluice help COMMAND' says more. Exit codes: 0 what was asked for came true, 1 it did not, 2 refused before anything was written.`,l={run:`sluice run: starts the rollout, or goes on with the one on the route, turn by turn.

It ends with 0 when the rollout is promoted, when --until is reached, when --turns are used up or at a pause of the
schedule; with 1 when it was taken back, paused for lack of evidence, superseded by a newer rollout, or when somebody
else moved the weights. In a terminal it draws how the rollout stands; where the output is none, a line a turn.
NO_COLOR and TERM=dumb are obeyed. Ctrl-C takes the traffic back within seconds, or leaves it with --on-cancel leave.

  sluice run --route shop/virtualservice/reviews --phases 5@10m/20/50/100 --prometheus https://prometheus.example.com
  sluice run --plan rollout.yml --until 20
  sluice run --plan rollout.yml --dry-run`,promote:`sluice promote: a person's yes to the present phase.

It needs the rollout's plan. On a paused rollout it goes on driving; on one that another run drives it writes and ends.

  sluice promote --plan rollout.yml`,resume:`sluice resume: goes on after a pause, and drives. It needs the rollout's plan.

  sluice resume --plan rollout.yml`,pause:`sluice pause: stops a rollout where it stands. The weights stay, and nobody is watching them.

  sluice pause --route shop/virtualservice/reviews`,rollback:`sluice rollback: takes the traffic back to the weights from before the rollout. It needs no plan.

  sluice rollback --route shop/virtualservice/reviews`,status:`sluice status: says what serves how much, and why. It writes nothing and always ends with 0 if it can read the route.

  --watch   looks again every 10 s and draws what it sees, until the rollout is over or Ctrl-C; with the rollout's plan
            (--plan FILE) also both error rates, the evidence, and how long the phase lasts

  sluice status --route shop/virtualservice/reviews --json
  sluice status --route shop/virtualservice/reviews --watch --plan rollout.yml`,preflight:`sluice preflight: everything that can be known before the first request is moved: rights, credentials, rules, subsets,
ready pods, metric queries, and a dry run of every patch and of the way back. It writes nothing.

  sluice preflight --plan rollout.yml`,sweep:`sluice sweep: takes back a rollout whose deadline has passed, or whose stable version has come back. It raises nothing.

  sluice sweep --route shop/virtualservice/reviews`,report:`sluice report: the whole rollout on one HTML page, whoever drove it: what serves how much, the comparison in charts, every
decision. The page asks nothing of any network; it can be kept and sent as it is.

  --html FILE            where it goes; without it: sluice-report.html
  --plan FILE            the plan that the rollout was started with: then the metric source is asked once more for everything
                         since its beginning. Without a plan the record alone is told.

It ends with 0 when the page is written, with 1 when it is not.

  sluice report --route shop/virtualservice/reviews --html reviews.html
  sluice report --plan .github/rollout.yml`,judge:`sluice judge: canary against stable from a recording of counters, one JSON line a look.

  --plan FILE            the plan: its schedule and its \`compare\`; the rest of it plays no part
  --counts FILE          raw counters as JSON lines in order of time, or - for standard input

  {"t": 0, "phase": {"weight": 5}}          the plan's next phase is entered; t in milliseconds
  {"t": 15000, "series": [{"arm": "canary", "target": "pod-1", "total": 812, "bad": 3, "le": {"250": 801, "+Inf": 812}}]}
                                            a scrape; total, bad and le may be left out each
  {"t": -3600000, "history": true, "series": [...]}
                                            before the start: how errors scatter, and which buckets there are

Each line that it prints is the verdict at the end of one look, with counts over all looks so far: rollback, promote,
continue or not-enough-traffic. It never stops by itself and enters no phase. A malformed line is named by its number and
ends it with 2.

  sluice judge --plan rollout.yml --counts counters.jsonl`,replay:`sluice replay: makes the verdict of a run again from the numbers in its output \`result-json\`.

It ends with 0 if the verdict is the one on record, with 1 if it is another, with 2 if there are no numbers in the file.

  sluice replay result.json`,rehearse:`sluice rehearse: what your plan would do if something happened, in virtual time, in about a second.

  --plan FILE            the plan; or its words as flags, as for run
  --scenario NAME        good, errors-at-20, slow-leak, prometheus-down, no-traffic, runner-dies,
                         someone-edits-the-route, gitops-reverts; without it: good
  --scenario "WORDS"     clauses between semicolons, as below
  --scenario FILE        the same in a file, one clause a line
  --all                  all ready scenarios, as a table
  --route FILE ...       your own route, with what stands around it; what is missing is made up, and said
  --html FILE            the page that a real rollout would leave, about this rehearsal
  --seed NUMBER          other chance, the same every time; without it: 1
  --json                 one object: outcome, weight, phase, reason, seconds, badRequests, timeline; with --all a list of them

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

It always ends with 0 when the rehearsal could be carried out, whatever became of the rollout, and with 2 when plan, route
or scenario cannot be read.

  sluice rehearse --plan rollout.yml --all
  sluice rehearse --plan rollout.yml --scenario errors-at-20 --html rehearsal.html
  sluice rehearse --plan rollout.yml --route route.yml --scenario errors-at-20
  sluice rehearse --plan rollout.yml --scenario "traffic 3 rps; canary errors 1% from phase 50; someone pauses at 8m"`},u=e=>e===void 0?c:l[e]??c;function d(e){let t=e.findIndex(e=>e===`--html`||e.startsWith(`--html=`));if(t<0)return{words:e,problems:[]};let n=e[t]?.includes(`=`)===!0,r=n?e[t]?.slice(7):e[t+1],i=[...e.slice(0,t),...e.slice(t+(n?1:2))];return r===void 0||r===``||r.startsWith(`--`)?{words:i,problems:[{code:`input`,message:`--html needs a value, as --html report.html.`,place:{input:`html`}}]}:{words:i,html:r,problems:[]}}const{env:f}=process,p=new AbortController;for(let e of[`SIGINT`,`SIGTERM`,`SIGHUP`])process.on(e,()=>p.abort());const m=process.argv.slice(2);process.exitCode=await h(),process.exit();async function h(){let[t]=m;if(t===`--version`){let{versionLine:e}=await import(`./version.js`);return console.log(e(import.meta.dirname,process.versions.node,y)),0}if(t===void 0||t===`help`||m.includes(`--help`)||m.includes(`-h`))return console.log(u(t===`help`?m[1]:t)),0;if(t===`rehearse`){process.on(`SIGINT`,()=>process.exit(130));let{rehearseCommand:e}=await import(`./rehearse-command.js`),t=process.cwd();return e(m.slice(1),{workspace:t,terminal:x(process.stdout),warn:console.error})}if(t===`judge`||t===`replay`)return v(t);let n=m.includes(`--json`),i=t===`status`&&m.includes(`--watch`),a=t===`report`,o=d(m.filter(e=>e!==`--json`&&!(i&&e===`--watch`))),s=a?[`status`,...o.words.slice(1)]:o.words,c=[...o.problems,...r(s)];if(c.length>0)return g(c,n);let l=b(i||a?_(s):s,n,o.html),f=await e(l),p=f.kind===`prepared`?[]:f.warnings;for(let e of p)console.error(`Warning: ${e}`);if(f.kind!==`prepared`)return g(f.problems,n);if(a){let{reportCommand:e}=await import(`./report-command.js`);return e(l,f.prepared,o.html,console.error)}let{executeCommand:h}=await import(`./execute-command2.js`),{outcome:S,progress:C}=await h(l,f.prepared,{...i?{command:`status`,watches:i}:{command:f.prepared.inputs.command}});if(n){let{resultOf:e}=await import(`./run-result.js`);console.log(JSON.stringify(e(C)))}return S.exitCode}async function g(e,n){return console.error(t(e,`cli`)),n&&console.log(JSON.stringify((await import(`./refusal-report.js`)).refusalResult(e))),2}function _(e){let t=t=>e.some(e=>t.test(e));return t(/^--(plan|config|phases)(=|$)/)?[`preflight`,...e.slice(1),...t(/^--revision(=|$)/)?[]:[`--revision=watched`]]:e}async function v(e){process.stdout.on(`error`,()=>process.exit(0));let t={workspace:process.cwd(),stdin:process.stdin,write:e=>new Promise(t=>process.stdout.write(e,()=>t())),warn:e=>console.error(e)};return e===`judge`?(await import(`./judge-command.js`)).judgeCommand(m.slice(1),t):(await import(`./replay-command.js`)).replayCommand(m.slice(1),t)}function y(e,t){try{return o(`git`,t,{cwd:e,encoding:`utf8`,stdio:[`ignore`,`pipe`,`ignore`]}).trim()}catch{return}}function b(e,t,r){let o=process.cwd(),c=t?process.stderr:process.stdout;return{given:i(e),env:f,workspace:o,home:f.HOME,circumstances:{run:{id:`cli-${s(4).toString(`hex`)}`,attempt:1},mergeGroup:!1,fork:!1,dependabot:!1,links:{},serverUrl:`https://github.com`,apiUrl:`https://api.github.com`},revision:y(o,[`rev-parse`,`HEAD`]),hostedRunner:!1,clock:n,random:Math.random,signal:p.signal,write:e=>void c.write(`${e}\n`),terminal:x(c),...r===void 0?{}:{page:{file:a(o,r)}},...t?{writeTurn:e=>void process.stdout.write(`${e}\n`)}:{},mask:()=>{}}}function x(e){let t=e.isTTY===!0&&f.TERM!==`dumb`,n=(e,t)=>n=>(e.on(t,n),()=>void e.off(t,n));return{write:t=>void e.write(t),isInteractive:t,hasColour:t&&(f.NO_COLOR??``)===``,get columns(){return e.columns??80},get rows(){return e.rows??24},onResize:n(e,`resize`),onExit:n(process,`exit`)}}export{};