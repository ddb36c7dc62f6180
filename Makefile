# Everything a developer or CI runs. Needs npm and, on anything but Linux x64, Node 24 or newer in PATH.
NODE := scripts/node24
BIN := node_modules
SEEDS ?= 20000
SHARE ?= 0.02

.PHONY: test gate check types lint unit house dist dist-check reference schema demo bench bench-lens bench-rehearsal bench-judge bench-judge-speed simulate coverage screenshots clean lab lab-build lab-test lab-demo pack release lint-workflows behaviour

# Between two edits: three minutes on two idle cores.
test: check

# What takes longer and every change has to pass before it is merged: the whole simulation, the judge over thousands
# of courses, all tests of the action, the pages in a browser.
gate: node_modules
	$(NODE) $(BIN)/vitest/vitest.mjs run --project gate

check: types lint unit dist-check

# A registry that lacks the packages of other platforms makes `npm ci` refuse a lock file that cannot name them; `npm install`
# then takes the same locked versions and checks the same hashes.
node_modules: package.json package-lock.json
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error 2>/dev/null \
	  || npm install --ignore-scripts --no-save --no-audit --no-fund --loglevel=error
	@touch node_modules

types: node_modules
	$(NODE) $(BIN)/typescript/bin/tsc -p .
	$(NODE) $(BIN)/typescript/bin/tsc -p src/reports/page/browser

lint: node_modules
	$(NODE) $(BIN)/@biomejs/biome/bin/biome ci $(if $(NO_COLOR),--colors=off) .

# actionlint and zizmor on every workflow: our own, the examples, and those in the pages. Needs Go and pip, for these two alone.
lint-workflows: node_modules
	$(NODE) scripts/lint-workflows.ts

# TESTS="test/action clock" runs only the files with one of these words in their paths, those of the gate too.
unit: node_modules
	$(NODE) $(BIN)/vitest/vitest.mjs run $(or $(TESTS),--project test)

# The rules of the house alone. HOUSE_WRITE=1 make house takes over lower numbers of places that break a rule.
house: node_modules
	$(NODE) $(BIN)/vitest/vitest.mjs run --project test test/house

coverage: node_modules
	$(NODE) $(BIN)/vitest/vitest.mjs run --coverage test/rollout test/judge

dist: node_modules
	$(NODE) scripts/build.ts

# Builds beside the committed bundle and compares to the byte.
dist-check: node_modules
	$(NODE) scripts/check-dist.ts
	$(NODE) scripts/reference.ts --check

# The command line as a package without dependencies, and the list of what it holds.
pack: node_modules
	$(NODE) scripts/pack.ts .cache/package

# What the release job publishes with a tag, once it has checked the tag: package, SBOM, sums and notes, in release/.
release: node_modules
	$(NODE) scripts/release.ts release

# The pages of the reference, from schema, action.yml, codes and provoked examples: plan, inputs, outcomes and errors in docs/
reference: node_modules
	$(NODE) scripts/reference.ts

schema: node_modules
	$(NODE) scripts/schema.ts

demo: node_modules
	@$(NODE) demo/run.ts

bench: node_modules
	$(NODE) bench/start.ts

# CPU of one turn on the largest routes: 100 rules of a VirtualService, 16 rules of 16 backends of an HTTPRoute.
bench-lens: node_modules
	$(NODE) bench/lens.ts

# A rehearsal of six hours beside bare Node, and how many rollouts a second the simulation goes through.
bench-rehearsal: node_modules
	$(NODE) bench/rehearsal.ts

# The views of a rollout in every state, from rehearsals, into docs/screenshots: WORDS="report drifted" makes only some.
screenshots: node_modules
	$(NODE) scripts/screenshots.ts $(WORDS)

# Days of rollouts in virtual time, with every fault; the change gate has 20,000 of them, a night a million.
simulate: node_modules
	SEEDS=$(SEEDS) $(NODE) scripts/simulate.ts

# Whether everything still behaves as committed. WRITE=1 commits to what it finds, SHOW=singles/3/12 prints one day.
behaviour: node_modules
	@$(NODE) scripts/behaviour.ts $(if $(WRITE),--write) $(if $(SHOW),--show "$(SHOW)")

# The judge and its peers over SHARE of the committed courses, resumable; then the table and the plot in bench/out/judge.
bench-judge: node_modules
	$(NODE) bench/judge/run.ts --share $(SHARE)
	$(NODE) bench/judge/report.ts

# What a verdict over six hours costs, and a long recording on the command line: beside a fixed loop in the same run.
bench-judge-speed: node_modules
	$(NODE) bench/judge/speed.ts

# A real API server, Istio, Envoy and Prometheus on this machine, in a network of their own: a shell in it.
lab: node_modules
	@$(NODE) lab/run.ts shell

# Only builds what the lab is made of: once, about 15 minutes.
lab-build: node_modules
	@$(NODE) lab/build.ts

# LAB_TESTS=kill runs only the files with this word in their names.
lab-test: node_modules
	@$(NODE) lab/run.ts test $(LAB_TESTS)

lab-demo: node_modules
	@$(NODE) lab/run.ts demo

clean:
	rm -rf node_modules coverage
