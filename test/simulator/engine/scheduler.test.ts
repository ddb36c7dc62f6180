import { describe, expect, it } from "vitest";
import type { Clock } from "../../../src/base/clock.ts";
import { createScheduler } from "../../../src/simulator/engine/scheduler.ts";
import { stream } from "../../../src/simulator/engine/seeded-random.ts";

const hour = 3_600_000;

describe("virtual time", () => {
  it("goes from one planned thing to the next, and through everything in order", async () => {
    const scheduler = createScheduler();
    const seen: string[] = [];
    scheduler.at(2 * hour, () => seen.push(`person ${scheduler.now()}`));
    scheduler.actor("run", async (clock) => {
      for (const wait of [hour, 2 * hour, 0]) {
        await clock.sleep(wait);
        seen.push(`run ${clock.now()}`);
      }
    });
    await scheduler.run();
    expect(seen).toEqual([`run ${hour}`, `person ${2 * hour}`, `run ${3 * hour}`, `run ${3 * hour}`]);
  });

  it("lets everything that can go on go on before time does", async () => {
    const scheduler = createScheduler();
    const seen: number[] = [];
    scheduler.actor("run", async (clock) => {
      for (let round = 0; round < 200; round += 1) await Promise.resolve();
      seen.push(clock.now());
      await clock.sleep(10);
      seen.push(clock.now());
    });
    scheduler.at(5, () => seen.push(5));
    await scheduler.run();
    expect(seen).toEqual([0, 5, 10]);
  });

  it("waits for what is really on its way", async () => {
    let rounds = 2_000;
    const isBusy = () => {
      rounds -= 1;
      return rounds > 0;
    };
    const scheduler = createScheduler({ isBusy });
    const seen: string[] = [];
    scheduler.at(5, () => seen.push(`${scheduler.now()} ${rounds <= 0}`));
    await scheduler.run();
    expect(seen).toEqual(["5 true"]);
  });

  it("stops where it was told to, and goes on from there", async () => {
    const scheduler = createScheduler();
    const actor = scheduler.actor("run", (clock) => clock.sleep(100));
    await scheduler.run(60);
    expect([scheduler.now(), actor.state]).toEqual([60, "alive"]);
    await scheduler.run();
    expect([scheduler.now(), actor.state]).toEqual([100, "ended"]);
  });

  it("orders one millisecond by the tie-break, equally for equal seeds", async () => {
    const order = async (seed: number) => {
      const random = stream(seed, "schedule");
      const scheduler = createScheduler({ tieBreak: random.word });
      const seen: number[] = [];
      for (let name = 0; name < 20; name += 1) scheduler.at(1, () => seen.push(name));
      await scheduler.run();
      return seen.join();
    };
    expect(await order(1)).toBe(await order(1));
    expect(await order(1)).not.toBe(await order(2));
  });

  it("wakes a sleeper when its signal is aborted, and never rejects", async () => {
    const scheduler = createScheduler();
    const abort = new AbortController();
    const actor = scheduler.actor("run", async (clock) => {
      await clock.sleep(hour, abort.signal);
      const woken = clock.now();
      await clock.sleep(hour, abort.signal);
      return [woken, clock.now()];
    });
    scheduler.at(1_500, () => abort.abort());
    await scheduler.run();
    expect(actor.result).toEqual([1_500, 1_500]);
  });

  it("calls off what was planned", async () => {
    const scheduler = createScheduler();
    const seen: string[] = [];
    const callOff = scheduler.at(10, () => seen.push("never"));
    scheduler.at(5, callOff);
    await scheduler.run();
    expect(seen).toEqual([]);
  });

  it("tells the world's watchers after every event, when all is at rest", async () => {
    const seen: [number, string][] = [];
    let stage = "asleep";
    const scheduler = createScheduler({ onEvent: (now) => seen.push([now, stage]) });
    scheduler.actor("run", async (clock) => {
      await clock.sleep(7);
      await Promise.resolve();
      stage = "awake";
    });
    await scheduler.run();
    expect(seen).toEqual([
      [0, "asleep"],
      [7, "awake"],
    ]);
  });
});

describe("an actor's own clock", () => {
  it("may be off and run at another rate, while true time goes on", async () => {
    const scheduler = createScheduler();
    const actor = scheduler.actor(
      "run",
      async (clock) => {
        const start = clock.now();
        await clock.sleep(1_010);
        return [start, clock.now() - start];
      },
      { rate: 1.01, offsetMs: 600_000 },
    );
    await scheduler.run();
    expect(scheduler.now()).toBeCloseTo(1_000, 6);
    expect(actor.result).toEqual([600_000, expect.closeTo(1_010, 6)]);
  });
});

describe("the fate of an actor", () => {
  it("dies at any moment; what it waited for never comes, and a later call of it is a violation", async () => {
    const scheduler = createScheduler();
    const seen: string[] = [];
    let kept: Clock | undefined;
    const actor = scheduler.actor("run 1", async (clock) => {
      kept = clock;
      await clock.sleep(10);
      seen.push("lived on");
    });
    scheduler.at(5, () => actor.kill());
    scheduler.at(20, () => void kept?.sleep(1).then(() => seen.push("spoke")));
    await scheduler.run();
    expect([actor.state, seen]).toEqual(["dead", []]);
    expect(scheduler.violations).toEqual(["run 1 called at 20 ms, after its death"]);
  });

  it("stays dead when a signal comes", async () => {
    const scheduler = createScheduler();
    const abort = new AbortController();
    let livedOn = false;
    const actor = scheduler.actor("run", async (clock) => {
      await clock.sleep(10, abort.signal);
      livedOn = true;
    });
    scheduler.at(5, () => actor.kill());
    scheduler.at(6, () => abort.abort());
    await scheduler.run();
    expect([actor.state, livedOn]).toEqual(["dead", false]);
  });

  it("sleeps through a freeze and wakes with the time gone by", async () => {
    const scheduler = createScheduler();
    const actor = scheduler.actor("run", async (clock) => {
      await clock.sleep(10);
      return clock.now();
    });
    scheduler.at(5, () => actor.freeze(600_000));
    await scheduler.run();
    expect(actor.result).toBe(600_000);
  });

  it("keeps what an actor threw", async () => {
    const scheduler = createScheduler();
    const actor = scheduler.actor("run", async () => {
      throw new Error("an impossible state");
    });
    await scheduler.run();
    expect([actor.state, String(actor.error)]).toEqual(["failed", "Error: an impossible state"]);
  });
});

describe("what must never be", () => {
  it("fails loudly when an actor waits for something that is not planned here", async () => {
    const scheduler = createScheduler();
    scheduler.actor("run 1", () => new Promise(() => {}));
    await expect(scheduler.run()).rejects.toThrow(/^run 1: still not waiting for the scheduler after 1000 rounds/);
  });

  it("fails loudly when somebody goes round without time going by", async () => {
    const scheduler = createScheduler();
    const again = () => scheduler.at(0, again);
    again();
    await expect(scheduler.run()).rejects.toThrow("somebody goes round without waiting");
  });
});
