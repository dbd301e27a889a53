import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type Course, type Enrollee, School } from './school.ts';

type Client = ConstructorParameters<typeof School>[0];

const newCourse = (seats: number): Course => ({ courseId: randomUUID(), name: 'Algebra', seats });
const newEnrollee = (district: string, courseId: string): Enrollee => ({
  district,
  courseId,
  studentId: randomUUID(),
});

/** Returns the tests of the application, by name. They use two districts, and may run again and again. */
export const schoolTests = (client: Client, district: string, neighbour: string) => {
  const school = new School(client);
  return {
    'a course is created once, read, changed and deleted': async () => {
      const course = newCourse(2);
      await school.createCourse(district, course);
      await assert.rejects(school.createCourse(district, course), {
        name: 'ConditionalCheckFailedException',
      });
      assert.equal((await school.course(district, course.courseId))?.name, 'Algebra');
      assert.equal((await school.renameCourse(district, course.courseId, 'Logic'))?.name, 'Logic');
      assert.equal((await school.course(district, course.courseId))?.name, 'Logic');
      await school.deleteCourse(district, course.courseId);
      assert.equal(await school.course(district, course.courseId), undefined);
    },

    'the students of a course are listed in pages': async () => {
      const courseId = randomUUID();
      const enrollees = Array.from({ length: 7 }, () => newEnrollee(district, courseId));
      await school.importEnrolments(enrollees);
      const { students, pages } = await school.students(district, courseId, 3);
      assert.deepEqual(students, enrollees.map(({ studentId }) => studentId).sort());
      assert.ok(pages >= 3);
      await school.deleteEnrolments(enrollees);
      assert.deepEqual((await school.students(district, courseId, 3)).students, []);
    },

    'the courses of a student are found by an index': async () => {
      const studentId = randomUUID();
      const courses = [randomUUID(), randomUUID()].sort();
      const enrollees = courses.map((courseId) => ({ district, courseId, studentId }));
      await school.importEnrolments(enrollees);
      assert.deepEqual(await school.coursesOf(district, studentId), courses);
      await school.deleteEnrolments(enrollees);
    },

    'a student enrols in one transaction, as long as there are seats': async () => {
      const course = newCourse(1);
      await school.createCourse(district, course);
      const [first, second] = [
        newEnrollee(district, course.courseId),
        newEnrollee(district, course.courseId),
      ];
      await school.enrol(first);
      await assert.rejects(school.enrol(second), { name: 'TransactionCanceledException' });
      assert.equal((await school.course(district, course.courseId))?.seats, 0);
      assert.deepEqual(await school.enrolled([first, second]), [first.studentId]);
      await school.deleteEnrolments([first]);
      await school.deleteCourse(district, course.courseId);
    },

    'a student transfers to another district in one transaction': async () => {
      const course = newCourse(1);
      await school.createCourse(neighbour, course);
      const from = newEnrollee(district, randomUUID());
      const to = { ...from, district: neighbour, courseId: course.courseId };
      await school.importEnrolments([from]);
      await school.transfer(from, to);
      assert.deepEqual(await school.enrolled([from]), []);
      assert.deepEqual(await school.enrolled([to]), [to.studentId]);
      assert.equal((await school.course(neighbour, course.courseId))?.seats, 0);
      await school.deleteEnrolments([to]);
      await school.deleteCourse(neighbour, course.courseId);
    },

    'enrolments of two districts are written, read and deleted in batches': async () => {
      const enrollees = [district, neighbour].flatMap((one) => {
        const courseId = randomUUID();
        return [newEnrollee(one, courseId), newEnrollee(one, courseId)];
      });
      await school.importEnrolments(enrollees);
      assert.deepEqual(
        (await school.enrolled(enrollees)).sort(),
        enrollees.map(({ studentId }) => studentId).sort(),
      );
      await school.deleteEnrolments(enrollees);
      assert.deepEqual(await school.enrolled(enrollees), []);
    },
  };
};
