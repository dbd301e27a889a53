import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLog } from '../../functions/aws/log.ts';
import { arbitraryItems } from '../support/arbitrary-items.ts';

const logged = (level?: string) => {
  const lines: string[] = [];
  return { log: createLog(level, (line) => lines.push(line)), lines };
};

test('ids, counts, sizes and the name of an error are logged', () => {
  const { log, lines } = logged();
  const fields = { migrationId: 'mig-1', tenantId: 't', attempt: 2, items: 3, bytes: 4, error: 'Throttled' };
  log.warn(fields, 'step failed');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ ...fields, msg: 'step failed' });
});

test('every line of a Lambda handler has the name of the handler', () => {
  const lines: string[] = [];
  createLog('info', (line) => lines.push(line), 'CutOver').info({ ms: 1 }, 'fenced');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ handler: 'CutOver', ms: 1, msg: 'fenced' });
});

test('a field of an item is never logged, in whatever form it is passed', () => {
  fc.assert(
    fc.property(arbitraryItems('tenant-1' as never, { minLength: 1, maxLength: 3 }), (items) => {
      const { log, lines } = logged();
      const secret = { S: 'SECRET' };
      for (const item of items) {
        log.info({ ...item, name: 'SECRET', email: secret }, 'spread');
        log.info({ item: { ...item, name: secret }, error: new Error('SECRET') }, 'nested');
        log.warn({ items: [{ ...item, name: secret }], table: { name: 'SECRET' } }, 'under an allowed name');
      }
      for (const line of lines) {
        expect(line).not.toContain('SECRET');
        expect(Object.keys(JSON.parse(line)).sort()).toEqual(['level', 'msg', 'time']);
      }
    }),
    { numRuns: 50 },
  );
});

test('level silent logs nothing, and level warn omits information', () => {
  const silent = logged('silent');
  silent.log.warn({ ms: 1 }, 'a');
  expect(silent.lines).toEqual([]);
  const warn = logged('warn');
  warn.log.info({ ms: 1 }, 'a');
  warn.log.warn({ ms: 1 }, 'b');
  expect(warn.lines).toHaveLength(1);
});

test('lines go to standard error, because standard output is for results', async () => {
  const module = new URL('../../functions/aws/log.ts', import.meta.url);
  const script = `import { createLog } from '${module}'; createLog().info({ ms: 1 }, 'here');`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '--eval',
    script,
  ]);
  expect(stdout).toBe('');
  expect(stderr).toContain('"msg":"here"');
});
