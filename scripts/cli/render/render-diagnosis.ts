import { commandOf } from '../../../functions/documents/finding-document.ts';
import type { Diagnosis, Finding, Severity } from '../../../functions/migration/doctor/finding.ts';
import { count } from './figures.ts';

/** Replaces control characters, which a damaged record may hold. */
const plain = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');

const TITLES: Readonly<Record<Severity, string>> = {
  stop: 'STOP',
  wrong: 'wrong',
  leftOver: 'left over',
};

export const renderDiagnosis = ({ findings, records, tenants }: Diagnosis): string[] => {
  const read = `${count(records)} records of ${count(tenants)} tenants read`;
  if (findings.length === 0) return [`Healthy: ${read}, no inconsistencies.`];
  return [
    `${count(findings.length)} ${findings.length === 1 ? 'finding' : 'findings'}, ${read}. Deal with the first one, then run the doctor again.`,
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
  return next.action === 'byHand' ? `  manual: ${next.todo}` : `  next: ${commandOf(finding)}`;
};

/** Renders what `mend` would do, without `--yes`. */
export const renderMendOffer = (id: string, found: Finding | undefined): string[] => {
  if (!found) return [plain(`There is no finding '${id}'. Nothing was changed. See 'tierferry doctor'.`)];
  return [plain(found.what), plain(nextLine(found).trim()), 'Nothing was changed.'];
};
