import {
  type Diagnosis,
  type DoctorFinding,
  nextStepOf,
  type Severity,
} from '../../../functions/migration/doctor/finding.ts';
import { formatCounted } from './figures.ts';
import { renderNext } from './render-next.ts';

/** Replaces control characters, which a damaged record may hold. */
const renderLines = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');

const TITLES: Readonly<Record<Severity, string>> = {
  stop: 'STOP',
  wrong: 'wrong',
  leftOver: 'left over',
};

export const renderDiagnosis = ({ findings, records, tenants }: Diagnosis): string[] => {
  const read = `${formatCounted(records, 'record')} of ${formatCounted(tenants, 'tenant')} read`;
  if (findings.length === 0) return [`Healthy: ${read}, no inconsistencies.`];
  return [
    `${formatCounted(findings.length, 'finding')}, ${read}. Deal with the first one, then run the doctor again.`,
    ...findings.flatMap((finding) => ['', ...renderFinding(finding)]),
  ];
};

const renderFinding = (finding: DoctorFinding): string[] => [
  renderLines(`${TITLES[finding.severity]}  ${finding.id}`),
  renderLines(`  ${finding.what}`),
  renderLines(renderNextCommand(finding)),
];

const renderNextCommand = (finding: DoctorFinding): string => {
  const { next } = finding;
  return next.action === 'by-hand' ? `  manual: ${next.todo}` : `  next: ${renderNext(nextStepOf(finding))}`;
};

/** Renders what `mend` would do, without `--yes`. */
export const renderRepairOffer = (id: string, found: DoctorFinding | undefined): string[] => {
  if (!found)
    return [renderLines(`There is no finding '${id}'. Nothing was changed. See 'tierferry doctor'.`)];
  return [renderLines(found.what), renderLines(renderNextCommand(found).trim()), 'Nothing was changed.'];
};
