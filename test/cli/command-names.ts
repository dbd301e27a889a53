import type { Command } from 'commander';
import { parseSettings } from '../../functions/migration/settings/settings.ts';
import type { Cli } from '../../scripts/cli/cli.ts';
import { documentOf } from '../../scripts/cli/documents/documents.ts';
import { createOut } from '../../scripts/cli/out.ts';
import { createProgram, defineCommand } from '../../scripts/cli/program.ts';
import { fakePorts } from '../support/fake-ports.ts';
import { listen } from './run-in-process.ts';

const leaves = (command: Command, path = ''): (readonly [string, Command])[] => {
  const visible = command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => path === '' || one.name() !== 'help');
  return visible.length === 0
    ? [[path, command]]
    : visible.flatMap((one) => leaves(one, `${path} ${one.name()}`.trim()));
};

/** Creates the program with the options of all commands. */
export const wholeProgram = async (): Promise<{ readonly program: Command; readonly cli: Cli }> => {
  const { stream } = listen();
  const streams = { stdout: stream, stderr: stream };
  const cli: Cli = {
    out: createOut(documentOf, {}, streams),
    env: {},
    settings: () => parseSettings({}),
    givenSettings: () => ({}),
    ports: fakePorts,
    define: (command) => defineCommand(cli, command),
    exitWith: () => {},
  };
  const program = createProgram(cli, streams);
  for (const command of program.commands) await cli.define(command);
  return { program, cli };
};

/** Returns all commands but hidden ones, those of a group with the group's name: `tenant add`. */
export const allCommands = async (): Promise<readonly (readonly [string, Command])[]> =>
  leaves((await wholeProgram()).program);
