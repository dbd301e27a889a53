import type { Command } from 'commander';
import * as z from 'zod';
import { findingDocument } from '../../../functions/documents/finding-document.ts';
import { diagnose } from '../../../functions/migration/doctor/diagnose.ts';
import { mendFinding } from '../../../functions/migration/doctor/mend.ts';
import { type Cli, commandWithExamples } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { renderDiagnosis, renderMendOffer } from '../render/render-diagnosis.ts';
import { SaidOptions, withWhy } from './request-options.ts';

/** Records, or tenants, after which it says how far it is. */
const SAY_EVERY = 10_000;

const DoctorOptions = z.object({ deep: z.boolean().default(false) });

export const doctorCommand = (cli: Cli): Command =>
  commandWithExamples(
    'doctor',
    'Read all control records, say what is inconsistent, and name the one safe next command for it',
    ['doctor', 'doctor --deep', 'doctor --json'],
  )
    .option('--deep', 'also look for items of tenants in shared tables where they do not live')
    .addHelpText(
      'after',
      '\nIt changes nothing. Exit code 0: healthy; 1: there are findings.\nWhatever looks wrong is read again, since migrations go on meanwhile.',
    )
    .action(async (options: unknown) => {
      const { deep } = DoctorOptions.parse(options);
      const ports = cli.ports({ workflow: true });
      const diagnosis = await diagnose(ports, { deep, onProgress: progressOf(cli) });
      const { findings, records, tenants } = diagnosis;
      if (findings.length > 0) cli.exitWith(EXIT.failed);
      const document = {
        healthy: findings.length === 0,
        findings: findings.map(findingDocument),
        records,
        tenants,
      };
      cli.out.result('diagnosis', document, () => renderDiagnosis(diagnosis));
    });

const MendOptions = SaidOptions.extend({ yes: z.boolean().default(false) });

export const mendCommand = (cli: Cli): Command =>
  withWhy(
    commandWithExamples('mend', "Mend one finding of 'tierferry doctor' in the control records", [
      'mend lock-left/cedar-valley',
      'mend lock-left/cedar-valley --yes --why "migrations table restored"',
    ]).argument('<finding>', "a finding, as 'tierferry doctor' names it"),
  )
    .option('--yes', 'write; without it, say what would be mended and change nothing')
    .addHelpText(
      'after',
      '\nIt reads all records again, and writes only if the finding is still there and its records are as they were read.',
    )
    .action(async (id: string, options: unknown) => {
      const { yes, ...said } = MendOptions.parse(options);
      const ports = cli.ports({ workflow: true });
      const onProgress = progressOf(cli);
      if (!yes) {
        const found = (await diagnose(ports, { onProgress })).findings.find((one) => one.id === id);
        return cli.out.result('finding', { finding: found ? findingDocument(found) : null }, () =>
          renderMendOffer(id, found),
        );
      }
      const mended = await mendFinding(ports, { id, ...said }, { onProgress });
      cli.out.result('mended', { mended: findingDocument(mended) }, () => [
        `mended: ${mended.what}`,
        'see what is left: tierferry doctor',
      ]);
    });

const progressOf =
  (cli: Cli) =>
  (what: 'records' | 'tenants', done: number): void => {
    if (done % SAY_EVERY === 0) cli.out.say(`${done} ${what} read`);
  };
