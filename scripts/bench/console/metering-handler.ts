import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import * as z from 'zod';

const READS = new Set(['Query', 'Scan', 'GetItem', 'BatchGetItem']);
const Capacity = z.object({ CapacityUnits: z.number() });
const Answer = z.looseObject({ ConsumedCapacity: z.union([Capacity, z.array(Capacity)]).optional() });

/** A request handler for the SDK's clients that adds up the read units that the engine reports for all calls. */
export class MeteringHandler extends NodeHttpHandler {
  /** Read units used since a test set it last. */
  units = 0;
  /** Read operations, in order. */
  readonly reads: string[] = [];

  override async handle(...[request, options]: Parameters<NodeHttpHandler['handle']>) {
    const operation = (request.headers['x-amz-target'] ?? '').replace(/^.*\./, '');
    if (!READS.has(operation)) return super.handle(request, options);
    const asked = new TextDecoder().decode(request.body);
    const body = JSON.stringify({ ...JSON.parse(asked), ReturnConsumedCapacity: 'TOTAL' });
    request.body = body;
    request.headers['content-length'] = String(Buffer.byteLength(body));
    const answered = await super.handle(request, options);
    const bytes = await buffer(answered.response.body);
    const { ConsumedCapacity = [] } = Answer.parse(JSON.parse(bytes.toString()));
    for (const { CapacityUnits } of [ConsumedCapacity].flat()) this.units += CapacityUnits;
    this.reads.push(operation);
    answered.response.body = Readable.from([bytes]);
    return answered;
  }
}
