import {
  BatchGetCommand,
  type BatchGetCommandInput,
  type BatchGetCommandOutput,
  BatchWriteCommand,
  type BatchWriteCommandInput,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  type QueryCommandInput,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';

const TABLE = 'school-data';

export interface Course {
  readonly courseId: string;
  readonly name: string;
  /** Free seats. */
  readonly seats: number;
}

/** Names a student of a course in a district. */
export interface Enrollee {
  readonly district: string;
  readonly courseId: string;
  readonly studentId: string;
}

/** Courses and enrolments of school districts, in one table. Its partition key is the district. */
export class School {
  readonly #documents: DynamoDBDocumentClient;

  constructor(documents: DynamoDBDocumentClient) {
    this.#documents = documents;
  }

  /** @throws ConditionalCheckFailedException if there is such a course. */
  async createCourse(district: string, course: Course): Promise<void> {
    await this.#documents.send(
      new PutCommand({
        TableName: TABLE,
        Item: { ...courseKey(district, course.courseId), entityType: 'COURSE', ...course },
        ConditionExpression: 'attribute_not_exists(entityKey)',
      }),
    );
  }

  async course(district: string, courseId: string): Promise<Record<string, unknown> | undefined> {
    const Key = courseKey(district, courseId);
    return (await this.#documents.send(new GetCommand({ TableName: TABLE, Key, ConsistentRead: true }))).Item;
  }

  /** Returns the course with its new name. */
  async renameCourse(district: string, courseId: string, name: string) {
    const { Attributes } = await this.#documents.send(
      new UpdateCommand({
        TableName: TABLE,
        Key: courseKey(district, courseId),
        UpdateExpression: 'SET #name = :name',
        ConditionExpression: 'attribute_exists(entityKey)',
        ExpressionAttributeNames: { '#name': 'name' },
        ExpressionAttributeValues: { ':name': name },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return Attributes;
  }

  async deleteCourse(district: string, courseId: string): Promise<void> {
    await this.#documents.send(new DeleteCommand({ TableName: TABLE, Key: courseKey(district, courseId) }));
  }

  /** Takes a seat of the course. @throws TransactionCanceledException if there is none, or the student has one. */
  async enrol(enrollee: Enrollee): Promise<void> {
    await this.#documents.send(
      new TransactWriteCommand({ TransactItems: [takeSeat(enrollee), { Put: newEnrolment(enrollee) }] }),
    );
  }

  /** Moves a student to a course of another district. @throws TransactionCanceledException as `enrol`. */
  async transfer(from: Enrollee, to: Enrollee): Promise<void> {
    await this.#documents.send(
      new TransactWriteCommand({
        TransactItems: [
          {
            Delete: {
              TableName: TABLE,
              Key: enrolmentKey(from),
              ConditionExpression: 'attribute_exists(entityKey)',
            },
          },
          takeSeat(to),
          { Put: newEnrolment(to) },
        ],
      }),
    );
  }

  /** Returns the ids of the students of a course, and the number of pages that were read. */
  async students(district: string, courseId: string, pageSize: number) {
    const query: QueryCommandInput = {
      TableName: TABLE,
      KeyConditionExpression: 'tenantId = :district AND begins_with(entityKey, :course)',
      ExpressionAttributeValues: { ':district': district, ':course': `COURSE#${courseId}#STUDENT#` },
      ConsistentRead: true,
    };
    const students: unknown[] = [];
    let pages = 0;
    for await (const page of paginateQuery({ client: this.#documents, pageSize }, query)) {
      students.push(...(page.Items ?? []).map((item) => item.studentId));
      pages += 1;
    }
    return { students, pages };
  }

  /** Returns the ids of a student's courses, by an index. */
  async coursesOf(district: string, studentId: string): Promise<unknown[]> {
    const query: QueryCommandInput = {
      TableName: TABLE,
      IndexName: 'gsi1',
      KeyConditionExpression: 'gsi1pk = :student',
      ExpressionAttributeValues: { ':student': studentIndexKey(district, studentId) },
    };
    const courses: unknown[] = [];
    for await (const page of paginateQuery({ client: this.#documents }, query))
      courses.push(...(page.Items ?? []).map((item) => item.courseId));
    return courses;
  }

  /** Writes enrolments without taking seats. At most 25. */
  async importEnrolments(enrollees: readonly Enrollee[]): Promise<void> {
    await this.#writeAll(
      enrollees.map((enrollee) => ({ PutRequest: { Item: newEnrolment(enrollee).Item } })),
    );
  }

  async deleteEnrolments(enrollees: readonly Enrollee[]): Promise<void> {
    await this.#writeAll(enrollees.map((enrollee) => ({ DeleteRequest: { Key: enrolmentKey(enrollee) } })));
  }

  /** Returns the ids of the students who are enrolled. */
  async enrolled(enrollees: readonly Enrollee[]): Promise<unknown[]> {
    const students: unknown[] = [];
    let RequestItems: BatchGetCommandInput['RequestItems'] = {
      [TABLE]: { Keys: enrollees.map(enrolmentKey), ConsistentRead: true },
    };
    while (RequestItems && Object.keys(RequestItems).length > 0) {
      const output: BatchGetCommandOutput = await this.#documents.send(new BatchGetCommand({ RequestItems }));
      students.push(...(output.Responses?.[TABLE] ?? []).map((item) => item.studentId));
      RequestItems = output.UnprocessedKeys;
    }
    return students;
  }

  async #writeAll(requests: NonNullable<BatchWriteCommandInput['RequestItems']>[string]): Promise<void> {
    let RequestItems: BatchWriteCommandInput['RequestItems'] = { [TABLE]: requests };
    while (RequestItems && Object.keys(RequestItems).length > 0)
      RequestItems = (await this.#documents.send(new BatchWriteCommand({ RequestItems }))).UnprocessedItems;
  }
}

const courseKey = (district: string, courseId: string) => ({
  tenantId: district,
  entityKey: `COURSE#${courseId}`,
});

const enrolmentKey = ({ district, courseId, studentId }: Enrollee) => ({
  tenantId: district,
  entityKey: `COURSE#${courseId}#STUDENT#${studentId}`,
});

const studentIndexKey = (district: string, studentId: string) => `TENANT#${district}#STUDENT#${studentId}`;

const takeSeat = ({ district, courseId }: Enrollee) => ({
  Update: {
    TableName: TABLE,
    Key: courseKey(district, courseId),
    UpdateExpression: 'SET seats = seats - :one',
    ConditionExpression: 'seats >= :one',
    ExpressionAttributeValues: { ':one': 1 },
  },
});

const newEnrolment = (enrollee: Enrollee) => ({
  TableName: TABLE,
  Item: {
    ...enrolmentKey(enrollee),
    entityType: 'ENROLMENT',
    courseId: enrollee.courseId,
    studentId: enrollee.studentId,
    gsi1pk: studentIndexKey(enrollee.district, enrollee.studentId),
    gsi1sk: `COURSE#${enrollee.courseId}`,
  },
  ConditionExpression: 'attribute_not_exists(entityKey)',
});
