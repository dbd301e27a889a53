// biome-ignore-all lint/suspicious/noTemplateCurlyInString: key templates of the library

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Entity, Service } from 'electrodb';

/** Names a student of a course in a district. */
export interface Enrollee {
  readonly district: string;
  readonly courseId: string;
  readonly studentId: string;
}

/** Returns the courses and enrolments of school districts, in one table. A district is a tenant. */
export const createSchool = (client: DynamoDBDocumentClient) => {
  const config = { client, table: 'school-data' };
  // the partition key is the district's id as it is: ElectroDB would add a prefix, and write it in lower case
  const pk = {
    field: 'tenantId',
    composite: ['district'],
    template: '${district}',
    casing: 'none',
  } as const;

  const course = new Entity(
    {
      model: { entity: 'course', version: '1', service: 'school' },
      attributes: {
        district: { type: 'string', required: true },
        courseId: { type: 'string', required: true },
        name: { type: 'string', required: true },
        seats: { type: 'number', required: true },
      },
      indexes: {
        course: {
          collection: 'roster',
          type: 'clustered',
          pk,
          sk: { field: 'entityKey', composite: ['courseId'] },
        },
      },
    },
    config,
  );

  const enrolment = new Entity(
    {
      model: { entity: 'enrolment', version: '1', service: 'school' },
      attributes: {
        district: { type: 'string', required: true },
        courseId: { type: 'string', required: true },
        studentId: { type: 'string', required: true },
      },
      indexes: {
        enrolment: {
          collection: 'roster',
          type: 'clustered',
          pk,
          sk: { field: 'entityKey', composite: ['courseId', 'studentId'] },
        },
        byStudent: {
          index: 'gsi1',
          pk: {
            field: 'gsi1pk',
            composite: ['district', 'studentId'],
            template: 'TENANT#${district}#STUDENT#${studentId}',
            casing: 'none',
          },
          sk: { field: 'gsi1sk', composite: ['courseId'] },
        },
      },
    },
    config,
  );

  const school = new Service({ course, enrolment }, config);

  /** Takes a seat of the course. The result is `canceled` if there is none, or the student has one. */
  const enrol = (enrollee: Enrollee) =>
    school.transaction
      .write(({ course, enrolment }) => [
        course
          .patch(enrollee)
          .subtract({ seats: 1 })
          .where(({ seats }, { gte }) => gte(seats, 1))
          .commit(),
        enrolment.create(enrollee).commit(),
      ])
      .go();

  /** Moves a student to a course of another district. The result is `canceled` as in `enrol`. */
  const transfer = (from: Enrollee, to: Enrollee) =>
    school.transaction
      .write(({ course, enrolment }) => [
        enrolment.remove(from).commit(),
        course
          .patch(to)
          .subtract({ seats: 1 })
          .where(({ seats }, { gte }) => gte(seats, 1))
          .commit(),
        enrolment.create(to).commit(),
      ])
      .go();

  return { course, enrolment, school, enrol, transfer };
};
