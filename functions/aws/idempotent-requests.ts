import {
  EarlierRequest,
  type IdempotentRequests,
  REQUEST_MS,
} from '../migration/requests/idempotent-requests-port.ts';
import type { Records } from './records.ts';
import { updateOf } from './update.ts';

const PART = 'REQUEST';

/** Stores requests in `REQUEST#id` + `REQUEST` of the migrations table. */
export const requestsIn = (records: Records, table: string): IdempotentRequests => {
  const keyOf = (id: string) => ({ migrationId: `${PART}#${id}`, part: PART });
  return {
    async begin(id, request, at) {
      const key = keyOf(id);
      const isNew = await records.put({
        TableName: table,
        Item: { ...key, request, begunAt: at },
        ConditionExpression:
          'attribute_not_exists(part) OR (attribute_not_exists(answer) AND begunAt < :dead)',
        ExpressionAttributeValues: { ':dead': at - REQUEST_MS },
      });
      if (isNew) return undefined;
      const found = await records.get(table, key);
      // deleted between the two calls; returned like a running one, so that the caller asks again
      if (!found) return { request };
      return records.parse(EarlierRequest, { table, key: `${key.migrationId}/${PART}` }, found);
    },

    async finish(id, request, answer) {
      await records.update({
        TableName: table,
        Key: keyOf(id),
        ...updateOf({
          set: { answer },
          condition: '#request = :request AND attribute_not_exists(#answer)',
          names: { '#request': 'request', '#answer': 'answer' },
          values: { ':request': request },
        }),
      });
    },

    async forget(id, request) {
      await records.delete({
        TableName: table,
        Key: keyOf(id),
        ConditionExpression: '#request = :request AND attribute_not_exists(answer)',
        ExpressionAttributeNames: { '#request': 'request' },
        ExpressionAttributeValues: { ':request': request },
      });
    },
  };
};
