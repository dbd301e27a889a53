import type { Diagnosis, Finding, Severity } from '../../../functions/migration/doctor/finding.ts';
import { count } from './figures.ts';

/** Control characters, which a damaged record may hold, must not reach a terminal. */
const plain = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');

/** An argument as a shell takes it. */
const quoted = (text: string): string =>
  /^[\w./#@:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** The one safe next command; undefined if only a person can decide. */
const commandOf = ({ id, next }: Finding): string | undefined => {
  switch (next.action) {
    case 'retry':
      return `tierferry retry ${next.migrationId}`;
    case 'cancel':
      return `tierferry cancel ${next.migrationId} --why 'found by doctor'`;
    case 'addTable':
      return `tierferry table add ${next.tier} --table ${next.table}`;
    case 'mend':
      return `tierferry mend ${quoted(id)} --yes`;
    case 'byHand':
      return undefined;
  }
};

/** A finding as `--json` prints it. */
export const findingDocument = (finding: Finding) => {
  const { next, ...found } = finding;
  const command = commandOf(finding);
  const todo = next.action === 'byHand' ? next.todo : undefined;
  return { ...found, next: { ...(command ? { command } : {}), ...(todo ? { todo } : {}) } };
};

const TITLES: Readonly<Record<Severity, string>> = {
  stop: 'STOP',
  wrong: 'wrong',
  leftOver: 'left over',
};

export const renderDiagnosis = ({ findings, records, tenants }: Diagnosis): string[] => {
  const read = `${count(records)} records of ${count(tenants)} tenants read`;
  if (findings.length === 0) return [`Healthy: ${read}, and nothing is inconsistent.`];
  return [
    `${count(findings.length)} ${findings.length === 1 ? 'finding' : 'findings'}, ${read}. Follow the first, then run the doctor again.`,
    ...findings.flatMap((finding) => ['', ...renderFinding(finding)]),
  ];
};

const renderFinding = (finding: Finding): string[] => [
  plain(`${TITLES[finding.severity]}  ${finding.id}`),
  plain(`  ${finding.what}`),
  plain(nextLine(finding)),
];

const nextLine = (finding: Finding): string => {
  const { next } = finding;
  return next.action === 'byHand' ? `  by hand: ${next.todo}` : `  next: ${commandOf(finding)}`;
};

/** What `mend` would do without `--yes`. */
export const renderMendOffer = (id: string, found: Finding | undefined): string[] => {
  if (!found) return [plain(`There is no finding '${id}'. Nothing was changed. See 'tierferry doctor'.`)];
  return [plain(found.what), plain(nextLine(found).trim()), 'Nothing was changed.'];
};
