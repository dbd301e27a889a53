import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { auditChange } from '../../docs/examples/stream-consumers/audit-log.ts';
import type { ChangeRecord, ItemKey } from '../../docs/examples/stream-consumers/change-record.ts';
import { indexItem } from '../../docs/examples/stream-consumers/search-index.ts';
import { countStudent } from '../../docs/examples/stream-consumers/student-count.ts';
import { welcomeStudent } from '../../docs/examples/stream-consumers/welcome-mail.ts';
import { streamImage } from '../../functions/aws/stream-image.ts';
import type { Item } from '../../functions/migration/items/items.ts';
import type { TenantId } from '../../functions/migration/names.ts';
import { rollbackMigration } from '../../functions/migration/operator/rollback-migration.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { isTierferryRecord, originOf, TenantRouter } from '../../functions/router/router.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { tableOf } from '../../scripts/local/streams/stream-event.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { addTenant, ended, itemsOf, untilFlipped } from '../support/tenants.ts';
import { startTestStack } from '../support/test-stack.ts';
import { until } from '../support/until.ts';

/*
 * Consumers of docs/examples/stream-consumers follow a tenant that is used while it is moved and rolled back. Their records
 * come late, from both streams at the same time, and more than once.
 */

const Image = z
  .record(z.string(), z.unknown())
  .optional()
  .transform((image): Item | undefined => {
    const item = streamImage(image);
    if (item === 'unreadable') throw new Error('an image is unreadable');
    return item;
  });
const StreamEvent = z.object({
  Records: z.array(
    z.object({
      eventName: z.enum(['INSERT', 'MODIFY', 'REMOVE']),
      eventSourceARN: z.string(),
      dynamodb: z.object({
        ApproximateCreationDateTime: z.number(),
        Keys: z.record(z.string(), z.object({ S: z.string() })),
        NewImage: Image,
        OldImage: Image,
      }),
    }),
  ),
});

/** Delivers the records of each table's stream in order, some batches twice, and those of a held table later. */
class Deliveries {
  readonly records: ChangeRecord[] = [];
  /** Called for each delivery. */
  consume: (record: ChangeRecord) => Promise<void> = async () => {};
  readonly #queues = new Map<string, ChangeRecord[][]>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #held = new Set<string>();
  #batches = 0;

