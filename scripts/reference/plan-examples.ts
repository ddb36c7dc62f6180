/**
 * For each key of the plan a fragment that uses it and every key within it; several where keys exclude each other. The generator
 * reads every fragment, completed by a route and a metric source where it has none, and refuses one that Sluice refuses.
 */
export const planExamples: Readonly<Record<string, readonly string[]>> = {
  route: ["route: shop/virtualservice/reviews", "route: [shop/virtualservice/web, edge/httproute/web]"],
  namespace: ["namespace: shop"],
  stable: ["stable: v1"],
  canary: ["canary: reviews-v2"],
  rule: ["rule: http/primary", "rule: [http/primary, http/1]"],
  phases: [
    "phases: 5@10m/20/pause/50/100",
    `phases:
  - weight: 5
    hold: 10m
    max-hold: 1h
  - pause
  - weight: 100`,
  ],
  hold: ["hold: 10m"],
  "max-hold": ["max-hold: 1h"],
  settle: ["settle: 30s"],
  "write-allowance": ["write-allowance: 20s"],
  prometheus: [
    "prometheus: https://prometheus.example.com",
    `prometheus:
  url: https://prometheus.example.com
  bearer: \${PROMETHEUS_TOKEN}
  headers:
    X-Scope-OrgID: \${PROMETHEUS_TENANT}
  hosts: [thanos.example.com]
  data-plane: istio
  reporter: source
  scrape-interval: 30s
  lag: 45s`,
    `prometheus:
  url: http://prometheus.example.com
  allow-http: true`,
    `prometheus:
  url: https://prometheus.example.com
  basic:
    username: sluice
    password: \${PROMETHEUS_PASSWORD}`,
  ],
  counts: [
    "counts: https://counts.example.com/shop",
    `counts:
  url: https://counts.example.com/shop
  bearer: \${COUNTS_TOKEN}
  headers:
    X-Team: \${COUNTS_TEAM}
  hosts: [counts.example.net]
  interval: 30s
  lag: 45s`,
    `counts:
  url: http://counts.example.com/shop
  allow-http: true`,
    `counts:
  url: https://counts.example.com/shop
  basic:
    username: sluice
    password: \${COUNTS_PASSWORD}`,
  ],
  compare: [
    "compare: off",
    `compare:
  errors:
    tolerance: {ratio: 1.2, points: 0.1}
    margin: 0.5%
  latency:
    slo: 500ms
    tolerance: {ratio: 1.1, points: 0.5}
    margin: {ratio: 1.5, points: 1}
  metrics:
    - name: orders
      total: orders_total{version="{{canary}}"}
      bad: orders_failed_total{version="{{canary}}"}
      gate: true
      tolerance: {ratio: 1.1, points: 0.05}
      margin: {ratio: 1.2, points: 0.5}
  false-rollback: 1%
  false-promotion: 5%
  look: 30s
  dispersion: 2
  weights: {errors: 0.5, latency: 0.3, metrics: 0.2}
  requests: 100
  restart-every: 10m
  split: {tolerance: 1.2, false-alarm: 0.1%}`,
    `compare:
  errors:
    margin: {ratio: 1.2, points: 0.5}`,
  ],
  checks: [
    `checks:
  - preset: success-rate
    name: availability
    min: 99%
  - preset: latency
    name: p95
    max: 500ms
    quantile: 0.95
  - name: checkout-conversion
    query: sum(rate(checkout_ok_total{version="{{canary}}"}[{{window}}])) / sum(rate(checkout_total{version="{{canary}}"}[{{window}}]))
    min: 0.95
    max: 1
    every: 2m
    count: sum(increase(checkout_total{version="{{canary}}"}[{{window}}]))
    requests: 50
    fail-after: {consecutive: 2, total: 4}
    silent-after: {consecutive: 3, total: 6}
    on-silent: rollback`,
    `checks:
  - preset: connections
    name: ended-well
    min: 99%`,
  ],
  "on-inconclusive": ["on-inconclusive: rollback"],
  "on-cancel": ["on-cancel: leave"],
  "start-weight": ["start-weight: 2"],
  others: ["others: fixed"],
  "create-destination": ["create-destination: true"],
  "follow-delegates": ["follow-delegates: true"],
  gitops: ["gitops: pause-flux"],
  "allow-fault": ["allow-fault: true"],
  force: ["force: [inconsistent-weights, multiple-virtualservices]"],
};
