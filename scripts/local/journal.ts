import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
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

/** Opens or begins the journal in a folder that nobody else uses. */
export const openJournal = async (folder: string): Promise<Journal> => {
  await mkdir(folder, { recursive: true });
  const file = openSync(join(folder, 'executions.jsonl'), 'a+');
  const { entries, bytes } = parse(readFileSync(file));
  // the last line may have been cut by the end of the process that wrote it
  ftruncateSync(file, bytes);
  return {
    entries,
    add: (entry) => {
      writeSync(file, `${JSON.stringify(entry)}\n`);
      if (entry.entry !== 'event') fsyncSync(file);
    },
    close: () => closeSync(file),
  };
};

const parse = (content: Buffer): { entries: JournalEntry[]; bytes: number } => {
  const bytes = content.lastIndexOf('\n') + 1;
  const lines = content.subarray(0, bytes).toString('utf8').split('\n').filter(Boolean);
  return { entries: lines.map((line) => Entry.parse(JSON.parse(line))), bytes };
};
