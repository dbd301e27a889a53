import { expect, test } from 'vitest';
import { runWithEnv } from './run-in-process.ts';

test.each([
  { what: 'command', args: ['statsu'], says: "unknown command 'statsu'. Did you mean 'status'?" },
  {
    what: 'command of a group',
    args: ['tenant', 'lst'],
    says: "unknown command 'lst'. Did you mean 'list'?",
  },
  { what: 'flag', args: ['status', '--wach'], says: "unknown option '--wach'. Did you mean '--watch'?" },
  {
    what: 'status',
    args: ['status', '--status', 'copying,holdng'],
    says: "failed, not 'holdng'. Did you mean 'holding'? Nothing was changed.",
  },
  {
    what: 'value',
    args: ['local', '--engine', 'dynoxid'],
    says: "--engine must be dynamodb-local or dynoxide, not 'dynoxid'. Did you mean 'dynoxide'?",
  },
])('a mistyped $what is a usage error that suggests the known one', async ({ args, says }) => {
  const { code, stdout, stderr } = await runWithEnv(args, {});
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^tierferry: /);
  expect(stderr).toContain(says);
});

test('a word that resembles no known one gets no suggestion', async () => {
  const { stderr } = await runWithEnv(['wait', 'x', '--for', 'lunch'], {});
  expect(stderr).toContain("not 'lunch'. Nothing was changed.");
});