  add(batch: readonly ChangeRecord[]): void {
    this.records.push(...batch);
    for (const [table, records] of Map.groupBy(batch, (one) => tableOf(one.eventSourceARN ?? ''))) {
      this.#batches += 1;
      const queue = this.#queues.get(table) ?? [];
      this.#queues.set(table, queue);
      // a function that died after its work gets the batch again
      queue.push(records, ...(this.#batches % 3 === 0 ? [records] : []));
      this.#run(table);
    }
  }

  hold(table: string): void {
    this.#held.add(table);
  }

  release(table: string): void {
    this.#held.delete(table);
    this.#run(table);
  }

  waiting(table: string): number {
    return (this.#queues.get(table) ?? []).flat().length;
  }

  /** Rejects with the first error of a consumer. */
  async done(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  #run(table: string): void {
    const before = this.#running.get(table) ?? Promise.resolve();
    const next = before.then(async () => {
      const queue = this.#queues.get(table) ?? [];
      while (!this.#held.has(table)) {
        const batch = queue.shift();
        if (!batch) return;
        for (const record of batch) await this.consume(record);
      }
    });
    // an error is thrown by `done`
    next.catch(() => {});
    this.#running.set(table, next);
  }
}

const deliveries = new Deliveries();
/** Work that runs once before a state's handler. */
const before = new Map<string, () => void>();

let stack: Stack;
let client: DynamoDBClient;
let router: TenantRouter;
beforeAll(async () => {
  stack = await startTestStack({
    // half of a lease is enough for a request, also on a busy machine
    settings: { pageItems: 40, leaseMs: 4_000, cutoverLeaseMs: 3_000, maxFenceMs: 60_000 },
    countsSchools: false,
    overrides: { waits: SHORT_WAITS },
    wrapHandler: (state, run) => async (ports, event, context) => {
      if (state === 'CaptureChanges') deliveries.add(StreamEvent.parse(event).Records);
      before.get(state)?.();
      before.delete(state);
      return run(ports, event, context);
    },
  });
  await createTierTables(stack);
  client = new DynamoDBClient(stack.client);
  router = new TenantRouter({ client, maxWriteWaitMs: 120_000 });
});
afterAll(async () => {
  client?.destroy();
  await stack?.stop();
});

const idOf = ({ tenantId, entityKey }: ItemKey): string => `${tenantId} ${entityKey}`;

/** Returns the stores of the consumers, which are no tier tables. */
const stores = () => {
  const documents = new Map<string, unknown>();
  const enrolled = new Set<string>();
  const mails: string[] = [];
  const log: string[] = [];
  let count = 0;
  const addOnce = (list: string[], id: string) => {
    if (!list.includes(id)) list.push(id);
  };
  const tables = { client, router };
  return {
    documents,
    mails,
    log,
    count: () => count,
    async consume(record: ChangeRecord): Promise<void> {
      await Promise.all([
        indexItem(record, tables, {
          put: async (key, item) => void documents.set(idOf(key), item),
          delete: async (key) => void documents.delete(idOf(key)),
        }),
        countStudent(record, tables, {
          async setEnrolled(_, student, isEnrolled) {
            if (enrolled.has(student) === isEnrolled) return;
            count += isEnrolled ? 1 : -1;
            if (isEnrolled) enrolled.add(student);
            else enrolled.delete(student);
          },
        }),
        welcomeStudent(record, router, { addOnce: async (id) => addOnce(mails, id) }),
        auditChange(record, tables, { addOnce: async ({ id }) => addOnce(log, id) }),
      ]);
    },
  };
};

/** An application that enrols, changes and removes students by the router, and remembers what it has done. */
const startSchool = (tenantId: TenantId) => {
  const enrolments: string[] = [];
  const changes: string[] = [];
  const failed: string[] = [];
  let isStopped = false;
  const put = async (student: string, changeId: string, more: Record<string, AttributeValue>) => {
    const entityKey = `STUDENT#${student}`;
    const Item = {
      tenantId: { S: tenantId },
      entityKey: { S: entityKey },
      changeId: { S: changeId },
      ...more,
    };
    await router.write(tenantId, (TableName, { signal }) =>
      client.send(new PutItemCommand({ TableName, Item }), { abortSignal: signal }),
    );
    changes.push(changeId);
  };
  const remove = async (student: string, changeId: string) => {
    const Key = { tenantId: { S: tenantId }, entityKey: { S: `STUDENT#${student}` } };
    await router.write(tenantId, (TableName, { signal }) =>
      client.send(new DeleteItemCommand({ TableName, Key }), { abortSignal: signal }),
    );
    changes.push(`${changeId}, deleted`);
  };
  const enrol = async () => {
    const student = `new-${String(enrolments.length).padStart(5, '0')}`;
    const enrolment = { enrolmentId: { S: `enrolment of ${student}` }, email: { S: `${student}@school` } };
    await put(student, `${student} enrolled`, enrolment);
    enrolments.push(enrolment.enrolmentId.S);
    const n = enrolments.length;
    if (n % 2 === 0) await put(student, `${student} changed`, enrolment);
    if (n % 4 === 0) await remove(student, `${student} changed`);
    if (n % 8 === 0) await put(student, `${student} back`, {});
  };
  const running = (async () => {
    while (!isStopped) {
      await enrol().catch((error) => failed.push(`${error.name}: ${error.message}`));
      await sleep(200);
    }
  })();
  return {
    enrolments,
    changes,
    failed,
    /** Returns once some students more are enrolled. */
    untilUsed: () => {
      const had = enrolments.length;
      return until('eight students to be enrolled', () => {
        expect(failed).toEqual([]);
        return enrolments.length >= had + 8;
      });
    },
    stop: async () => {
      isStopped = true;
      await running;
    },
  };
};

test('consumers that index, count, send and log have the same after a move and back, and have sent nothing twice', async () => {
  const { ports } = stack;
  const kept = stores();
  deliveries.consume = kept.consume;
  const { tenantId, table: source, items } = await addTenant(ports, { tenantId: 'followed', items: 60 });
  const school = startSchool(tenantId);
  const atTheCutovers: number[] = [];
  const holdDuring = (state: string, table: string) => before.set(state, () => deliveries.hold(table));
  let target = source;
  try {
    await school.untilUsed();
    holdDuring('CutOver', source);
    const { migrationId } = await requestMigration(ports, {
      tenantId,
      toTier: 'advanced',
      holdMs: 3_600_000,
      requestedBy: 'test',
      reason: 'test',
    });
    await untilFlipped(ports, migrationId);
    target = (await ports.routes.get(tenantId))?.table ?? source;
    await school.untilUsed();
    // changes made under the old route arrive after the flip, and after changes made since
    atTheCutovers.push(deliveries.waiting(source));
    deliveries.release(source);
    holdDuring('CutOverReverse', target);
    await rollbackMigration(ports, migrationId, { by: 'test', reason: 'test' });
    expect((await ended(ports, migrationId)).status).toBe('rolledBack');
    await school.untilUsed();
    atTheCutovers.push(deliveries.waiting(target));
    deliveries.release(target);
  } finally {
    await school.stop();
  }
  expect(school.failed).toEqual([]);
  expect(Math.min(...atTheCutovers), 'records that were held across a flip').toBeGreaterThan(0);
  const live = await itemsOf(ports, tenantId, source);
  const isOfTarget = (one: ChangeRecord) => tableOf(one.eventSourceARN ?? '') === target;
  const own = () => deliveries.records.filter((one) => !isTierferryRecord(one));
  // items that the application has not touched since it added them
  const untouched = () => own().filter(({ dynamodb }) => (dynamodb?.NewImage ?? dynamodb?.OldImage)?.number);
  await until('every change, and the deletion of every copy, to come through the streams', () => {
    const seen = new Set(own().map(changeOf));
    const discarded = untouched().filter((one) => isOfTarget(one) && one.eventName === 'REMOVE');
    return discarded.length >= items.length && school.changes.every((id) => seen.has(id));
  });
  await deliveries.done();

  const documentOf = (item: Item) => [idOf({ tenantId, entityKey: item.entityKey?.S ?? '' }), item] as const;
  expect(kept.documents).toEqual(new Map(live.map(documentOf)));
  expect(kept.count()).toBe(live.filter(({ entityKey }) => entityKey?.S?.startsWith('STUDENT#')).length);
  expect(kept.mails.toSorted()).toEqual(school.enrolments.toSorted());
  // near a flip, a deletion may be logged once more, under an earlier change of the item (docs/adopt/stream-consumers.md)
  const deleted = new Set(school.changes.filter((id) => id.endsWith(', deleted')).map(studentOf));
  const isAgain = (id: string) =>
    id.endsWith(', deleted') && deleted.has(studentOf(id)) && !school.changes.includes(id);
  expect(kept.log.filter((id) => !isAgain(id)).toSorted()).toEqual(school.changes.toSorted());

  // the engine rounds times down to the minute, so that few origins are certain in a move that takes seconds
  const originsOf = async (records: readonly ChangeRecord[]) =>
    new Set(await Promise.all(records.map((one) => originOf(one, router))));
  expect(await originsOf(untouched().filter(isOfTarget)), 'copies').not.toContain('application');
  expect(await originsOf(untouched().filter((one) => !isOfTarget(one)))).not.toContain('tierferry');

  // simpler consumers would have gone wrong with the same records
  const insertsOf = (records: readonly ChangeRecord[]) =>
    records.flatMap(({ eventName, dynamodb }) =>
      eventName === 'INSERT' ? (dynamodb?.NewImage?.enrolmentId?.S ?? []) : [],
    );
  expect(insertsOf(own()).length, 'mails for every INSERT').toBeGreaterThan(school.enrolments.length);
  const bySource = insertsOf(own().filter((one) => !isOfTarget(one)));
  expect(new Set(bySource).size, 'mails for the table of the present route').toBeLessThan(
    school.enrolments.length,
  );
});

const studentOf = (changeId: string): string => changeId.split(' ')[0] ?? '';

/** Returns the id of a record's change; a deletion is named by the change of the item that it deleted. */
const changeOf = ({ eventName, dynamodb }: ChangeRecord): string =>
  eventName === 'REMOVE'
    ? `${dynamodb?.OldImage?.changeId?.S}, deleted`
    : `${dynamodb?.NewImage?.changeId?.S}`;
