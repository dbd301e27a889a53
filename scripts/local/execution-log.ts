import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { Unavailable } from '../../functions/migration/errors.ts';
import type { HistoryEvent } from './history.ts';

const Ended = z.object({
  status: z.enum(['SUCCEEDED', 'FAILED', 'ABORTED', 'TIMED_OUT']),
  output: z.string().optional(),
  error: z.string().optional(),
  cause: z.string().optional(),
});
const Entry = z.discriminatedUnion('entry', [
  z.object({
    entry: z.literal('machine'),
    name: z.string(),
    definition: z.string(),
    roleArn: z.string(),
    createdAt: z.number(),
  }),
  z.object({
    entry: z.literal('started'),
    arn: z.string(),
    machineArn: z.string(),
    name: z.string(),
    input: z.string(),
    startedAt: z.number(),
  }),
  z.object({
    entry: z.literal('event'),
    arn: z.string(),
    event: z.custom<HistoryEvent>((value) => typeof value === 'object' && value !== null && 'id' in value),
  }),
  z.object({ entry: z.literal('ended'), arn: z.string(), endedAt: z.number(), ending: Ended }),
]);
export type ExecutionLogEntry = z.output<typeof Entry>;

/** A log of what happened to executions, one JSON line per entry, that outlives this process. */
export interface ExecutionLog {
  /** Entries of earlier processes. */
  readonly entries: readonly ExecutionLogEntry[];
  /** Adds an entry. When it returns, the entry survives this process and, unless it is an event, a crash of the machine. */
  add(entry: ExecutionLogEntry): void;
  close(): void;
}

export const NO_EXECUTION_LOG: ExecutionLog = { entries: [], add: () => {}, close: () => {} };

interface ExecutionLogOptions {
  /** Called once if the disk is full. From then on entries are dropped: the caller that opened the journal must stop. */
  readonly onDiskFull?: (error: Error) => void;
  /** For tests: writes a line. */
  readonly write?: (file: number, line: string) => void;
}

/** Ends the process if no caller handles a full disk: it must not continue without a journal. */
const crash = (error: Error): void => {
  setImmediate(() => {
    throw error;
  });
};

/** Opens or creates the journal in a folder that no other process uses. */
export const openExecutionLog = async (
  folder: string,
  { onDiskFull = crash, write = writeSync }: ExecutionLogOptions = {},
): Promise<ExecutionLog> => {
  await mkdir(folder, { recursive: true });
  const file = openSync(join(folder, 'executions.jsonl'), 'a+');
  const { entries, bytes } = parse(readFileSync(file));
  // the last line may be incomplete, if the process ended while it wrote it
  ftruncateSync(file, bytes);
  let isFull = false;
  return {
    entries,
    add: (entry) => {
      if (isFull) return;
      try {
        write(file, `${JSON.stringify(entry)}\n`);
        if (entry.entry !== 'event') fsyncSync(file);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
        isFull = true;
        onDiskFull(
          new Unavailable(
            `the disk of ${folder} is full. The stack and all executions were stopped; the data is intact. Free some space, start 'tierferry local' again, and retry the migrations that have stopped (tierferry status)`,
          ),
        );
      }
    },
    close: () => closeSync(file),
  };
};

const parse = (content: Buffer): { entries: ExecutionLogEntry[]; bytes: number } => {
  const bytes = content.lastIndexOf('\n') + 1;
  const lines = content.subarray(0, bytes).toString('utf8').split('\n').filter(Boolean);
  return { entries: lines.map((line) => Entry.parse(JSON.parse(line))), bytes };
};
