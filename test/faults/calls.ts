import * as z from 'zod';

/** What a migration asks of AWS: which state asks, for what, of which tables, and the how manieth time. */
export interface CallId {
  /** Name of the state, or of what the operator does. */
  readonly state: string;
  /** `Invoke` for the call of the state's own function, `Streams` for no call: a moment at which capture may miss changes. */
  readonly operation: string;
  /** Kinds of the tables that it names: `source`, `target`, and the control plane's. `own-...` if no tenant shares it. */
  readonly tables: string;
  /** From 1, among the calls that are alike in the above. */
  readonly ordinal: number;
}

/** The call of a handler. */
export const INVOKE = 'Invoke';
/** No call. */
export const STREAMS = 'Streams';

/** Calls that are alike but for their number. */
export const kindOf = ({ state, operation, tables }: Omit<CallId, 'ordinal'>): string =>
  `${state} ${operation} ${tables}`;
export const nameOf = (id: CallId): string => `${kindOf(id)} #${id.ordinal}`;

/** Operations that change nothing: whether one has happened makes no difference. */
export const isRead = ({ operation }: Pick<CallId, 'operation'>): boolean =>
  /^(?:Get|BatchGet|Query|Scan|Describe|List)/.test(operation);

/** A request as it goes over the wire. */
export interface Request {
  readonly operation: string;
  readonly tables: readonly string[];
  readonly body: Body;
  /** The same for all tries of one call of the SDK. */
  readonly invocation: string;
}

const Key = z.looseObject({
  tenantId: z.object({ S: z.string() }).optional(),
  entityKey: z.unknown().optional(),
});
const Write = z.object({
  PutRequest: z.object({ Item: Key }).optional(),
  DeleteRequest: z.object({ Key: Key }).optional(),
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

/** The SDK's headers of a request, and its body. */
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
