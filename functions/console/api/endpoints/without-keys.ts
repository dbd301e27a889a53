import type { Plan } from '../../../migration/plan/plan.ts';
import type { Report } from '../../../migration/report/report.ts';
import { mayAct, type Subject } from '../access/subject.ts';

/** True if the subject may see keys of a tenant's items, which may be personal data. */
const maySeeKeys = ({ role }: Subject): boolean => mayAct(role, 'operator');

/** Returns a plan as a subject may see it: without keys for a viewer. */
export const planFor = (subject: Subject, plan: Plan): Plan => {
  if (maySeeKeys(subject)) return plan;
  const { unmovable, ...survey } = plan.survey;
  return {
    ...plan,
    findings: plan.findings.map(({ keys: _, ...finding }) => finding),
    survey: {
      ...survey,
      unmovable: unmovable?.map((one) => ({ ...one, keys: [] })),
    },
  };
};

/** Returns a report as a subject may see it. Without keys its checksum is no longer that of what is shown. */
export const reportFor = (subject: Subject, report: Report): Report =>
  maySeeKeys(subject)
    ? report
    : {
        ...report,
        differences: [],
        foreign: [],
        pastLeases: report.pastLeases && { ...report.pastLeases, keys: [] },
      };
