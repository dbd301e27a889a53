// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of the library

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Entity, type Model, Table } from 'dynamodb-onetable';

const schema = {
  format: 'onetable:1.1.0',
  version: '0.0.1',
  indexes: {
    primary: { hash: 'tenantId', sort: 'entityKey' },
    gsi1: { hash: 'gsi1pk', sort: 'gsi1sk', follow: true },
  },
  models: {
    Course: {
      tenantId: { type: String, required: true },
      entityKey: { type: String, value: 'COURSE#${courseId}' },
      courseId: { type: String, required: true },
      name: { type: String, required: true },
      seats: { type: Number, required: true },
    },
    Enrolment: {
      tenantId: { type: String, required: true },
      entityKey: { type: String, value: 'COURSE#${courseId}#STUDENT#${studentId}' },
      courseId: { type: String, required: true },
      studentId: { type: String, required: true },
      gsi1pk: { type: String, value: 'TENANT#${tenantId}#STUDENT#${studentId}' },
      gsi1sk: { type: String, value: 'COURSE#${courseId}' },
    },
  },
  params: { typeField: 'entityType', isoDates: true, timestamps: true },
} as const;

export type Course = Entity<typeof schema.models.Course>;
export type Enrolment = Entity<typeof schema.models.Enrolment>;

/** Names a student of a course in a district. */
export interface Enrollee {
  readonly tenantId: string;
  readonly courseId: string;
  readonly studentId: string;
}

/** Returns the courses and enrolments of school districts, in one table. A district is a tenant. */
export const createSchool = (client: DynamoDBClient) => {
  const table = new Table({ client, name: 'school-data', schema, partial: true });
  const course: Model<Course> = table.getModel('Course');
  const enrolment: Model<Enrolment> = table.getModel('Enrolment');

  /** Adds to the transaction that a student takes a seat. */
  const takeSeat = async (enrollee: Enrollee, transaction: object): Promise<void> => {
    const { tenantId, courseId } = enrollee;
    await course.update(
      { tenantId, courseId },
      { add: { seats: -1 }, where: '${seats} >= {1}', transaction },
    );
    await enrolment.create(enrollee, { transaction });
  };

  /** Takes a seat of the course. @throws OneTableError if there is none, or the student has one. */
  const enrol = async (enrollee: Enrollee): Promise<void> => {
    const transaction = {};
    await takeSeat(enrollee, transaction);
    await table.transact('write', transaction);
  };

  /** Moves a student to a course of another district. @throws OneTableError as `enrol`. */
  const transfer = async (from: Enrollee, to: Enrollee): Promise<void> => {
    const transaction = {};
    await enrolment.remove(from, { exists: true, transaction });
    await takeSeat(to, transaction);
    await table.transact('write', transaction);
  };

  return { table, course, enrolment, enrol, transfer };
};
