import { expect, test } from 'vitest';
import { auditName } from '../../../functions/console/api/access/subject.ts';
import { subjectWords } from '../../../functions/console/page/shell/subject-words.ts';

test.each([true, false])('the page names a subject as the audit trail does, verified: %s', (verified) => {
  const subject = { name: 'ana', role: 'operator', verified } as const;
  expect(subjectWords(subject)).toBe(`${auditName(subject)}, operator`);
});
