import * as z from 'zod';

/** Identity of an AWS call of a migration: the state, the operation, the tables, and the number among equal calls. */
export interface CallId {
  /** Name of the state, or of the operator's action. */
  readonly state: string;
  /** `Invoke`: the invocation of the state's own function. `Streams`: no call, but a moment at which capture may miss changes. */
  readonly operation: string;
  /** Kinds of the tables in the call: `source`, `target`, and those of the control plane. `own-...`: a dedicated table. */
  readonly tables: string;
  /** Number among the calls with equal other fields, from 1. */
  readonly ordinal: number;
}

/** Operation name of a handler's invocation. */
export const INVOKE = 'Invoke';
/** Operation name of a moment without a call. */
export const STREAMS = 'Streams';

/** Returns the identity of the first one of equal calls. */
export const firstCall = (state: string, operation: string, tables: string): CallId => ({
  state,
  operation,
  tables,
  ordinal: 1,
});

/** Returns a key for calls that differ in their number only. */
export const kindOf = ({ state, operation, tables }: Omit<CallId, 'ordinal'>): string =>
  `${state} ${operation} ${tables}`;
export const nameOf = (id: CallId): string => `${kindOf(id)} #${id.ordinal}`;

/** True for operations that change nothing, so that it does not matter if they took effect. */
export const isRead = ({ operation }: Pick<CallId, 'operation'>): boolean =>
  /^(?:Get|BatchGet|Query|Scan|Describe|List)/.test(operation);

/** A request as it is sent. */
export interface Request {
  readonly operation: string;
  readonly tables: readonly string[];
  readonly body: Body;
  /** Id that all tries of one SDK call share. */
  readonly invocation: string;
}

const Key = z.record(z.string(), z.unknown());
const Write = z.object({
  PutRequest: z.object({ Item: Key }).optional(),
  DeleteRequest: z.object({ Key }).optional(),
});
const Body = z.looseObject({
  TableName: z.string().optional(),
  RequestItems: z
    .record(z.string(), z.union([z.array(Write), z.looseObject({ Keys: z.array(Key) })]))
    .optional(),
  TransactItems: z.array(z.record(z.string(), z.looseObject({ TableName: z.string() }))).optional(),
  Statements: z.array(z.looseObject({ Statement: z.string() })).optional(),
  KeyConditionExpression: z.string().optional(),
  ExpressionAttributeValues: z.record(z.string(), z.unknown()).optional(),
});
export type Body = z.infer<typeof Body>;

/** Parses a request from the SDK's headers and its body. */
export const parseRequest = (headers: Readonly<Record<string, string>>, body: string): Request => {
  const parsed = Body.parse(JSON.parse(body));
  const transacted = (parsed.TransactItems ?? []).flatMap((action) =>
    Object.values(action).map(({ TableName }) => TableName),
  );
  return {
    operation: (headers['x-amz-target'] ?? '').replace(/^.*\./, ''),
    tables: [
      ...new Set([
        ...(parsed.TableName === undefined ? [] : [parsed.TableName]),
        ...Object.keys(parsed.RequestItems ?? {}),
        ...transacted,
        ...(parsed.Statements ?? []).flatMap(({ Statement }) => /"([^"]+)"/.exec(Statement)?.[1] ?? []),
      ]),
    ],
    body: parsed,
    invocation: headers['amz-sdk-invocation-id'] ?? '',
  };
};
