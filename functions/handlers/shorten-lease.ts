import { StageInput, stage } from '../aws/stage.ts';
import { shortenLease } from '../migration/routing/shorten-lease.ts';

export const handler = stage(StageInput, (ports, migration) => shortenLease(ports, migration, 'forth'));
