import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createSchool, type Enrollee, type Enrolment } from './school.ts';

type Client = Parameters<typeof createSchool>[0];

const newEnrollee = (tenantId: string, courseId: string): Enrollee => ({
  tenantId,
  courseId,
  studentId: randomUUID(),
});
const studentsOf = (enrolments: readonly { studentId: string }[]) =>
  enrolments.map(({ studentId }) => studentId).sort();

/** Returns the tests of the application, by name. They use two districts, and may run again and again. */
export const schoolTests = (client: Client, district: string, neighbour: string) => {
  const { table, course, enrolment, enrol, transfer } = createSchool(client);
  const newCourse = (tenantId: string) => ({ tenantId, courseId: randomUUID(), name: 'Algebra', seats: 1 });

  const addAll = async (enrollees: readonly Enrollee[]) => {
    const batch = {};
    for (const enrollee of enrollees) await enrolment.create(enrollee, { batch });
    await table.batchWrite(batch);
  };
  const removeAll = async (enrollees: readonly Enrollee[]) => {
    const batch = {};
    for (const enrollee of enrollees) await enrolment.remove(enrollee, { batch });
    await table.batchWrite(batch);
  };
  const readAll = async (enrollees: readonly Enrollee[]) => {
    const batch = {};
    for (const enrollee of enrollees) await enrolment.get(enrollee, { batch });
    return studentsOf(await table.batchGet<Enrolment>(batch, { parse: true, consistent: true }));
  };

  return {
    'a course is created once, read, changed and deleted': async () => {
      const { tenantId, courseId } = await course.create(newCourse(district));
      await assert.rejects(course.create({ tenantId, courseId, name: 'Again', seats: 1 }), {
        code: 'ConditionalCheckFailedException',
      });
      assert.equal((await course.get({ tenantId, courseId }))?.name, 'Algebra');
      assert.equal((await course.update({ tenantId, courseId, name: 'Logic' })).name, 'Logic');
      await course.upsert({ tenantId, courseId, name: 'Logic', seats: 5 });
      assert.equal((await course.get({ tenantId, courseId }, { consistent: true }))?.seats, 5);
      await course.remove({ tenantId, courseId });
      assert.equal(await course.get({ tenantId, courseId }), undefined);
    },

    'the students of a course are listed in pages': async () => {
      const courseId = randomUUID();
      const enrollees = Array.from({ length: 7 }, () => newEnrollee(district, courseId));
      await addAll(enrollees);
      const listed: Enrolment[] = [];
      let next: object | undefined;
      do {
        const page = await enrolment.find(
          { tenantId: district, courseId },
          next ? { limit: 3, next } : { limit: 3 },
        );
        listed.push(...page);
        next = page.next;
      } while (next);
      assert.deepEqual(studentsOf(listed), studentsOf(enrollees));
      const { count } = await enrolment.find({ tenantId: district, courseId }, { count: true });
      assert.equal(count, enrollees.length);
      await removeAll(enrollees);
      assert.deepEqual([...(await enrolment.find({ tenantId: district, courseId }))], []);
    },

    'the courses of a student are found by an index': async () => {
      const studentId = randomUUID();
      const courses = [randomUUID(), randomUUID()].sort();
      const enrollees = courses.map((courseId) => ({ tenantId: district, courseId, studentId }));
      await addAll(enrollees);
      const found = await enrolment.find({ tenantId: district, studentId }, { index: 'gsi1' });
      assert.deepEqual(
        found.map(({ courseId }) => courseId),
        courses,
      );
      await removeAll(enrollees);
    },

    'a student enrols in one transaction, as long as there are seats': async () => {
      const { tenantId, courseId } = await course.create(newCourse(district));
      const [first, second] = [newEnrollee(tenantId, courseId), newEnrollee(tenantId, courseId)];
      await enrol(first);
      await assert.rejects(enrol(second), { code: 'TransactionCanceledException' });
      const transaction = {};
      await course.get({ tenantId, courseId }, { transaction });
      await enrolment.get(first, { transaction });
      await enrolment.get(second, { transaction });
      const items: unknown = await table.transact('get', transaction, { parse: true });
      assert.ok(Array.isArray(items));
      assert.deepEqual(
        items.map((item) => [item.studentId, item.seats]),
        [
          [undefined, 0],
          [first.studentId, undefined],
        ],
      );
      await removeAll([first]);
      await course.remove({ tenantId, courseId });
    },

    'a student transfers to another district in one transaction': async () => {
      const { tenantId, courseId } = await course.create(newCourse(neighbour));
      const from = newEnrollee(district, randomUUID());
      const to = { ...from, tenantId, courseId };
      await enrolment.create(from);
      await transfer(from, to);
      assert.deepEqual(await readAll([from, to]), [to.studentId]);
      assert.equal((await course.get({ tenantId, courseId }))?.seats, 0);
      await removeAll([to]);
      await course.remove({ tenantId, courseId });
    },

    'enrolments of two districts are written, read and deleted in batches': async () => {
      const enrollees = [district, neighbour].flatMap((tenantId) => {
        const courseId = randomUUID();
        return [newEnrollee(tenantId, courseId), newEnrollee(tenantId, courseId)];
      });
      await addAll(enrollees);
      assert.deepEqual(await readAll(enrollees), studentsOf(enrollees));
      await removeAll(enrollees);
      assert.deepEqual(await readAll(enrollees), []);
    },
  };
};
