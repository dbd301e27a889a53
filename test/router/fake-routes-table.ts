import type { AttributeValue, GetItemCommand, GetItemCommandOutput } from '@aws-sdk/client-dynamodb';
import type { RouteClient } from '../../functions/router/tenant-router.ts';
import type { VirtualClock } from './virtual-clock.ts';

export type Item = Record<string, AttributeValue>;

interface RouteFields {
  readonly table?: string;
  readonly leaseMs?: number;
  readonly epoch?: number;
}

export const openRoute = ({ table = 'basic', leaseMs = 1_000, epoch = 1 }: RouteFields = {}): Item => ({
  tenantId: { S: 'abc' },
  table: { S: table },
  epoch: { N: String(epoch) },
  writes: { S: 'open' },
  leaseMs: { N: String(leaseMs) },
});

/** @param deadline of the fence, by the wall clock. */
export const fencedRoute = (given: RouteFields & { deadline?: number } = {}): Item => ({
  ...openRoute(given),
  writes: { S: 'fenced' },
  fence: { M: { migrationId: { S: 'mig-1' }, deadline: { N: String(given.deadline ?? 0) } } },
});

/** A routes table with a delay: its answer is its content at the time when the request arrives. */
export class FakeRoutesTable implements RouteClient {
  readonly items = new Map<string, Item>();
  /** Requests as they were sent. */
  readonly asked: { readonly tenantId: string; readonly at: number; readonly consistent: boolean }[] = [];
  /** Returns the table's record of a tenant at a moment of real time. */
  lookUp: (tenantId: string, at: number) => Item | undefined = (tenantId) => this.items.get(tenantId);
  /** Delays of the request and of the answer, in ms. */
  delay: () => { there: number; answerMs: number } = () => ({ there: 0, answerMs: 0 });
  failure: Error | undefined;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock, items: Readonly<Record<string, Item>> = { abc: openRoute() }) {
    this.#clock = clock;
    for (const [tenantId, item] of Object.entries(items)) this.items.set(tenantId, item);
  }

  set(item: Item): void {
    this.items.set('abc', item);
  }

  takes(there: number, answerMs: number): void {
    this.delay = () => ({ there, answerMs });
  }

  async send(
    { input }: GetItemCommand,
    { abortSignal }: { abortSignal?: AbortSignal } = {},
  ): Promise<GetItemCommandOutput> {
    const tenantId = input.Key?.tenantId?.S ?? '';
    const at = this.#clock.real();
    this.asked.push({ tenantId, at, consistent: input.ConsistentRead === true });
    const { there, answerMs } = this.delay();
    await this.#clock.sleep(there, abortSignal);
    const { failure } = this;
    const Item = structuredClone(this.lookUp(tenantId, at + there));
    await this.#clock.sleep(answerMs, abortSignal);
    if (failure) throw failure;
    return { $metadata: {}, ...(Item ? { Item } : {}) };
  }
}
