import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Entity } from 'dynamodb-toolbox/entity';
import { ConditionCheck } from 'dynamodb-toolbox/entity/actions/transactCheck';
import { DeleteTransaction } from 'dynamodb-toolbox/entity/actions/transactDelete';
import { PutTransaction } from 'dynamodb-toolbox/entity/actions/transactPut';
import { UpdateTransaction } from 'dynamodb-toolbox/entity/actions/transactUpdate';
import { execute } from 'dynamodb-toolbox/entity/actions/transactWrite';
import { $add } from 'dynamodb-toolbox/entity/actions/update/symbols';
import { item } from 'dynamodb-toolbox/schema/item';
import { number } from 'dynamodb-toolbox/schema/number';
import { string } from 'dynamodb-toolbox/schema/string';
import { Table } from 'dynamodb-toolbox/table';

/** Names a student of a course in a district. */
export interface Enrollee {
  readonly tenantId: string;
  readonly courseId: string;
  readonly studentId: string;
}

/** Returns the courses and enrolments of school districts, in one table. A district is a tenant. */
export const createSchool = (documentClient: DynamoDBDocumentClient) => {
  const table = new Table({
    documentClient,
    name: 'school-data',
    partitionKey: { name: 'tenantId', type: 'string' },
    sortKey: { name: 'entityKey', type: 'string' },
    indexes: {
      gsi1: {
        type: 'global',
        partitionKey: { name: 'gsi1pk', type: 'string' },
        sortKey: { name: 'gsi1sk', type: 'string' },
      },
    },
  });

  const course = new Entity({
    name: 'COURSE',
    table,
    schema: item({ tenantId: string().key(), courseId: string().key(), name: string(), seats: number() }),
    computeKey: ({ tenantId, courseId }: { tenantId: string; courseId: string }) => ({
      tenantId,
      entityKey: `COURSE#${courseId}`,
    }),
  });

  const enrolment = new Entity({
    name: 'ENROLMENT',
    table,
    schema: item({
      tenantId: string().key(),
      courseId: string().key(),
      studentId: string().key(),
    }).and((previous) => ({
      gsi1pk: string()
        .hidden()
        .link<typeof previous>(({ tenantId, studentId }) => studentIndexKey(tenantId, studentId)),
      gsi1sk: string()
        .hidden()
        .link<typeof previous>(({ courseId }) => `COURSE#${courseId}`),
    })),
    computeKey: ({ tenantId, courseId, studentId }: Enrollee) => ({
      tenantId,
      entityKey: `COURSE#${courseId}#STUDENT#${studentId}`,
    }),
  });

  const takeSeat = ({ tenantId, courseId }: Enrollee) =>
    course
      .build(UpdateTransaction)
      .item({ tenantId, courseId, seats: $add(-1) })
      .options({ condition: { attr: 'seats', gte: 1 } });

  const addEnrolment = (enrollee: Enrollee) =>
    enrolment
      .build(PutTransaction)
      .item(enrollee)
      .options({ condition: { attr: 'studentId', exists: false } });

  /** Takes a seat of the course. @throws TransactionCanceledException if there is none, or the student has one. */
  const enrol = (enrollee: Enrollee) => execute(takeSeat(enrollee), addEnrolment(enrollee));

  /** Moves a student to a course of another district. @throws TransactionCanceledException as `enrol`. */
  const transfer = (from: Enrollee, to: Enrollee) =>
    execute(enrolment.build(DeleteTransaction).key(from), takeSeat(to), addEnrolment(to));

  /** Renames a course while a student is enrolled. @throws TransactionCanceledException if the student is not. */
  const renameFor = (enrollee: Enrollee, name: string) => {
    const { tenantId, courseId } = enrollee;
    return execute(
      enrolment.build(ConditionCheck).key(enrollee).condition({ attr: 'studentId', exists: true }),
      course.build(UpdateTransaction).item({ tenantId, courseId, name }),
    );
  };

  return { table, course, enrolment, enrol, transfer, renameFor };
};

/** Returns the partition key of a student in the index `gsi1`. */
export const studentIndexKey = (tenantId: string, studentId: string) =>
  `TENANT#${tenantId}#STUDENT#${studentId}`;
