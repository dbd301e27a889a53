import * as z from 'zod';
import { Throttled, Unavailable } from '../migration/errors.ts';
import { type KeyLayout, layoutOf } from '../migration/items/key-layout.ts';
import type { CapturedChange } from '../migration/journal/captured-change.ts';
import { secondOf } from '../migration/journal/first-changes.ts';
import { type EpochMs, epochMs, type TableName, tableName } from '../migration/names.ts';
import type { Ports } from '../migration/ports.ts';
import { handlerOf, type StepHandler } from './step.ts';
import { streamImage } from './stream-image.ts';

/** The principal that deletes expired items. [DynamoDB developer guide, DynamoDB Streams and Time to Live] */
const TTL_PRINCIPAL = 'dynamodb.amazonaws.com';

/** Kinds of changes by event name. All other names, such as REMOVE, count as a deletion. */
const KINDS = new Map<string, CapturedChange['kind']>([
  ['INSERT', 'added'],
  ['MODIFY', 'changed'],
]);

const MS = 1_000;

/** Makes the schema of a stream's records, whose key attributes the settings name. */
const streamRecord = (layout: KeyLayout) => {
  const text = z.object({ S: z.string() });
  const { partitionKey, sortKey } = layout.tableKeys;
  return z
    .object({
      eventName: z.string(),
      eventSourceARN: z
        .string()
        .regex(/:table\/[^/]+\/stream\//, 'the ARN of a stream')
        .transform((arn) => tableName(arn.split('/')[1] ?? '')),
      userIdentity: z.object({ principalId: z.string().optional() }).nullish(),
      dynamodb: z.object({
        Keys: z.object({ [partitionKey.name]: text, [sortKey.name]: text }),
        SequenceNumber: z.string(),
        ApproximateCreationDateTime: z.number().optional(),
        StreamViewType: z.string().optional(),
        OldImage: z.record(z.string(), z.unknown()).optional(),
        NewImage: z.record(z.string(), z.unknown()).optional(),
      }),
    })
    .transform(({ eventName, eventSourceARN: table, userIdentity, dynamodb }) => ({
      table,
      /** Absent if the item is no tenant's. */
      tenantId: layout.tenantOf(dynamodb.Keys),
      keys: dynamodb.Keys,
      sequence: dynamodb.SequenceNumber,
      kind: KINDS.get(eventName) ?? 'removed',
      principal: userIdentity?.principalId,
      createdSeconds: dynamodb.ApproximateCreationDateTime,
      hasImages: dynamodb.StreamViewType === 'NEW_AND_OLD_IMAGES',
      oldImage: dynamodb.OldImage,
      newImage: dynamodb.NewImage,
    }));
};
type StreamRecord = z.output<ReturnType<typeof streamRecord>>;

const schemas = new WeakMap<KeyLayout, z.ZodType<{ readonly Records: readonly StreamRecord[] }>>();
const streamEvent = (layout: KeyLayout) => {
  const schema = schemas.get(layout) ?? z.object({ Records: z.array(streamRecord(layout)) });
  schemas.set(layout, schema);
  return schema;
};
const Seconds = z.object({ N: z.string() }).transform(({ N }) => Number(N));

type TakeRecords = (ports: Ports, table: TableName, changes: readonly CapturedChange[]) => Promise<void>;

/**
 * Makes a handler of the tier tables' streams. It reports changes as failed if a service is throttled or unavailable, and
 * Lambda delivers them again with all later ones. Any other error fails the invocation, which has the same effect and is
 * visible in metrics.
 */
export const createStreamHandler = (take: TakeRecords): StepHandler => {
  const run: StepHandler['run'] = async (ports, event, { awsRequestId: requestId }) => {
    const layout = layoutOf(ports.settings);
    const { Records } = streamEvent(layout).parse(event);
    const batchItemFailures: { itemIdentifier: string }[] = [];
    for (const [table, records] of Map.groupBy(Records, (record) => record.table)) {
      try {
        await take(ports, table, records.flatMap(changesOf(ports, layout)));
      } catch (error) {
        const name = error instanceof Error ? error.name : 'unknown';
        ports.log.warn(
          { table, items: records.length, requestId, error: name },
          'changes were not processed; they are delivered again',
        );
        if (!(error instanceof Throttled || error instanceof Unavailable)) throw error;
        batchItemFailures.push(...records.slice(0, 1).map(({ sequence }) => ({ itemIdentifier: sequence })));
      }
    }
    return { batchItemFailures };
  };
  return handlerOf(run);
};

/** Returns a record's change. An item whose keys are no tenant's is not moved, so its record has none. */
const changesOf = ({ settings, clock }: Ports, layout: KeyLayout) => {
  const { ttlAttribute } = settings.tableDesign;
  const now = clock.now();
  return ({ tenantId, ...record }: StreamRecord): CapturedChange[] => {
    if (tenantId === undefined) return [];
    return [
      {
        tenantId,
        key: layout.keyOf(record.keys),
        sequence: record.sequence,
        kind: record.kind,
        expired:
          record.kind === 'removed' &&
          (record.principal === TTL_PRINCIPAL || isExpired(record, ttlAttribute, now)),
        createdAt:
          record.createdSeconds === undefined ? undefined : secondOf(epochMs(record.createdSeconds * MS)),
        images: record.hasImages ? () => imagesOf(record) : undefined,
      },
    ];
  };
};

/** Parses both images. @returns undefined if an image holds a value of an unknown type: capture continues with the key alone */
const imagesOf = ({
  oldImage,
  newImage,
}: Pick<StreamRecord, 'oldImage' | 'newImage'>): ReturnType<NonNullable<CapturedChange['images']>> => {
  const [before, after] = [streamImage(oldImage), streamImage(newImage)];
  if (before === 'unreadable' || after === 'unreadable') return undefined;
  return { before, after };
};

/**
 * True if the item had expired when it was deleted. DynamoDB Local does not name the principal of a deletion, which makes no
 * difference for such an item: it may be missing on one side.
 */
const isExpired = (
  { oldImage }: Pick<StreamRecord, 'oldImage'>,
  ttlAttribute: string | undefined,
  now: EpochMs,
): boolean => {
  if (ttlAttribute === undefined) return false;
  const expiry = Seconds.safeParse(oldImage?.[ttlAttribute]);
  return expiry.success && expiry.data * MS <= now;
};
