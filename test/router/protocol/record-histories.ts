import type { DriverEvent, Step, SteppedCommand, Vector } from '../../../scripts/conformance/messages.ts';
import { SteppedDriver } from '../../../scripts/conformance/stepped-driver.ts';
import type { RouteRequest, SentCall, State } from '../history.ts';
import { violations } from '../history.ts';
import { statesDuring } from '../play.ts';
import { BEGIN, fenced, open, type UntimedCommand, type Wire } from './scenario.ts';

/*
 * Records vectors: random calls during random cutovers, with a clock that is wrong or stands still. The recorded events are
 * those of Tierferry's own router, after the history was checked for violations of the protocol.
 */

const HISTORIES = 40;
const CALLS = 8;
const RULES = ['L1', 'L3', 'L4', 'L5', 'L6', 'F1', 'F2', 'F3'];
const OPTIONS = { maxWriteWaitMs: 2_000 };

/** Returns a source of numbers from 0 to 1 that depends on the seed only. */
const randomOf = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};

type WrongClock = 'suspended' | 'wallClockSet';

/** One process during a history. It makes one call after the other. */
class RecordedProcess {
  readonly #driver = new SteppedDriver();
  readonly #random: () => number;
  readonly #wrong: WrongClock;
  readonly #states: readonly State[];
  readonly #asked: RouteRequest[] = [];
  readonly #sent: SentCall[] = [];
  readonly #acknowledged: SentCall[] = [];
  readonly #steps: Step[] = [];
  /** Time outside of the machine since the beginning, in ms. */
  #real = 0;
  #monotonic = BEGIN.monotonic;
  #wall = BEGIN.wall;

  constructor(seed: number) {
    this.#random = randomOf(seed);
    this.#wrong = seed % 2 === 0 ? 'suspended' : 'wallClockSet';
    this.#states = statesDuring(
      Array.from({ length: 1 + this.#below(3) }, () => ({
        openMs: this.#below(800),
        leaseMs: 200 + this.#below(800),
        shortMs: 100 + this.#below(300),
        slackMs: this.#below(30),
        fencedMs: this.#below(300),
        flips: this.#random() < 0.7,
      })),
    );
  }

  async record(): Promise<readonly Step[]> {
    await this.#send({ do: 'begin', options: OPTIONS });
    for (let call = 1; call <= CALLS; call++) {
      this.#spend(400);
      await this.#call(call, this.#random() < 0.5 ? 'read' : 'write');
    }
    const found = violations({
      states: this.#states,
      asked: this.#asked,
      sent: this.#sent,
      acknowledged: this.#acknowledged,
    });
    if (found.length > 0) throw new Error(`the router breaks the protocol: ${found.join('; ')}`);
    return this.#steps;
  }

  async #call(call: number, kind: 'read' | 'write'): Promise<void> {
    const calledAt = this.#real;
    let events = await this.#send({ do: 'call', call, operation: kind, tenant: 'abc' });
    for (;;) {
      const [event] = events;
      if (event?.event === 'ask') events = await this.#answer(Number(event.request));
      else if (event?.event === 'start') {
        const about = { kind, calledAt, table: String(event.table) };
        events = await this.#operate(call, (sentAt) => ({ ...about, sentAt }));
      } else if (event?.event === 'done' || event?.event === 'failed') return;
      else {
        // a write waits for its next poll
        this.#pass(50);
        events = await this.#send({ do: 'pass' });
      }
    }
  }

  async #answer(request: number): Promise<readonly DriverEvent[]> {
    const sentAt = this.#real;
    this.#pass(this.#below(60));
    this.#asked.push({ sentAt, readAt: this.#real });
    const item = this.#route();
    this.#spend(60);
    if (this.#random() < 0.1) return this.#send({ do: 'fail', request, error: 'InternalServerError' });
    return this.#send({ do: 'answer', request, item });
  }

  async #operate(call: number, sent: (at: number) => SentCall): Promise<readonly DriverEvent[]> {
    this.#sent.push(sent(this.#real));
    for (let checks = this.#below(3); checks > 0; checks--) {
      this.#spend(150);
      const [event] = await this.#send({ do: 'check', call });
      if (event?.maySend === true) this.#sent.push(sent(this.#real));
    }
    this.#spend(150);
    if (this.#random() < 0.1)
      return this.#send({ do: 'end', call, error: 'ConditionalCheckFailedException' });
    const events = await this.#send({ do: 'end', call, result: 'ok' });
    if (events[0]?.event === 'done') this.#acknowledged.push(sent(this.#real));
    return events;
  }

  async #send(given: UntimedCommand): Promise<readonly DriverEvent[]> {
    const { do: action, ...fields } = given;
    const command = { do: action, monotonic: this.#monotonic, wall: this.#wall, ...fields } as SteppedCommand;
    const { events } = await this.#driver.exchange(command);
    this.#steps.push({ command, expect: events.map(({ message: _, ...event }) => event) });
    return events;
  }

  /** Returns the record of the route at this moment. */
  #route(): Wire {
    const state = this.#states.findLast(({ from }) => from <= this.#real);
    if (!state) throw new Error('a history begins with a state');
    const { table, leaseMs } = state;
    return state.writes === 'open' ? open({ table, leaseMs }) : fenced({ table, leaseMs });
  }

  /** Lets some time pass, during which a clock may go wrong. */
  #spend(mostMs: number): void {
    this.#pass(this.#below(mostMs));
    if (this.#random() >= 0.15) return;
    if (this.#wrong === 'wallClockSet') {
      this.#wall += this.#below(2_000) - 1_000;
      return;
    }
    const ms = this.#below(mostMs);
    this.#real += ms;
    this.#wall += ms;
  }

  #pass(ms: number): void {
    this.#real += ms;
    this.#monotonic += ms;
    this.#wall += ms;
  }

  #below(most: number): number {
    return Math.floor(this.#random() * most);
  }
}

/** Records the vectors of `histories.json`: the same ones each time. */
export const recordHistories = async (): Promise<readonly Vector[]> => {
  const vectors: Vector[] = [];
  for (let seed = 1; seed <= HISTORIES; seed++)
    vectors.push({
      name: `history ${seed}: ${CALLS} calls during cutovers`,
      rules: RULES,
      steps: [...(await new RecordedProcess(seed).record())],
    });
  return vectors;
};
