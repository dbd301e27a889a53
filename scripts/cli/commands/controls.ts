import * as z from 'zod';
import type { Status } from '../../../functions/migration/life-cycle.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { nextOf } from '../../../functions/migration/operator/actions.ts';
import type { AuditNote } from '../../../functions/migration/operator/audit-note.ts';
import { cancelMigration } from '../../../functions/migration/operator/cancel-migration.ts';
import { holdCutover, releaseCutover } from '../../../functions/migration/operator/hold-cutover.ts';
import { pauseMigration, resumeMigration } from '../../../functions/migration/operator/pause-migration.ts';
import type { Ports } from '../../../functions/migration/ports.ts';
import { executionOf } from '../../../functions/migration/record/execution.ts';
import { type Define, withExamples } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { findOpenMigration } from '../find-named-migration.ts';
import { watchToEnd } from '../watch-to-end.ts';
import { AuditOptions, WATCH_OPTION, withReasonOption } from './request-options.ts';
import { requestRollbackChange } from './rollback-change.ts';

const Options = AuditOptions.extend({ watch: z.boolean().default(false) });

/** A command that changes how a migration runs. */
interface ControlCommand {
  /** Reason in the example. */
  readonly reason: string;
  /** The ports that it needs in addition to the records. */
  readonly neededPorts?: { readonly workflow: boolean };
  request(ports: Ports, id: string, note: AuditNote): Promise<Migration>;
  /** True if the command has an effect only while an execution is running. */
  readonly needsExecution?: true;
  /** The end that `--watch` waits for; absent if the command has no such option. */
  readonly wantedEnd?: Status;
  textOf(id: string, migration: Migration): readonly string[];
}

const noExecutionText = (id: string): readonly string[] => [
  `recorded, but the execution of ${id} has stopped.`,
  `continue: tierferry retry ${id}`,
];

const watchCommand = (id: string): string => `watch it: tierferry status ${id} --watch`;

const CONTROLS: Readonly<Record<string, ControlCommand>> = {
  pause: {
    reason: 'exam week',
    request: pauseMigration,
    textOf: (id) => [
      `${id} is paused; work under way stops within seconds.`,
      `continue: tierferry resume ${id}`,
    ],
  },
  resume: {
    reason: 'exams are over',
    needsExecution: true,
    request: resumeMigration,
    textOf: (id) => [`${id} continues.`, watchCommand(id)],
  },
  'hold-cutover': {
    reason: 'not in school hours',
    request: holdCutover,
    textOf: (id) => [`the cutover of ${id} waits for its release.`, `release it: tierferry cutover ${id}`],
  },
  cutover: {
    reason: 'schools are closed',
    needsExecution: true,
    request: releaseCutover,
    textOf: (id) => [`${id} will cut over once few changes are left to apply.`, watchCommand(id)],
  },
  cancel: {
    reason: 'wrong district',
    neededPorts: { workflow: true },
    wantedEnd: 'cancelled',
    request: cancelMigration,
    textOf: (id, migration) => [
      `${id} will be cancelled: its changes will be undone, and ${migration.tenantId} stays on ${migration.source.table}.`,
      ...requestRollbackChange(migration),
    ],
  },
};

export const defineControl: Define = (command, cli) => {
  const name = command.name();
  const control = CONTROLS[name];
  if (!control) throw new Error(`there is no control '${name}'`);
  const { reason, neededPorts, needsExecution, wantedEnd, request, textOf } = control;
  withReasonOption(
    withExamples(command, [
      `${name} cedar-valley`,
      `${name} mig-20260304050607-1a2b3c4d --reason "${reason}" --by ana`,
    ]),
  );
  if (wantedEnd !== undefined) command.option(...WATCH_OPTION);
  return command.action(async (named: string, options: unknown) => {
    const ports = cli.ports(neededPorts);
    const { watch, ...note } = Options.parse(options);
    const { migrationId: id } = await findOpenMigration(ports, named);
    const migration = await request(ports, id, note);
    if (watch) {
      for (const line of textOf(id, migration)) cli.out.say(line);
      return watchToEnd(cli, ports, id, wantedEnd);
    }
    const execution = needsExecution ? await executionOf(ports, migration) : undefined;
    const isStopped = execution === 'stopped';
    if (isStopped) cli.exitWith(EXIT.failed);
    const words = () => {
      if (isStopped) return noExecutionText(id);
      const lines = textOf(id, migration);
      return wantedEnd === undefined ? lines : [...lines, watchCommand(id)];
    };
    cli.out.result('migration', { migration }, words, nextOf(migration, execution && { execution }));
  });
};
