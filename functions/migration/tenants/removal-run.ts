import {
  ClaimRanOut,
  NotSafe,
  TableInUse,
  TableLimitExceeded,
  Throttled,
  type TierferryError,
  Unavailable,
} from '../errors.ts';
import { type EpochMs, epochMs } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Tenant } from '../registry/tenant.ts';
import type { Removal } from '../registry/tenant-removal.ts';

/** The step in which a removal is. */
export type RemovalStep =
  | 'waitingForLeases'
  | 'backingUp'
  | 'deletingItems'
  | 'deletingTable'
  | 'waitingForLateCalls';

/** Called with the step in which a removal is, and the number of items deleted so far, by all runs. */
export type ReportRemoval = (step: RemovalStep, itemsDeleted: number) => void;

/** Time between two polls of a table or a backup, in ms. */
const POLL_MS = 1_000;
/** Time after which a run no longer waits for a table or a backup, in ms. A later run continues. */
const MAX_WAIT_MS = 60 * 60_000;
/** Share of the claim after which it is renewed. */
const RENEWED_AT = 0.5;

const TRANSIENT: readonly (abstract new (...given: never[]) => TierferryError)[] = [
  TableInUse,
  TableLimitExceeded,
  Throttled,
];

/** Options of a run. */
interface RunOptions {
  /** True if an earlier run has begun to delete. */
  readonly isContinued: boolean;
  readonly report: ReportRemoval;
  /** Stops the run between two steps, or two pages of items. */
  readonly signal: AbortSignal | undefined;
}

/**
 * One run of a removal. It may delete for `claimMs` after it last saved the removal under its own id. A later run replaces the
 * id, so an earlier one stops within that time, and its last calls take effect within `lateCallMs` after that.
 */
export class RemovalRun {
  readonly ports: Ports;
  readonly tenant: Tenant;
  readonly #report: ReportRemoval;
  readonly #isContinued: boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #startedAt: EpochMs;
  #removal: Removal;
  #savedAt: { readonly now: EpochMs; readonly monotonic: number };
  #lateCallsFrom: EpochMs | undefined;

  constructor(ports: Ports, tenant: Tenant, removal: Removal, { isContinued, report, signal }: RunOptions) {
    this.ports = ports;
    this.tenant = tenant;
    this.#removal = removal;
    this.#report = report;
    this.#isContinued = isContinued;
    this.#signal = signal;
    this.#startedAt = ports.clock.now();
    this.#savedAt = this.#time();
  }

  /** The removal as this run saved it last. */
  get removal(): Removal {
    return this.#removal;
  }

  /** Reports the step. @throws the reason of the signal if the run is to stop */
  report(step: RemovalStep): void {
    this.#signal?.throwIfAborted();
    this.#report(step, this.#removal.itemsDeleted ?? 0);
  }

  sleep(ms: number): Promise<void> {
    return this.ports.clock.sleep(ms, this.#signal);
  }

  /**
   * Waits until no router may use the deleted route any more, and calls that were in flight then have ended. Measured from after
   * the route was deleted.
   */
  async waitForLeases(): Promise<void> {
    this.report('waitingForLeases');
    await this.sleep(this.#removal.leaseMs + this.ports.settings.leaseGraceMs);
  }

  /** Saves a later state, which renews the claim. @throws Conflict if another run has continued the removal */
  async save(change: Pick<Removal, 'backup' | 'itemsDeleted'> = {}, drops = false): Promise<void> {
    const at = this.#time();
    const removal = { ...this.#removal, ...change };
    await this.ports.registry.saveRemoval(this.tenant, removal, drops);
    this.#removal = removal;
    this.#savedAt = at;
  }

  /** Renews the claim if that is due. @throws Conflict as `save` does */
  async keepAlive(): Promise<void> {
    if (this.#claimAge() > this.ports.settings.claimMs * RENEWED_AT) await this.save();
  }

  /** @throws ClaimRanOut if the claim was not renewed in time: another run may have continued. */
  check(): void {
    if (this.#claimAge() < this.ports.settings.claimMs) return;
    throw new ClaimRanOut(
      `the removal of tenant ${this.tenant.tenantId} was not saved for too long. Nothing more was deleted. Continue it`,
      this.#details(),
    );
  }

  /** Notes that a call that was given up at this time may still take effect. */
  noteUnanswered(at: EpochMs | undefined): void {
    if (at !== undefined) this.#lateCallsFrom = epochMs(Math.max(at, this.#lateCallsFrom ?? 0));
  }

  /**
   * Waits until no delete can arrive late. A late delete would hit the tenant's items if a tenant with this id were registered
   * in the table again.
   */
  async waitForLateCalls(): Promise<void> {
    const { claimMs, lateCallMs } = this.ports.settings;
    // an earlier run may have sent deletes until its claim ran out
    if (this.#isContinued) this.noteUnanswered(epochMs(this.#startedAt + claimMs));
    const left = (this.#lateCallsFrom ?? 0) + lateCallMs - this.ports.clock.now();
    if (left <= 0) return;
    this.report('waitingForLateCalls');
    await this.sleep(left);
  }

  /**
   * Polls until the work is done. A temporary refusal of DynamoDB counts as not done.
   * @throws NotSafe after an hour. @throws Conflict if another run has continued the removal
   */
  async poll(step: RemovalStep, work: () => Promise<boolean>): Promise<void> {
    this.report(step);
    const giveUpAt = this.ports.clock.now() + MAX_WAIT_MS;
    while (!(await isDone(work))) {
      if (this.ports.clock.now() > giveUpAt)
        throw new NotSafe(
          `table ${this.tenant.table} was not ready for an hour. The removal has stopped. Continue it later`,
          this.#details(),
        );
      await this.sleep(POLL_MS);
      await this.keepAlive();
    }
  }

  #details() {
    const { tenantId } = this.tenant;
    return { facts: { tenantId }, next: { action: 'remove-tenant', tenantId } } as const;
  }

  #time() {
    return { now: this.ports.clock.now(), monotonic: this.ports.clock.monotonic() };
  }

  /** Time since the claim was saved, by the clock that shows more: the monotonic one stands still on a suspended machine. */
  #claimAge(): number {
    const { now, monotonic } = this.#time();
    return Math.max(now - this.#savedAt.now, monotonic - this.#savedAt.monotonic);
  }
}

const isDone = async (work: () => Promise<boolean>): Promise<boolean> => {
  try {
    return await work();
  } catch (error) {
    const isTransient = TRANSIENT.some((one) => error instanceof one) || error instanceof Unavailable;
    if (!isTransient) throw error;
    return false;
  }
};
