import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { BatchDeleteRequest } from 'dynamodb-toolbox/entity/actions/batchDelete';
import { BatchGetRequest } from 'dynamodb-toolbox/entity/actions/batchGet';
import { BatchPutRequest } from 'dynamodb-toolbox/entity/actions/batchPut';
import { DeleteItemCommand } from 'dynamodb-toolbox/entity/actions/delete';
import { GetItemCommand } from 'dynamodb-toolbox/entity/actions/get';
import { PutItemCommand } from 'dynamodb-toolbox/entity/actions/put';
import { execute as executeTransactGet, GetTransaction } from 'dynamodb-toolbox/entity/actions/transactGet';
import { UpdateItemCommand } from 'dynamodb-toolbox/entity/actions/update';
import { BatchGetCommand, execute as executeBatchGet } from 'dynamodb-toolbox/table/actions/batchGet';
import { BatchWriteCommand, execute as executeBatchWrite } from 'dynamodb-toolbox/table/actions/batchWrite';
import { QueryCommand } from 'dynamodb-toolbox/table/actions/query';
import { createSchool, type Enrollee, studentIndexKey } from './school.ts';

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
  const { table, course, enrolment, enrol, transfer, renameFor } = createSchool(client);
  const newCourse = (tenantId: string) => ({ tenantId, courseId: randomUUID(), name: 'Algebra', seats: 1 });
  const courseOf = async ({ tenantId, courseId }: { tenantId: string; courseId: string }) =>
    (await course.build(GetItemCommand).key({ tenantId, courseId }).options({ consistent: true }).send())
      .Item;

  const addAll = async (enrollees: readonly Enrollee[]) => {
    const requests = enrollees.map((enrollee) => enrolment.build(BatchPutRequest).item(enrollee));
    await executeBatchWrite({ maxAttempts: 5 }, table.build(BatchWriteCommand).requests(...requests));
  };
  const removeAll = async (enrollees: readonly Enrollee[]) => {
    const requests = enrollees.map((enrollee) => enrolment.build(BatchDeleteRequest).key(enrollee));
    await executeBatchWrite({ maxAttempts: 5 }, table.build(BatchWriteCommand).requests(...requests));
  };
  const readAll = async (enrollees: readonly Enrollee[]) => {
    const requests = enrollees.map((enrollee) => enrolment.build(BatchGetRequest).key(enrollee));
    const command = table
      .build(BatchGetCommand)
      .requests(...requests)
      .options({ consistent: true });
    const { Responses: [enrolments = []] = [] } = await executeBatchGet({ maxAttempts: 5 }, command);
    return studentsOf(enrolments.filter((one) => one !== undefined));
  };
  const studentsOfCourse = table.build(QueryCommand).entities(enrolment);

  return {
    'a course is created once, read, changed and deleted': async () => {
      const algebra = newCourse(district);
      const create = course.build(PutItemCommand).item(algebra);
      const once = create.options({ condition: { attr: 'courseId', exists: false } });
      await once.send();
      await assert.rejects(once.send(), { name: 'ConditionalCheckFailedException' });
      assert.equal((await courseOf(algebra))?.name, 'Algebra');
      const { Attributes } = await course
        .build(UpdateItemCommand)
        .item({ tenantId: district, courseId: algebra.courseId, name: 'Logic' })
        .options({ returnValues: 'ALL_NEW' })
        .send();
      assert.equal(Attributes?.name, 'Logic');
      await course.build(DeleteItemCommand).key(algebra).send();
      assert.equal(await courseOf(algebra), undefined);
    },

    'the students of a course are listed in pages': async () => {
      const courseId = randomUUID();
      const enrollees = Array.from({ length: 7 }, () => newEnrollee(district, courseId));
      await addAll(enrollees);
      const query = studentsOfCourse.query({
        partition: district,
        range: { beginsWith: `COURSE#${courseId}#STUDENT#` },
      });
      const listed: Enrollee[] = [];
      let exclusiveStartKey: Record<string, unknown> | undefined;
      do {
        const page = await query.options({ limit: 3, exclusiveStartKey }).send();
        listed.push(...(page.Items ?? []));
        exclusiveStartKey = page.LastEvaluatedKey;
      } while (exclusiveStartKey !== undefined);
      assert.deepEqual(studentsOf(listed), studentsOf(enrollees));
      await removeAll(enrollees);
      const { Items = [] } = await query.options({ maxPages: Infinity, consistent: true }).send();
      assert.deepEqual(Items, []);
    },

    'the courses of a student are found by an index': async () => {
      const studentId = randomUUID();
      const courses = [randomUUID(), randomUUID()].sort();
      const enrollees = courses.map((courseId) => ({ tenantId: district, courseId, studentId }));
      await addAll(enrollees);
      const { Items = [] } = await studentsOfCourse
        .query({ index: 'gsi1', partition: studentIndexKey(district, studentId) })
        .send();
      assert.deepEqual(
        Items.map(({ courseId }) => courseId),
        courses,
      );
      await removeAll(enrollees);
    },

    'a student enrols in one transaction, as long as there are seats': async () => {
      const algebra = newCourse(district);
      await course.build(PutItemCommand).item(algebra).send();
      const [first, second] = [
        newEnrollee(district, algebra.courseId),
        newEnrollee(district, algebra.courseId),
      ];
      await enrol(first);
      await assert.rejects(enrol(second), { name: 'TransactionCanceledException' });
      await renameFor(first, 'Logic');
      await assert.rejects(renameFor(second, 'Ethics'), { name: 'TransactionCanceledException' });
      const { Responses } = await executeTransactGet(
        course.build(GetTransaction).key(algebra),
        enrolment.build(GetTransaction).key(first),
        enrolment.build(GetTransaction).key(second),
      );
      assert.deepEqual([Responses?.[0].Item?.name, Responses?.[0].Item?.seats], ['Logic', 0]);
      assert.equal(Responses?.[1].Item?.studentId, first.studentId);
      assert.equal(Responses?.[2].Item, undefined);
      await removeAll([first]);
      await course.build(DeleteItemCommand).key(algebra).send();
    },

    'a student transfers to another district in one transaction': async () => {
      const algebra = newCourse(neighbour);
      await course.build(PutItemCommand).item(algebra).send();
      const from = newEnrollee(district, randomUUID());
      const to = { ...from, tenantId: neighbour, courseId: algebra.courseId };
      await enrolment.build(PutItemCommand).item(from).send();
      await transfer(from, to);
      assert.deepEqual(await readAll([from, to]), [to.studentId]);
      assert.equal((await courseOf(algebra))?.seats, 0);
      await removeAll([to]);
      await course.build(DeleteItemCommand).key(algebra).send();
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
