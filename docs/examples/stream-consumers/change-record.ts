import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { StreamRecord } from 'tierferry/router';

export type Item = Readonly<Record<string, AttributeValue>>;

/** A record of a table's stream, as Lambda delivers it. The stream's view is NEW_AND_OLD_IMAGES. */
export interface ChangeRecord extends StreamRecord {
  readonly eventName?: 'INSERT' | 'MODIFY' | 'REMOVE' | undefined;
  readonly dynamodb?:
    | (StreamRecord['dynamodb'] & {
        readonly Keys?: Item | undefined;
        readonly OldImage?: Item | undefined;
        readonly NewImage?: Item | undefined;
      })
    | undefined;
}

/** The key of a tenant's item. */
export interface ItemKey {
  readonly tenantId: string;
  readonly entityKey: string;
}

export const keyOf = ({ dynamodb }: ChangeRecord): ItemKey => ({
  tenantId: dynamodb?.Keys?.tenantId?.S ?? '',
  entityKey: dynamodb?.Keys?.entityKey?.S ?? '',
});

/** Returns the name of the record's table, from the ARN of its stream. */
export const tableOf = ({ eventSourceARN = '' }: ChangeRecord): string => eventSourceARN.split('/')[1] ?? '';
