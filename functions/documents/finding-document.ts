import type { Finding } from '../migration/doctor/finding.ts';

/** Quotes an argument for a shell. */
const shellQuoted = (text: string): string =>
  /^[\w./#@:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** Returns the one safe next command; undefined if only a person can decide. */
export const commandOf = ({ id, next }: Finding): string | undefined => {
  switch (next.action) {
    case 'retry':
      return `tierferry retry ${next.migrationId}`;
    case 'cancel':
      return `tierferry cancel ${next.migrationId} --reason 'found by doctor'`;
    case 'addTable':
      return `tierferry table add ${next.tier} --table ${next.table}`;
    case 'mend':
      return `tierferry mend ${shellQuoted(id)} --yes`;
    case 'byHand':
      return undefined;
  }
};

/** Returns a finding in the form that `--json` prints. */
export const findingDocument = (finding: Finding) => {
  const { next, ...found } = finding;
  const command = commandOf(finding);
  const todo = next.action === 'byHand' ? next.todo : undefined;
  return { ...found, next: { ...(command ? { command } : {}), ...(todo ? { todo } : {}) } };
};
