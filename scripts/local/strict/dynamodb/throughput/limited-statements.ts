import { answerOf, type Body, bodyOf, isDone, type Rule, recordsIn, type Send, textIn } from '../call.ts';
import { oldItems, wireKey } from './old-items.ts';
import type { TableDesigns } from './table-designs.ts';
import { type Throttle, throttledPart } from './throttled.ts';
import { keyOf, type Throughput } from './throughput.ts';
import { itemFromWire } from './wire-item.ts';

const DELETE = /^\s*DELETE\s+FROM\s+"([^"]+)"\s+WHERE\s+(.+)$/is;
const EQUALITY = /"([^"]+)"\s*=\s*\?/g;

/**
 * Limits batches of statements: each throttled statement is an error in the answer. Only deletes with equality conditions
 * are limited. [BatchExecuteStatement, BatchStatementError; Running batch operations with PartiQL for DynamoDB]
 */
export const limitedStatements = (designs: TableDesigns, throughput: Throughput): Rule => {
  const refuse = async (statement: Body, send: Send): Promise<Throttle | undefined> => {
    const [, table = '', where = ''] = DELETE.exec(textIn(statement, 'Statement') ?? '') ?? [];
    const design = table === '' ? undefined : await designs.of(table, send);
    if (!design) return undefined;
    const names = [...where.matchAll(EQUALITY)].map(([, name = '']) => name);
    const values = recordsIn(statement, 'Parameters');
    const wire = wireKey(design, Object.fromEntries(names.map((name, n) => [name, values[n]])));
    const key = keyOf(design, itemFromWire(wire));
    const before = (await oldItems(design, [wire], send))(key);
    return throughput.refuseWrite({ design, key, before, after: undefined });
  };
  return async (call, send) => {
    const { operation, body } = call;
    if (operation !== 'BatchExecuteStatement') return send(call);
    const statements = recordsIn(body, 'Statements');
    const throttles: (Throttle | undefined)[] = [];
    for (const statement of statements) throttles.push(await refuse(statement, send));
    if (throttles.every((throttle) => throttle === undefined)) return send(call);
    const taken = statements.filter((_, n) => throttles[n] === undefined);
    const answer =
      taken.length > 0
        ? await send({ operation, body: { ...body, Statements: taken } })
        : answerOf({ Responses: [] });
    if (!isDone(answer)) return answer;
    const done = recordsIn(bodyOf(answer), 'Responses');
    const Responses = throttles.map((throttle) =>
      throttle ? { TableName: throttle.design.table, Error: throttledPart(throttle) } : done.shift(),
    );
    return answerOf({ ...bodyOf(answer), Responses });
  };
};
