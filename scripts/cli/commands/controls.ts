import type { Command } from 'commander';
import { executionOf } from '../../../functions/migration/execution.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import type { Ports } from '../../../functions/migration/ports.ts';
import { nextOf } from '../../../functions/migration/triggers/actions.ts';
import { cancelMigration } from '../../../functions/migration/triggers/cancel-migration.ts';
import {
  holdCutover,
  letCutOver,
  pauseMigration,
  resumeMigration,
  type Said,
} from '../../../functions/migration/triggers/control-migration.ts';
import { type Cli, commandWithExamples } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { endOfPause } from './end-of-pause.ts';
import { SaidOptions, withWhy } from './request-options.ts';

/** A command that changes how a migration runs. */
interface Control {
  readonly name: string;
  readonly description: string;
  /** Reason in the example. */
  readonly why: string;
  readonly needs?: { readonly workflow: boolean };
  say(ports: Ports, id: string, said: Said): Promise<Migration>;
  /** True if the command has an effect only while an execution is running. */
  readonly goesOn?: true;
  answer(id: string, migration: Migration): readonly string[];
}

const nothingRuns = (id: string): readonly string[] => [
  `recorded, but the execution of ${id} has stopped.`,
  `continue: tierferry retry ${id}`,
];

const watchIt = (id: string): string => `watch it: tierferry status ${id} --watch`;

const CONTROLS: readonly Control[] = [
  {
    name: 'pause',
    description: 'Stop copying, applying, flipping and removing until resume; capture continues',
    why: 'exam week',
    say: pauseMigration,
    answer: (id) => [`${id} is paused.`, `continue: tierferry resume ${id}`],
  },
  {
    name: 'resume',
    description: 'Continue a paused migration',
    why: 'exams are over',
    goesOn: true,
    say: resumeMigration,
    answer: (id) => [`${id} continues.`, watchIt(id)],
  },
  {
    name: 'hold-cutover',
    description: 'Wait before the cutover until you release it; changes are still applied',
    why: 'not in school hours',
    say: holdCutover,
    answer: (id) => [`the cutover of ${id} is held.`, `release it: tierferry cutover ${id}`],
  },
  {
    name: 'cutover',
    description: 'Release a held cutover',
    why: 'schools are closed',
    goesOn: true,
    say: letCutOver,
    answer: (id) => [`${id} will cut over once few changes are left to apply.`, watchIt(id)],
  },
  {
    name: 'cancel',
    description: 'Undo a migration before the flip',
    why: 'wrong district',
    needs: { workflow: true },
    say: cancelMigration,
    answer: (id, migration) => [`${id} will be rolled back.`, ...endOfPause(migration), watchIt(id)],
  },
];

export const controlCommands = (cli: Cli): Command[] =>
  CONTROLS.map(({ name, description, why, needs, goesOn, say, answer }) =>
    withWhy(
      commandWithExamples(name, description, [
        `${name} mig-20260304050607-1a2b3c4d`,
        `${name} mig-20260304050607-1a2b3c4d --why "${why}" --by ana`,
      ]).argument('<migration>', 'migration id'),
    ).action(async (id: string, options: unknown) => {
      const ports = cli.ports(needs);
      const migration = await say(ports, id, SaidOptions.parse(options));
      const execution = goesOn ? await executionOf(ports, migration) : undefined;
      const isStopped = execution === 'stopped';
      if (isStopped) cli.exitWith(EXIT.failed);
      const words = () => (isStopped ? nothingRuns(id) : answer(id, migration));
      cli.out.result('migration', { migration }, words, nextOf(migration, execution));
    }),
  );
