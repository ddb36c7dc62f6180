type ReadyScenario = { readonly text: string; readonly shows: string };

/** Scenarios by name. Each is written in the language that users write. */
export const scenarios = {
  good: {
    text: "traffic 50 rps; errors 0.2%; latency 40ms",
    shows: "a canary that is as good as stable: the schedule runs to its end",
  },
  "errors-at-20": {
    text: "traffic 50 rps; errors 0.2%; canary errors 0.2% until phase 20, then 4%",
    shows: "a canary that fails only under load: the fault appears with the phase of 20 %",
  },
  "slow-leak": {
    text: "traffic 50 rps; errors 0.1%; canary errors 0.1% rising to 5% over 30m; canary latency 1x rising to 4x over 30m",
    shows: "a canary that gets worse and worse: nothing to see in the first minutes, much after half an hour",
  },
  "prometheus-down": {
    text: "traffic 50 rps; errors 0.2%; prometheus down from 7m",
    shows: "metrics that stop in the middle of a rollout and stay away: no data never passes",
  },
  "no-traffic": {
    text: "traffic 0 rps",
    shows: "a service that nobody calls: there is nothing to judge, and nothing is promoted for it",
  },
  "runner-dies": {
    text: "traffic 50 rps; errors 0.2%; runner dies at 7m and returns after 2m",
    shows: "a runner that is lost without a word: the next run goes on from the record on the route",
  },
  "someone-edits-the-route": {
    text: "traffic 50 rps; errors 0.2%; someone sets canary to 30% at 7m",
    shows: "a person who moves the weights by hand: the rollout stops and does not fight",
  },
  "gitops-reverts": {
    text: "traffic 50 rps; errors 0.2%; gitops reverts every 3m from 4m",
    shows: "a GitOps tool that puts the weights of its repository back",
  },
} as const satisfies Record<string, ReadyScenario>;
