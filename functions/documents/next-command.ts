import type { NextStep } from '../migration/next-action.ts';

/** Quotes an argument for a shell. */
const shellQuoted = (text: string): string =>
  /^[\w./#@:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** Returns the next action as a command of the command line; undefined if no command does it. */
export const commandOf = (next: NextStep): string | undefined => {
  const words = wordsOf(next);
  return words && ['tierferry', ...words].join(' ');
};

const wordsOf = (next: NextStep): readonly string[] | undefined => {
  switch (next.action) {
    case 'watch':
      return ['status', shellQuoted(next.migrationId), '--watch'];
    case 'status':
    case 'report':
    case 'resume':
    case 'cutover':
    case 'retry':
    case 'cancel':
    case 'rollback':
      return [next.action, shellQuoted(next.migrationId)];
    case 'doctor':
    case 'sweep':
      return [next.action];
    case 'show-queue':
      return ['queue'];
    case 'list-migrations':
      return ['status'];
    case 'list-tenants':
      return ['tenant', 'list'];
    case 'list-tables':
      return ['table', 'list'];
    case 'show-tenant':
      return ['tenant', 'show', shellQuoted(next.tenantId)];
    case 'remove-tenant':
      return ['tenant', 'remove', shellQuoted(next.tenantId)];
    case 'move-elsewhere':
      return ['migrate', shellQuoted(next.tenantId), '--elsewhere'];
    case 'migrate': {
      const placement = next.dedicated ? ['--dedicated'] : [];
      return ['migrate', shellQuoted(next.tenantId), '--to', shellQuoted(next.tier), ...placement];
    }
    case 'retire-table':
      return ['table', 'retire', shellQuoted(next.table)];
    case 'add-table': {
      const name = next.table === undefined ? [] : ['--table', shellQuoted(next.table)];
      return ['table', 'add', shellQuoted(next.tier), ...name];
    }
    case 'mend':
      return ['mend', shellQuoted(next.finding), '--yes'];
    case 'by-hand':
      return undefined;
  }
};
