import * as z from 'zod';

/*
 * The messages between the conformance runner and a driver, one JSON object per line (docs/router-conformance.md). The
 * runner sends a command, and the driver answers with the events that followed from it.
 */

/** Features that a router may have. A vector that tests a feature is skipped for a router without it. */
export const FEATURES = ['concurrency', 'timeout', 'nested', 'abort', 'cacheLimit'] as const;
export type Feature = (typeof FEATURES)[number];

/** An event of a driver. The fields depend on its name, and a vector lists those that it expects. */
const DriverEvent = z.looseObject({
  event: z.enum(['ready', 'ask', 'start', 'checked', 'done', 'failed']),
  call: z.number().optional(),
  message: z.string().optional(),
});
export type DriverEvent = z.output<typeof DriverEvent>;

export const Answer = z.object({ events: z.array(DriverEvent) });
export type Answer = z.output<typeof Answer>;

/** Fields of the event `ready`. */
export const Ready = z.object({
  event: z.literal('ready'),
  router: z.string(),
  protocol: z.number(),
  features: z.array(z.enum(FEATURES)),
});
export type Ready = z.output<typeof Ready>;

const operation = z.enum(['read', 'write']);
const AttributeValue = z.record(z.string(), z.unknown());

/** Options of the router of a vector. Absent ones have the router's defaults. */
const RouterOptions = z.strictObject({
  routesTable: z.string().optional(),
  maxWriteWaitMs: z.number().optional(),
  routeTimeoutMs: z.number().optional(),
  maxCachedRoutes: z.number().optional(),
});
export type VectorOptions = z.output<typeof RouterOptions>;

/** Readings of the process's two clocks, in ms. */
const clocks = { monotonic: z.number(), wall: z.number() };

export const SteppedCommand = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('begin'), ...clocks, options: RouterOptions }),
  z.strictObject({
    do: z.literal('call'),
    ...clocks,
    call: z.number(),
    operation,
    tenant: z.string(),
    within: z.number().optional(),
  }),
  z.strictObject({
    do: z.literal('answer'),
    ...clocks,
    request: z.number(),
    item: z.record(z.string(), AttributeValue).nullable(),
  }),
  z.strictObject({ do: z.literal('fail'), ...clocks, request: z.number(), error: z.string() }),
  z.strictObject({ do: z.literal('check'), ...clocks, call: z.number() }),
  z.strictObject({
    do: z.literal('end'),
    ...clocks,
    call: z.number(),
    result: z.string().optional(),
    error: z.string().optional(),
  }),
  z.strictObject({ do: z.literal('abort'), ...clocks, call: z.number() }),
  z.strictObject({ do: z.literal('pass'), ...clocks }),
]);
export type SteppedCommand = z.output<typeof SteppedCommand>;

/** Commands for a router with real clocks and a real client, whose environment names DynamoDB's endpoint. */
const live = { tenant: z.string(), key: z.string() };
export const LiveCommand = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('connect'), routesTable: z.string(), maxWriteWaitMs: z.number() }),
  z.strictObject({ do: z.literal('put'), ...live, n: z.number() }),
  z.strictObject({ do: z.literal('get'), ...live }),
]);
export type LiveCommand = z.output<typeof LiveCommand>;

const Hello = z.strictObject({ do: z.literal('hello') });
export const Command = z.union([Hello, SteppedCommand, LiveCommand]);
export type Command = z.output<typeof Command>;

/** Sends a command to a driver. */
export type Exchange = (command: Command) => Promise<Answer>;

/** A command of a vector, with the events that must follow it, in any order. */
const Step = z.strictObject({ command: SteppedCommand, expect: z.array(DriverEvent) });
export type Step = z.output<typeof Step>;

/** A conformance test: what a process sees in the order of time, and what its router must do. */
export const Vector = z.strictObject({
  name: z.string(),
  /** Numbers of the rules of docs/router-protocol.md that the vector tests. */
  rules: z.array(z.string()).min(1),
  features: z.array(z.enum(FEATURES)).optional(),
  steps: z.array(Step).min(2),
});
export type Vector = z.output<typeof Vector>;
