import { bodyOf, isDone, type Rule, type Send, tableIn } from '../call.ts';
import { parseTableDesign, type TableDesign } from './table-design.ts';

/** The designs of the engine's tables, cached until a table changes. */
export class TableDesigns {
  readonly #designs = new Map<string, Promise<TableDesign | undefined>>();

  /** @returns undefined if the table does not exist. */
  of(table: string, send: Send): Promise<TableDesign | undefined> {
    const known = this.#designs.get(table);
    if (known) return known;
    const asked = ask(table, send);
    this.#designs.set(table, asked);
    const forget = () => {
      if (this.#designs.get(table) === asked) this.#designs.delete(table);
    };
    asked.then((design) => design ?? forget(), forget);
    return asked;
  }

  /** Forgets a table that a call of the control plane changes. */
  readonly rule: Rule = async (call, send) => {
    if (!['CreateTable', 'UpdateTable', 'DeleteTable'].includes(call.operation)) return send(call);
    try {
      return await send(call);
    } finally {
      this.#designs.delete(tableIn(call.body));
    }
  };
}

const ask = async (table: string, send: Send): Promise<TableDesign | undefined> => {
  const answer = await send({ operation: 'DescribeTable', body: { TableName: table } });
  return isDone(answer) ? parseTableDesign(bodyOf(answer).Table) : undefined;
};
