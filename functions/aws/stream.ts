import * as z from 'zod';
import { Throttled, Unavailable } from '../migration/errors.ts';
import type { CapturedChange } from '../migration/journal/captured-change.ts';
import { secondOf } from '../migration/journal/first-changes.ts';
import {
  type EntityKey,
  type EpochMs,
  epochMs,
  type TableName,
  type TenantId,
  tableName,
} from '../migration/names.ts';
import type { Ports } from '../migration/ports.ts';
import { named } from './parsing.ts';
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

const StreamRecord = z
  .object({
    eventName: z.string(),
    eventSourceARN: z
      .string()
      .regex(/:table\/[^/]+\/stream\//, 'the ARN of a stream')
      .transform((arn) => tableName(arn.split('/')[1] ?? '')),
    userIdentity: z.object({ principalId: z.string().optional() }).nullish(),
    dynamodb: z.object({
      Keys: z.object({
        tenantId: z.object({ S: named.text<TenantId>() }),
        entityKey: z.object({ S: named.text<EntityKey>() }),
      }),
      SequenceNumber: z.string(),
      ApproximateCreationDateTime: z.number().optional(),
      StreamViewType: z.string().optional(),
      OldImage: z.record(z.string(), z.unknown()).optional(),
      NewImage: z.record(z.string(), z.unknown()).optional(),
    }),
  })
  .transform(({ eventName, eventSourceARN: table, userIdentity, dynamodb }) => ({
    table,
    tenantId: dynamodb.Keys.tenantId.S,
    key: dynamodb.Keys.entityKey.S,
    sequence: dynamodb.SequenceNumber,
    kind: KINDS.get(eventName) ?? 'removed',
    principal: userIdentity?.principalId,
    createdSeconds: dynamodb.ApproximateCreationDateTime,
    hasImages: dynamodb.StreamViewType === 'NEW_AND_OLD_IMAGES',
    oldImage: dynamodb.OldImage,
    newImage: dynamodb.NewImage,
  }));
type StreamRecord = z.output<typeof StreamRecord>;
const StreamEvent = z.object({ Records: z.array(StreamRecord) });
const Seconds = z.object({ N: z.string() }).transform(({ N }) => Number(N));

type TakeRecords = (ports: Ports, table: TableName, changes: readonly CapturedChange[]) => Promise<void>;

/**
 * Makes a handler of the tier tables' streams. It reports changes as failed if a service is throttled or unavailable, and
 * Lambda delivers them again with all later ones. Any other error fails the invocation, which has the same effect and is
 * visible in metrics.
 */
export const createStreamHandler = (take: TakeRecords): StepHandler => {
  const run: StepHandler['run'] = async (ports, event, { awsRequestId: requestId }) => {
    const { Records } = StreamEvent.parse(event);
    const batchItemFailures: { itemIdentifier: string }[] = [];
    for (const [table, records] of Map.groupBy(Records, (record) => record.table)) {
      try {
        await take(ports, table, records.map(changeOf(ports)));
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

const changeOf = ({ settings, clock }: Ports) => {
  const { ttlAttribute } = settings.tableDesign;
  const now = clock.now();
  return (record: StreamRecord): CapturedChange => ({
    tenantId: record.tenantId,
    key: record.key,
    sequence: record.sequence,
    kind: record.kind,
    expired:
      record.kind === 'removed' &&
      (record.principal === TTL_PRINCIPAL || isExpired(record, ttlAttribute, now)),
    createdAt:
      record.createdSeconds === undefined ? undefined : secondOf(epochMs(record.createdSeconds * MS)),
    images: record.hasImages ? () => imagesOf(record) : undefined,
  });
};

/** Parses both images. @returns undefined if an image holds a value of an unknown type: capture continues with the key alone */
const imagesOf = ({
  oldImage,
  newImage,
}: StreamRecord): ReturnType<NonNullable<CapturedChange['images']>> => {
  const [before, after] = [streamImage(oldImage), streamImage(newImage)];
  if (before === 'unreadable' || after === 'unreadable') return undefined;
  return { before, after };
};

/**
 * True if the item had expired when it was deleted. DynamoDB Local does not name the principal of a deletion, which makes no
 * difference for such an item: it may be missing on one side.
 */
const isExpired = ({ oldImage }: StreamRecord, ttlAttribute: string | undefined, now: EpochMs): boolean => {
  if (ttlAttribute === undefined) return false;
  const expiry = Seconds.safeParse(oldImage?.[ttlAttribute]);
  return expiry.success && expiry.data * MS <= now;
};
