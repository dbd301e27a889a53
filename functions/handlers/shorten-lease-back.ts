import { StageInput, wayOut } from '../aws/stage.ts';
import { shortenLease } from '../migration/routing/shorten-lease.ts';

export const handler = wayOut(StageInput, (ports, migration) => shortenLease(ports, migration, 'back'));
