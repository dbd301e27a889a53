import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import dynamoose from 'dynamoose';
import {
  Course,
  connect,
  courseKey,
  type Enrollee,
  Enrolment,
  enrol,
  enrolmentKey,
  newEnrolment,
  studentIndexKey,
  transfer,
} from './school.ts';

type Client = Parameters<typeof connect>[0];

const newEnrollee = (tenantId: string, courseId: string): Enrollee => ({
  tenantId,
  courseId,
  studentId: randomUUID(),
});
const studentsOf = (enrolments: readonly { studentId: string }[]) =>
  enrolments.map(({ studentId }) => studentId).sort();
const newCourse = (tenantId: string) => {
  const courseId = randomUUID();
  return { ...courseKey(tenantId, courseId), courseId, name: 'Algebra', seats: 1 };
};

const addAll = async (enrollees: readonly Enrollee[]) => {
  const { unprocessedItems } = await Enrolment.batchPut(enrollees.map(newEnrolment));
  assert.deepEqual(unprocessedItems, []);
};
const removeAll = async (enrollees: readonly Enrollee[]) => {
  const { unprocessedItems } = await Enrolment.batchDelete(enrollees.map(enrolmentKey));
  assert.deepEqual(unprocessedItems, []);
};
const readAll = async (enrollees: readonly Enrollee[]) => {
  const found = await Enrolment.batchGet(enrollees.map(enrolmentKey), { consistent: true });
  assert.deepEqual(found.unprocessedKeys, []);
  return studentsOf(found);
};
const studentsOfCourse = (tenantId: string, courseId: string) =>
  Enrolment.query('tenantId').eq(tenantId).where('entityKey').beginsWith(`COURSE#${courseId}#STUDENT#`);

/** Returns the tests of the application, by name. They use two districts, and may run again and again. */
export const schoolTests = (client: Client, district: string, neighbour: string) => {
  connect(client);
  return {
    'a course is created once, read, changed and deleted': async () => {
      const algebra = newCourse(district);
      const key = courseKey(district, algebra.courseId);
      await Course.create(algebra);
      await assert.rejects(Course.create(algebra), { name: 'ConditionalCheckFailedException' });
      assert.equal((await Course.get(key)).name, 'Algebra');
      assert.equal((await Course.update(key, { name: 'Logic' })).name, 'Logic');
      const course = await Course.get(key, { consistent: true });
      course.seats = 5;
      await course.save();
      assert.equal((await Course.get(key)).seats, 5);
      await Course.delete(key);
      assert.equal(await Course.get(key), undefined);
    },

    'the students of a course are listed in pages': async () => {
      const courseId = randomUUID();
      const enrollees = Array.from({ length: 7 }, () => newEnrollee(district, courseId));
      await addAll(enrollees);
      const listed: { studentId: string }[] = [];
      let lastKey: Record<string, unknown> | undefined;
      do {
        const page = await studentsOfCourse(district, courseId).limit(3).startAt(lastKey).exec();
        listed.push(...page);
        lastKey = page.lastKey;
      } while (lastKey);
      assert.deepEqual(studentsOf(listed), studentsOf(enrollees));
      assert.equal((await studentsOfCourse(district, courseId).all().exec()).count, enrollees.length);
      await removeAll(enrollees);
      assert.equal((await studentsOfCourse(district, courseId).consistent().exec()).count, 0);
    },

    'the courses of a student are found by an index': async () => {
      const studentId = randomUUID();
      const courses = [randomUUID(), randomUUID()].sort();
      const enrollees = courses.map((courseId) => ({ tenantId: district, courseId, studentId }));
      await addAll(enrollees);
      const found = await Enrolment.query('gsi1pk').eq(studentIndexKey(district, studentId)).exec();
      assert.deepEqual(
        found.map(({ courseId }) => courseId),
        courses,
      );
      await removeAll(enrollees);
    },

    'a student enrols in one transaction, as long as there are seats': async () => {
      const algebra = newCourse(district);
      await Course.create(algebra);
      const [first, second] = [
        newEnrollee(district, algebra.courseId),
        newEnrollee(district, algebra.courseId),
      ];
      await enrol(first);
      await assert.rejects(enrol(second), { name: 'TransactionCanceledException' });
      const [course, enrolment] = await dynamoose.transaction([
        Course.transaction.get(courseKey(district, algebra.courseId)),
        Enrolment.transaction.get(enrolmentKey(first)),
      ]);
      assert.deepEqual([course.seats, enrolment.studentId], [0, first.studentId]);
      assert.equal(await Enrolment.get(enrolmentKey(second)), undefined);
      await removeAll([first]);
      await Course.delete(courseKey(district, algebra.courseId));
    },

    'a student transfers to another district in one transaction': async () => {
      const algebra = newCourse(neighbour);
      await Course.create(algebra);
      const from = newEnrollee(district, randomUUID());
      const to = { ...from, tenantId: neighbour, courseId: algebra.courseId };
      await Enrolment.create(newEnrolment(from));
      await transfer(from, to);
      assert.deepEqual(await readAll([from, to]), [to.studentId]);
      assert.equal((await Course.get(courseKey(neighbour, algebra.courseId))).seats, 0);
      await removeAll([to]);
      await Course.delete(courseKey(neighbour, algebra.courseId));
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
