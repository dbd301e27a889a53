import { NodeHttpHandler } from '@smithy/node-http-handler';
import * as z from 'zod';

/** One call of the SDK: its operation, and the tables that it names. */
export interface Call {
  readonly operation: string;
  readonly tables: readonly string[];
}

const Body = z.object({
  TableName: z.string().optional(),
  RequestItems: z.record(z.string(), z.unknown()).optional(),
  TransactItems: z.array(z.record(z.string(), z.object({ TableName: z.string() }))).optional(),
});

/** A request handler for the SDK's clients that records each call. */
export class RecordingHandler extends NodeHttpHandler {
  readonly calls: Call[] = [];

  override handle(...[request, options]: Parameters<NodeHttpHandler['handle']>) {
    const operation = (request.headers['x-amz-target'] ?? '').replace(/^.*\./, '');
    const text = typeof request.body === 'string' ? request.body : new TextDecoder().decode(request.body);
    const body = Body.parse(JSON.parse(text));
    const transacted = (body.TransactItems ?? []).flatMap((action) =>
      Object.values(action).map(({ TableName }) => TableName),
    );
    const tables = [
      ...(body.TableName === undefined ? [] : [body.TableName]),
      ...Object.keys(body.RequestItems ?? {}),
      ...transacted,
    ];
    this.calls.push({ operation, tables });
    return super.handle(request, options);
  }
}
