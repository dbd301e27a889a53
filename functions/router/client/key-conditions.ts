import { type Fields, fieldsOf, listOf } from './records.ts';

/** `name = :value` in a key condition. DynamoDB requires this form for the partition key, and joins conditions by AND. */
const EQUALITY = /([#\w.-]+)\s*=\s*(:\w+)/g;

/**
 * Returns the value that a query's key condition requires of the attribute; undefined if it requires none. Reads
 * `KeyConditionExpression`, and the older `KeyConditions`.
 */
export const valueInCondition = (query: Fields, attribute: string): unknown => {
  const { KeyConditionExpression: expression } = query;
  if (typeof expression !== 'string') return ofLegacyConditions(query, attribute);
  const names = fieldsOf(query.ExpressionAttributeNames);
  for (const [, name = '', value = ''] of expression.matchAll(EQUALITY)) {
    if ((name.startsWith('#') ? names[name] : name) === attribute)
      return fieldsOf(query.ExpressionAttributeValues)[value];
  }
  return undefined;
};

const ofLegacyConditions = (query: Fields, attribute: string): unknown => {
  const condition = fieldsOf(fieldsOf(query.KeyConditions)[attribute]);
  return condition.ComparisonOperator === 'EQ' ? listOf(condition.AttributeValueList)[0] : undefined;
};
