import { type Fields, isFields, listOf, textOf } from './records.ts';

/** The part of a client of the SDK that a routed client uses: `DynamoDBClient`, `DynamoDBDocumentClient` and subclasses. */
export interface SdkClient {
  send(...args: never[]): unknown;
  readonly config: object;
  readonly middlewareStack: object;
}

type ResolveMiddleware = (stack: object, config: unknown, options: unknown) => unknown;

/** A command of either client. */
export interface SdkCommand {
  readonly input: Fields;
  readonly resolveMiddleware: ResolveMiddleware;
  /** The command of `@aws-sdk/client-dynamodb` inside a command of the document client. */
  readonly clientCommand?: object;
}

export const isSdkCommand = (command: unknown): command is SdkCommand =>
  isFields(command) && isFields(command.input) && typeof command.resolveMiddleware === 'function';

/** Index of the operation's name in the schema of an operation. */
const NAME_IN_SCHEMA = 2;

/**
 * Returns the operation's name, e.g. `GetItem`; undefined if the command does not say. It is in the command's schema. In
 * versions of the SDK without schemas it is the class's name, unless a bundler has shortened it.
 */
export const operationOf = (command: SdkCommand): string | undefined => {
  const inner = isFields(command.clientCommand) ? command.clientCommand : command;
  const schema = 'schema' in inner ? inner.schema : undefined;
  return textOf(listOf(schema)[NAME_IN_SCHEMA]) ?? inner.constructor.name.replace(/Command$/, '');
};

/** Called before a request is passed to the HTTP handler, once per attempt. If it throws, nothing is passed. */
export type RequestChange = () => void;

/**
 * Returns a copy of the command with another input. The caller's command stays as it is, and its middleware applies to
 * the copy too.
 */
export const withInput = (command: SdkCommand, input: Fields, beforeSending: RequestChange): SdkCommand => {
  const { clientCommand, resolveMiddleware } = command;
  const copy: SdkCommand = Object.assign(copyOf(command), {
    input,
    resolveMiddleware: (stack: object, config: unknown, options: unknown) =>
      Reflect.apply(resolveMiddleware, copy, [watched(stack, beforeSending), config, options]),
  });
  return clientCommand === undefined
    ? copy
    : Object.assign(copy, { clientCommand: Object.assign(copyOf(clientCommand), { input }) });
};

/** Copies an object's own properties. An object that inherits from it would cost the engine several times as much. */
const copyOf = <T extends object>(original: T): T =>
  Object.assign(Object.create(Object.getPrototypeOf(original)), original);

/**
 * Returns a stack that calls `beforeSending` in front of the HTTP handler. The SDK joins the client's stack with the
 * command's (`concat`), and then resolves it with the handler (`resolve`).
 */
const watched = (stack: object, beforeSending: RequestChange): object => ({
  ...stack,
  concat: (from: unknown) => {
    const joined = callMethod(stack, 'concat', from);
    return isFields(joined) ? watched(joined, beforeSending) : joined;
  },
  resolve: (handler: unknown, context: unknown) => {
    if (typeof handler !== 'function') return callMethod(stack, 'resolve', handler, context);
    // rejects and does not throw, as an HTTP handler does
    const send = async (request: unknown): Promise<unknown> => {
      beforeSending();
      return await handler(request);
    };
    return callMethod(stack, 'resolve', send, context);
  },
});

const callMethod = (stack: object, name: 'concat' | 'resolve', ...args: readonly unknown[]): unknown => {
  const method: unknown = Reflect.get(stack, name);
  if (typeof method !== 'function') throw new TypeError(`the middleware stack has no ${name}`);
  return Reflect.apply(method, stack, args);
};

/** Returns the stack with a `concat` that throws. All its other functions work on the stack itself. */
export const withoutSending = (stack: object, error: () => Error): object =>
  new Proxy(stack, {
    get: (target, name, receiver) =>
      name === 'concat'
        ? () => {
            throw error();
          }
        : Reflect.get(target, name, receiver),
  });
