import { type DoctorFinding, nextStepOf } from '../migration/doctor/finding.ts';
import { commandOf } from './next-command.ts';

/** Returns a finding in the form that `--json` prints. */
export const findingDocument = (finding: DoctorFinding) => {
  const next = nextStepOf(finding);
  return { ...finding, next: { ...next, command: commandOf(next) } };
};
