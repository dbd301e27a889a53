import { writeSync } from 'node:fs';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { functionArn } from '../../scripts/local/arns.ts';
import { openExecutionLog } from '../../scripts/local/execution-log.ts';
import { Executions } from '../../scripts/local/executions.ts';
import type { LocalFunction } from '../../scripts/local/invoke.ts';

const DEFINITION = JSON.stringify({
  StartAt: 'Rest',
  States: { Rest: { Type: 'Task', Resource: functionArn('Rest'), TimeoutSeconds: 60, End: true } },
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tierferry-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a full disk is reported once, and what was written until then is kept', async () => {
  const reported: Error[] = [];
  let lines = 0;
  const executionLog = await openExecutionLog(folder, {
    onDiskFull: (error) => reported.push(error),
    write: (file, line) => {
      lines += 1;
      if (lines > 1) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      writeSync(file, line);
    },
  });
  const entry = {
    entry: 'ended',
    arn: 'one',
    endedAt: 1,
    ending: { status: 'SUCCEEDED', output: '1' },
  } as const;
  for (let n = 0; n < 3; n += 1) executionLog.add(entry);
  executionLog.close();
  expect(lines).toBe(2);
  expect(reported.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^the disk of .* is full\..*Free some space, start 'tierferry local' again/),
  ]);
  expect((await openExecutionLog(folder)).entries).toEqual([entry]);
});

test('executions that ran when their process was killed are ABORTED after the next start, and their names stay taken', async () => {
  const never: LocalFunction = () => new Promise(() => {});
  const killed = new Executions({
    functions: new Map([['Rest', never]]),
    executionLog: await openExecutionLog(folder),
  });
  const machine = killed.create('machine', DEFINITION);
  const { arn } = killed.start(machine.arn, 'one', '{}');
  // the last line was cut off by the end of the process
  await appendFile(join(folder, 'executions.jsonl'), '{"entry":"eve');

  const quick: LocalFunction = async () => 'done';
  const next = new Executions({
    functions: new Map([['Rest', quick]]),
    executionLog: await openExecutionLog(folder),
  });
  expect(next.execution(arn).ending).toMatchObject({ status: 'ABORTED', error: 'Local.Interrupted' });
  expect(() => next.start(machine.arn, 'one', '{}')).toThrow(
    expect.objectContaining({ type: 'ExecutionAlreadyExists' }),
  );
  const again = next.start(machine.arn, 'two', '{}');
  await next.ended(again);
  expect(again.ending).toEqual({ status: 'SUCCEEDED', output: '"done"' });
  await next.close();

  const last = new Executions({ functions: new Map(), executionLog: await openExecutionLog(folder) });
  expect(last.of(machine.arn).map(({ name, ending }) => [name, ending?.status])).toEqual([
    ['two', 'SUCCEEDED'],
    ['one', 'ABORTED'],
  ]);
  await last.close();
});
