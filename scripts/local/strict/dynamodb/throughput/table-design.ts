import * as z from 'zod';

const KeySchema = z
  .array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }))
  .transform((keys) => ({
    partitionKey: keys.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName ?? '',
    sortKey: keys.find(({ KeyType }) => KeyType === 'RANGE')?.AttributeName,
  }));
const Index = z.object({
  IndexName: z.string(),
  KeySchema,
  Projection: z.object({
    ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']).default('ALL'),
    NonKeyAttributes: z.array(z.string()).default([]),
  }),
});
const Described = z.object({
  TableName: z.string(),
  TableArn: z.string(),
  KeySchema,
  BillingModeSummary: z.object({ BillingMode: z.string() }).partial().optional(),
  ProvisionedThroughput: z.object({ WriteCapacityUnits: z.number() }).partial().optional(),
  GlobalSecondaryIndexes: z.array(Index).default([]),
  LocalSecondaryIndexes: z.array(Index).default([]),
});

export interface Keys {
  readonly partitionKey: string;
  readonly sortKey: string | undefined;
}

export interface IndexDesign extends Keys {
  readonly name: string;
  /** Absent if all attributes are projected. */
  readonly attributes?: ReadonlySet<string>;
}

/** The part of a table's description on which units and partitions depend. */
export interface TableDesign extends Keys {
  readonly table: string;
  readonly arn: string;
  readonly isOnDemand: boolean;
  readonly globalIndexes: readonly IndexDesign[];
  /** Local indexes use the units of the table's own partitions. [Local secondary indexes] */
  readonly localIndexes: readonly IndexDesign[];
}

/** @throws z.ZodError */
export const parseTableDesign = (description: unknown): TableDesign => {
  const found = Described.parse(description);
  const indexOf = ({ IndexName, KeySchema: keys, Projection }: z.output<typeof Index>): IndexDesign => {
    const always = [found.KeySchema.partitionKey, found.KeySchema.sortKey, keys.partitionKey, keys.sortKey];
    const names = [...always, ...Projection.NonKeyAttributes].filter((name) => name !== undefined);
    return {
      name: IndexName,
      ...keys,
      ...(Projection.ProjectionType === 'ALL' ? {} : { attributes: new Set(names) }),
    };
  };
  return {
    table: found.TableName,
    arn: found.TableArn,
    ...found.KeySchema,
    isOnDemand:
      found.BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST' ||
      (found.ProvisionedThroughput?.WriteCapacityUnits ?? 0) === 0,
    globalIndexes: found.GlobalSecondaryIndexes.map(indexOf),
    localIndexes: found.LocalSecondaryIndexes.map(indexOf),
  };
};
