import type { Command } from 'commander';
import { parseSettings } from '../../functions/migration/settings/settings.ts';
import { createOut } from '../../scripts/cli/out.ts';
import { createProgram } from '../../scripts/cli/program.ts';
import { fakePorts } from '../support/fake-ports.ts';
import { listen } from './run-in-process.ts';

const leaves = (command: Command, path = ''): string[] =>
  command.commands.length === 0
    ? [path]
    : command.commands.flatMap((one) => leaves(one, `${path} ${one.name()}`.trim()));

/** Returns the names of all commands, those of a group with the group's name: `tenant add`. */
export const commandNames = (): string[] => {
  const { stream } = listen();
  const streams = { stdout: stream, stderr: stream };
  const program = createProgram(
    {
      out: createOut(true, {}, streams),
      env: {},
      settings: () => parseSettings({}),
      givenSettings: () => ({}),
      ports: fakePorts,
      exitWith: () => {},
    },
    streams,
  );
  return leaves(program);
};
