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
export type JournalEntry = z.output<typeof Entry>;

/** What happened to executions, one JSON line each, so that it survives this process. */
export interface Journal {
  /** What was noted before. */
  readonly entries: readonly JournalEntry[];
  /** Returns when the entry outlives this process; an event may be lost with the machine, the others not even then. */
  add(entry: JournalEntry): void;
  close(): void;
}

export const NO_JOURNAL: Journal = { entries: [], add: () => {}, close: () => {} };

interface JournalOptions {
  /** Called once if the disk is full. From then on nothing is noted: the caller that opened the journal must stop. */
  readonly onDiskFull?: (error: Error) => void;
  /** For tests: what writes a line. */
  readonly write?: (file: number, line: string) => void;
}

/** Without a caller that stops in order, the process must not go on as if what it does were noted. */
const crash = (error: Error): void => {
  setImmediate(() => {
    throw error;
  });
};

/** Opens or begins the journal in a folder that no other process uses. */
export const openJournal = async (
  folder: string,
  { onDiskFull = crash, write = writeSync }: JournalOptions = {},
): Promise<Journal> => {
  await mkdir(folder, { recursive: true });
  const file = openSync(join(folder, 'executions.jsonl'), 'a+');
  const { entries, bytes } = parse(readFileSync(file));
  // the last line may have been cut by the end of the process that wrote it
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
            `the disk of ${folder} is full. What runs was stopped; the data is as it was. Make room, start 'tierferry local' again, and retry what has stopped (tierferry status)`,
          ),
        );
      }
    },
    close: () => closeSync(file),
  };
};

const parse = (content: Buffer): { entries: JournalEntry[]; bytes: number } => {
  const bytes = content.lastIndexOf('\n') + 1;
  const lines = content.subarray(0, bytes).toString('utf8').split('\n').filter(Boolean);
  return { entries: lines.map((line) => Entry.parse(JSON.parse(line))), bytes };
};
