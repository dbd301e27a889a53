/** JSON of a request or a response; each rule parses the part that it needs. */
export type Body = Readonly<Record<string, unknown>>;

/** A request of the DynamoDB API. */
export interface Call {
  /** E.g. `PutItem`. */
  readonly operation: string;
  readonly body: Body;
  /** The body as it was received; absent if a rule has changed it. */
  readonly text?: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Passes a call on: to the next rule, and to the engine after the last one. @throws ServiceException */
export type Send = (call: Call) => Promise<Answer>;

/** One documented behaviour of DynamoDB. It answers a call, or passes it on and may change the answer. @throws ServiceException */
export type Rule = (call: Call, send: Send) => Promise<Answer>;

/** Combines rules into one function; the first rule receives a call first. */
export const inOrder = (rules: readonly Rule[], engine: Send): Send =>
  rules.reduceRight<Send>((next, rule) => (call) => rule(call, next), engine);

export const answerOf = (body: object): Answer => ({ status: 200, text: JSON.stringify(body) });

export const isDone = ({ status }: Answer): boolean => status === 200;

export const isRecord = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const bodyOf = ({ text }: Answer): Body => {
  const body: unknown = JSON.parse(text || '{}');
  return isRecord(body) ? body : {};
};

/** Returns the object under a name; empty if there is none. */
export const recordIn = (body: Body, name: string): Body => {
  const found = body[name];
  return isRecord(found) ? found : {};
};

/** Returns the objects of the list under a name; empty if there is none. */
export const recordsIn = (body: Body, name: string): Body[] => {
  const found = body[name];
  return Array.isArray(found) ? found.filter(isRecord) : [];
};

export const textIn = (body: Body, name: string): string | undefined => {
  const found = body[name];
  return typeof found === 'string' ? found : undefined;
};

/**
 * Returns a request's table, which is given by name or ARN, and for tags in `ResourceArn`. [Using Amazon Resource Names
 * (ARNs)]
 */
export const tableIn = (body: Body): string =>
  tableNamed(textIn(body, 'TableName') ?? textIn(body, 'ResourceArn') ?? '');

export const tableNamed = (nameOrArn: string): string =>
  nameOrArn.split(':table/').at(-1)?.split('/')[0] ?? '';
