import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { isTierferrySentinel, type TenantRouter } from 'tierferry/router';
import * as z from 'zod';

const Student = z.object({
  firstName: z.string(),
  lastName: z.string(),
  /** Grows by one with each change. */
  version: z.number().int(),
  /** Names the request that made this version. */
  changeId: z.string().optional(),
});
export type Student = z.output<typeof Student>;

const School = z.object({ entityKey: z.string(), name: z.string() });
export type School = z.output<typeof School>;

/** A change of a student, made by a client that has seen version `version` (0: no student). */
export interface StudentChange {
  readonly firstName: string;
  readonly lastName: string;
  readonly version: number;
  /** The same for each attempt at this change. */
  readonly changeId: string;
}

/** The student has a different version than the one that the client has seen. */
export class VersionConflict extends Error {
  override readonly name = 'VersionConflict';
}

/**
 * The records of school districts in a single-table design. Each district is a tenant. The router passes the table's name to
 * every call, so this class stores none.
 */
export class SchoolRecords {
  readonly #documents: DynamoDBDocumentClient;
  readonly #router: TenantRouter;

  constructor(documents: DynamoDBDocumentClient, router: TenantRouter) {
    this.#documents = documents;
    this.#router = router;
  }

  async student(district: string, id: string): Promise<Student | undefined> {
    const { Item } = await this.#router.read(district, (TableName, { signal }) =>
      this.#documents.send(
        new GetCommand({
          TableName,
          Key: { tenantId: district, entityKey: studentKey(id) },
          ConsistentRead: true,
        }),
        { abortSignal: signal },
      ),
    );
    return Item && Student.parse(Item);
  }

  /**
   * Writes the next version of a student. Safe to call again with the same change: if an earlier write took effect and
   * its answer was lost or came after the lease (`TenantLeaseExpired`), it is found by its `changeId`.
   * @throws VersionConflict if another client has changed the student.
   */
  async saveStudent(district: string, id: string, { version, ...change }: StudentChange): Promise<Student> {
    const student = { ...change, version: version + 1 };
    try {
      await this.#router.write(district, (TableName, { signal }) =>
        this.#documents.send(
          new PutCommand({
            TableName,
            Item: { tenantId: district, entityKey: studentKey(id), entityType: 'STUDENT', ...student },
            ...(version === 0
              ? { ConditionExpression: 'attribute_not_exists(entityKey)' }
              : {
                  ConditionExpression: 'version = :seen',
                  ExpressionAttributeValues: { ':seen': version },
                }),
          }),
          { abortSignal: signal },
        ),
      );
      return student;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const stored = await this.student(district, id);
      if (stored?.changeId === change.changeId) return stored;
      throw new VersionConflict(`student ${id} has version ${stored?.version ?? 0}`);
    }
  }

  /** Returns the schools of a district. Each page is a call of the router, since a lease may end between two pages. */
  async schools(district: string): Promise<School[]> {
    const schools: School[] = [];
    let after: Record<string, unknown> | undefined;
    do {
      const page = await this.#router.read(district, (TableName, { signal }) =>
        this.#documents.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: 'tenantId = :district AND begins_with(entityKey, :school)',
            FilterExpression: 'entityType = :type',
            ExpressionAttributeValues: { ':district': district, ':school': 'SCHOOL#', ':type': 'SCHOOL' },
            ConsistentRead: true,
            ExclusiveStartKey: after,
          }),
          { abortSignal: signal },
        ),
      );
      // the filter already excludes sentinels, which have no entityType; a query without such a filter has to call this
      const items = (page.Items ?? []).filter((item) => !isTierferrySentinel(item));
      schools.push(...items.map((item) => School.parse(item)));
      after = page.LastEvaluatedKey;
    } while (after);
    return schools;
  }
}

const studentKey = (id: string): string => `STUDENT#${id}`;
