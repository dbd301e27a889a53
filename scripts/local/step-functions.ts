import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import type { Execution, Executions, StateMachineRecord } from './executions.ts';
import { type LoopbackServer, listenOnLoopback } from './listen-on-loopback.ts';
import { ServiceError } from './service-error.ts';
import { staleView } from './strict/step-functions/stale-view.ts';

const MS = 1_000;
/** Default number of entries per page. [Step Functions API reference: maxResults] */
const PAGE = 100;

/**
 * Serves the Step Functions API on loopback, as far as Tierferry and its operators use it.
 * @param describeLagMs time in ms for which reads do not show a change; 0 by default.
 */
export const serveStepFunctions = async (
  executions: Executions,
  port?: number,
  describeLagMs = 0,
): Promise<LoopbackServer> => {
  const operations = operationsOf(executions, describeLagMs);
  const server = createServer((request, response) => {
    answerRequest(operations, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  return listenOnLoopback(server, port);
};

type Operation = (body: unknown) => unknown;

/** Answers a request in AWS JSON 1.0: the operation is in a header, times are in seconds, an error's name is in `__type`. */
const answerRequest = async (
  operations: ReadonlyMap<string, Operation>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const target = String(request.headers['x-amz-target'] ?? '').replace('AWSStepFunctions.', '');
  const body = await text(request);
  const [status, result] = performOperation(operations.get(target), target, body);
  response
    .writeHead(status, { 'Content-Type': 'application/x-amz-json-1.0', 'x-amzn-RequestId': randomUUID() })
    .end(JSON.stringify(result));
};

const performOperation = (
  operation: Operation | undefined,
  target: string,
  body: string,
): [number, unknown] => {
  try {
    if (!operation) {
      throw new ServiceError(
        'UnknownOperationException',
        `${target || 'this call'} is not served on this machine`,
      );
    }
    return [200, operation(JSON.parse(body || '{}'))];
  } catch (error) {
    if (error instanceof ServiceError) return [400, { __type: error.type, message: error.message }];
    if (error instanceof z.ZodError || error instanceof SyntaxError) {
      return [400, { __type: 'ValidationException', message: error.message }];
    }
    return [500, { __type: 'InternalServerError', message: error instanceof Error ? error.message : '' }];
  }
};

const Paged = { maxResults: z.number().int().min(0).max(1_000).optional(), nextToken: z.string().optional() };
const Inputs = {
  CreateStateMachine: z.object({ name: z.string(), definition: z.string(), roleArn: z.string().optional() }),
  DescribeStateMachine: z.object({ stateMachineArn: z.string() }),
  ListStateMachines: z.object(Paged),
  StartExecution: z.object({
    stateMachineArn: z.string(),
    name: z.string().optional(),
    input: z.string().default('{}'),
  }),
  DescribeExecution: z.object({ executionArn: z.string() }),
  ListExecutions: z.object({ stateMachineArn: z.string(), statusFilter: z.string().optional(), ...Paged }),
  StopExecution: z.object({
    executionArn: z.string(),
    error: z.string().optional(),
    cause: z.string().optional(),
  }),
  GetExecutionHistory: z.object({
    executionArn: z.string(),
    reverseOrder: z.boolean().default(false),
    ...Paged,
  }),
};

const operationsOf = (executions: Executions, lagMs: number): ReadonlyMap<string, Operation> => {
  const operation =
    <Input>(schema: z.ZodType<Input>, performOperation: (input: Input) => unknown): Operation =>
    (body) =>
      performOperation(schema.parse(body));
  return new Map([
    [
      'CreateStateMachine',
      operation(Inputs.CreateStateMachine, ({ name, definition, roleArn }) => {
        const { arn, createdAt } = executions.create(name, definition, roleArn);
        return { stateMachineArn: arn, creationDate: createdAt / MS };
      }),
    ],
    [
      'DescribeStateMachine',
      operation(Inputs.DescribeStateMachine, ({ stateMachineArn }) => {
        const machine = executions.machine(stateMachineArn);
        return {
          ...machineSummary(machine),
          status: 'ACTIVE',
          definition: machine.definition.text,
          roleArn: machine.roleArn,
        };
      }),
    ],
    [
      'ListStateMachines',
      operation(Inputs.ListStateMachines, (input) => {
        const { page, nextToken } = pageOf(executions.machines(), input);
        return { stateMachines: page.map(machineSummary), nextToken };
      }),
    ],
    [
      'StartExecution',
      operation(Inputs.StartExecution, ({ stateMachineArn, name = randomUUID(), input }) => {
        const { arn, startedAt } = executions.start(stateMachineArn, name, input);
        return { executionArn: arn, startDate: startedAt / MS };
      }),
    ],
    [
      'DescribeExecution',
      operation(Inputs.DescribeExecution, ({ executionArn }) => {
        const execution = staleView(executions.execution(executionArn), lagMs);
        if (!execution) {
          throw new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${executionArn}'`);
        }
        const { output, error, cause } = execution.ending ?? {};
        return { ...summary(execution), input: execution.input, output, error, cause };
      }),
    ],
    [
      'ListExecutions',
      operation(Inputs.ListExecutions, ({ stateMachineArn, statusFilter, ...paged }) => {
        const all = executions
          .of(executions.machine(stateMachineArn).arn)
          .flatMap((one) => staleView(one, lagMs) ?? [])
          .filter((one) => statusFilter === undefined || statusOf(one) === statusFilter);
        const { page, nextToken } = pageOf(all, paged);
        return { executions: page.map(summary), nextToken };
      }),
    ],
    [
      'StopExecution',
      operation(Inputs.StopExecution, ({ executionArn, error, cause }) => {
        const execution = executions.execution(executionArn);
        executions.stop(execution, error, cause);
        return { stopDate: (execution.endedAt ?? Date.now()) / MS };
      }),
    ],
    [
      'GetExecutionHistory',
      operation(Inputs.GetExecutionHistory, ({ executionArn, reverseOrder, ...paged }) => {
        const { history } = executions.execution(executionArn);
        const { page, nextToken } = pageOf(reverseOrder ? history.toReversed() : history, paged);
        return { events: page.map((event) => ({ ...event, timestamp: event.timestamp / MS })), nextToken };
      }),
    ],
  ]);
};

const pageOf = <T>(
  all: readonly T[],
  { maxResults, nextToken }: { maxResults?: number | undefined; nextToken?: string | undefined },
): { page: readonly T[]; nextToken?: string } => {
  const from = nextToken === undefined ? 0 : Number(nextToken);
  if (!Number.isInteger(from) || from < 0)
    throw new ServiceError('InvalidToken', `Invalid Token: '${nextToken}'`);
  const to = from + (maxResults || PAGE);
  return { page: all.slice(from, to), ...(to < all.length ? { nextToken: String(to) } : {}) };
};

const statusOf = ({ ending }: Execution): string => ending?.status ?? 'RUNNING';

const summary = (execution: Execution) => ({
  executionArn: execution.arn,
  stateMachineArn: execution.machineArn,
  name: execution.name,
  status: statusOf(execution),
  startDate: execution.startedAt / MS,
  ...(execution.endedAt === undefined ? {} : { stopDate: execution.endedAt / MS }),
});

const machineSummary = ({ arn, name, createdAt }: StateMachineRecord) => ({
  stateMachineArn: arn,
  name,
  type: 'STANDARD',
  creationDate: createdAt / MS,
});
