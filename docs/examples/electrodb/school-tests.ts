import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createSchool, type Enrollee } from './school.ts';

type Client = Parameters<typeof createSchool>[0];

const newEnrollee = (district: string, courseId: string): Enrollee => ({
  district,
  courseId,
  studentId: randomUUID(),
});
const studentsOf = (enrolments: readonly { studentId: string }[]) =>
  enrolments.map(({ studentId }) => studentId).sort();

/** Returns the tests of the application, by name. They use two districts, and may run again and again. */
export const schoolTests = (client: Client, district: string, neighbour: string) => {
  const { course, enrolment, school, enrol, transfer } = createSchool(client);
  const newCourse = (of: string) => ({ district: of, courseId: randomUUID(), name: 'Algebra', seats: 1 });

  return {
    'a course is created once, read, changed and deleted': async () => {
      const algebra = newCourse(district);
      await course.create(algebra).go();
      await assert.rejects(course.create(algebra).go(), { code: 4001 });
      assert.deepEqual((await course.get(algebra).go()).data, algebra);
      const { data } = await course.patch(algebra).set({ name: 'Logic' }).go({ response: 'all_new' });
      assert.equal(data.name, 'Logic');
      await course.upsert({ ...algebra, seats: 5 }).go();
      assert.equal((await course.get(algebra).go({ consistent: true })).data?.seats, 5);
      await course.remove(algebra).go();
      assert.equal((await course.get(algebra).go()).data, null);
    },

    'the students of a course are listed in pages': async () => {
      const courseId = randomUUID();
      const enrollees = Array.from({ length: 7 }, () => newEnrollee(district, courseId));
      await enrolment.put(enrollees).go();
      const listed: { studentId: string }[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof listPage>> = await listPage(courseId, cursor);
        listed.push(...page.data);
        cursor = page.cursor;
      } while (cursor !== null);
      assert.deepEqual(studentsOf(listed), studentsOf(enrollees));
      await enrolment.delete(enrollees).go();
      const { data } = await enrolment.query.enrolment({ district, courseId }).go({ pages: 'all' });
      assert.deepEqual(data, []);
    },

    'a course and its students are read as one collection': async () => {
      const algebra = newCourse(district);
      const enrollee = newEnrollee(district, algebra.courseId);
      await course.create(algebra).go();
      await enrol(enrollee);
      const { courseId } = algebra;
      const { data } = await school.collections.roster({ district, courseId }).go();
      assert.deepEqual(data, { course: [{ ...algebra, seats: 0 }], enrolment: [enrollee] });
      await enrolment.delete(enrollee).go();
      await course.delete(algebra).go();
    },

    'the courses of a student are found by an index': async () => {
      const studentId = randomUUID();
      const courses = [randomUUID(), randomUUID()].sort();
      const enrollees = courses.map((courseId) => ({ district, courseId, studentId }));
      await enrolment.put(enrollees).go();
      const { data } = await enrolment.query.byStudent({ district, studentId }).go();
      assert.deepEqual(
        data.map(({ courseId }) => courseId),
        courses,
      );
      await enrolment.delete(enrollees).go();
    },

    'a student enrols in one transaction, as long as there are seats': async () => {
      const algebra = newCourse(district);
      await course.create(algebra).go();
      const [first, second] = [
        newEnrollee(district, algebra.courseId),
        newEnrollee(district, algebra.courseId),
      ];
      assert.equal((await enrol(first)).canceled, false);
      const { canceled, data } = await enrol(second);
      assert.deepEqual([canceled, data[0]?.code], [true, 'ConditionalCheckFailed']);
      const read = await school.transaction
        .get((entities) => [
          entities.course.get(algebra).commit(),
          entities.enrolment.get(first).commit(),
          entities.enrolment.get(second).commit(),
        ])
        .go();
      assert.deepEqual(
        read.data.map(({ item }) => item),
        [{ ...algebra, seats: 0 }, first, null],
      );
      await enrolment.delete(first).go();
      await course.delete(algebra).go();
    },

    'a student transfers to another district in one transaction': async () => {
      const algebra = newCourse(neighbour);
      await course.create(algebra).go();
      const from = newEnrollee(district, randomUUID());
      const to = { ...from, district: neighbour, courseId: algebra.courseId };
      await enrolment.create(from).go();
      assert.equal((await transfer(from, to)).canceled, false);
      assert.equal((await enrolment.get(from).go()).data, null);
      assert.deepEqual((await enrolment.get(to).go()).data, to);
      assert.equal((await course.get(algebra).go()).data?.seats, 0);
      await enrolment.delete(to).go();
      await course.delete(algebra).go();
    },

    'enrolments of two districts are written, read and deleted in batches': async () => {
      const enrollees = [district, neighbour].flatMap((one) => {
        const courseId = randomUUID();
        return [newEnrollee(one, courseId), newEnrollee(one, courseId)];
      });
      assert.deepEqual((await enrolment.put(enrollees).go()).unprocessed, []);
      const read = await enrolment.get(enrollees).go({ preserveBatchOrder: true });
      assert.deepEqual(read, { data: enrollees, unprocessed: [] });
      assert.deepEqual((await enrolment.delete(enrollees).go()).unprocessed, []);
      assert.deepEqual((await enrolment.get(enrollees).go()).data, []);
    },
  };

  function listPage(courseId: string, cursor: string | null) {
    return enrolment.query.enrolment({ district, courseId }).go({ cursor, limit: 3 });
  }
};
