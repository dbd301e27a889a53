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
export type BeforeSending = () => void;

/**
 * Returns the command with another input. The caller's command stays as it is, and its middleware applies to the copy
 * too.
 */
export const withInput = (command: SdkCommand, input: Fields, beforeSending: BeforeSending): SdkCommand => {
  const { clientCommand } = command;
  const copy: SdkCommand = Object.create(command, {
    input: { value: input, enumerable: true },
    ...(clientCommand
      ? {
          clientCommand: {
            value: Object.create(clientCommand, { input: { value: input, enumerable: true } }),
          },
        }
      : {}),
    resolveMiddleware: {
      value(stack: object, config: unknown, options: unknown) {
        return Reflect.apply(command.resolveMiddleware, copy, [
          watched(stack, beforeSending),
          config,
          options,
        ]);
      },
    },
  });
  return copy;
};

type Method = (...args: unknown[]) => unknown;
const methodOf = (stack: object, name: string): Method => {
  const method: unknown = Reflect.get(stack, name);
  if (typeof method !== 'function') throw new TypeError(`the middleware stack has no ${name}`);
  return (...args) => Reflect.apply(method, stack, args);
};

/**
 * Returns a stack that calls `beforeSending` in front of the HTTP handler. The SDK joins the client's stack with the
 * command's (`concat`), and then resolves it with the handler (`resolve`).
 */
const watched = (stack: object, beforeSending: BeforeSending): object => {
  const [concat, resolve] = [methodOf(stack, 'concat'), methodOf(stack, 'resolve')];
  return Object.create(stack, {
    concat: {
      value: (from: unknown) => {
        const joined = concat(from);
        return isFields(joined) ? watched(joined, beforeSending) : joined;
      },
    },
    resolve: {
      value: (handler: unknown, context: unknown) => {
        if (typeof handler !== 'function') return resolve(handler, context);
        // rejects and does not throw, as an HTTP handler does
        const send = async (request: unknown): Promise<unknown> => {
          beforeSending();
          return await handler(request);
        };
        return resolve(send, context);
      },
    },
  });
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
