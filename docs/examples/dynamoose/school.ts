import type { DynamoDB } from '@aws-sdk/client-dynamodb';
import dynamoose from 'dynamoose';
import type { Item } from 'dynamoose/dist/Item.js';

interface CourseItem extends Item {
  tenantId: string;
  entityKey: string;
  courseId: string;
  name: string;
  seats: number;
}

interface EnrolmentItem extends Item {
  tenantId: string;
  entityKey: string;
  courseId: string;
  studentId: string;
  gsi1pk: string;
  gsi1sk: string;
}

/** Names a student of a course in a district. */
export interface Enrollee {
  readonly tenantId: string;
  readonly courseId: string;
  readonly studentId: string;
}

const keys = {
  tenantId: { type: String, hashKey: true },
  entityKey: { type: String, rangeKey: true },
};

export const Course = dynamoose.model<CourseItem>(
  'Course',
  new dynamoose.Schema({
    ...keys,
    entityType: { type: String, default: 'COURSE', enum: ['COURSE'] },
    courseId: { type: String, required: true },
    name: { type: String, required: true },
    seats: { type: Number, required: true },
  }),
);

export const Enrolment = dynamoose.model<EnrolmentItem>(
  'Enrolment',
  new dynamoose.Schema({
    ...keys,
    entityType: { type: String, default: 'ENROLMENT', enum: ['ENROLMENT'] },
    courseId: { type: String, required: true },
    studentId: { type: String, required: true },
    gsi1pk: { type: String, index: { name: 'gsi1', rangeKey: 'gsi1sk', type: 'global' } },
    gsi1sk: String,
  }),
);

// the table is made by other means, as in any production
new dynamoose.Table('school-data', [Course, Enrolment], { create: false, waitForActive: false });

/** Lets the models use this client. */
export const connect = (client: DynamoDB): void => dynamoose.aws.ddb.set(client);

export const courseKey = (tenantId: string, courseId: string) => ({
  tenantId,
  entityKey: `COURSE#${courseId}`,
});

export const enrolmentKey = ({ tenantId, courseId, studentId }: Enrollee) => ({
  tenantId,
  entityKey: `COURSE#${courseId}#STUDENT#${studentId}`,
});

export const studentIndexKey = (tenantId: string, studentId: string) =>
  `TENANT#${tenantId}#STUDENT#${studentId}`;

/** Returns the item of an enrollee. */
export const newEnrolment = (enrollee: Enrollee) => ({
  ...enrolmentKey(enrollee),
  courseId: enrollee.courseId,
  studentId: enrollee.studentId,
  gsi1pk: studentIndexKey(enrollee.tenantId, enrollee.studentId),
  gsi1sk: `COURSE#${enrollee.courseId}`,
});

const takeSeat = ({ tenantId, courseId }: Enrollee) =>
  Course.transaction.update(
    courseKey(tenantId, courseId),
    { $ADD: { seats: -1 } },
    { return: 'request', condition: new dynamoose.Condition('seats').ge(1) },
  );

/** Takes a seat of the course. @throws TransactionCanceledException if there is none, or the student has one. */
export const enrol = async (enrollee: Enrollee): Promise<void> => {
  await dynamoose.transaction([takeSeat(enrollee), Enrolment.transaction.create(newEnrolment(enrollee))]);
};

/** Moves a student to a course of another district. @throws TransactionCanceledException as `enrol`. */
export const transfer = async (from: Enrollee, to: Enrollee): Promise<void> => {
  await dynamoose.transaction([
    Enrolment.transaction.delete(enrolmentKey(from)),
    takeSeat(to),
    Enrolment.transaction.create(newEnrolment(to)),
  ]);
};
