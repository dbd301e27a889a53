import { DynamoDB, DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { ScanCommand as ToolboxScan } from 'dynamodb-toolbox/table/actions/scan';
import { createSchool as createToolboxSchool } from '../../docs/examples/dynamodb-toolbox/school.ts';
import { schoolTests as toolboxTests } from '../../docs/examples/dynamodb-toolbox/school-tests.ts';
import { Course, connect } from '../../docs/examples/dynamoose/school.ts';
import { schoolTests as dynamooseTests } from '../../docs/examples/dynamoose/school-tests.ts';
import { createSchool as createElectroSchool } from '../../docs/examples/electrodb/school.ts';
import { schoolTests as electroTests } from '../../docs/examples/electrodb/school-tests.ts';
import { schoolTests as libTests } from '../../docs/examples/lib-dynamodb/school-tests.ts';
import { createSchool as createOneTableSchool } from '../../docs/examples/onetable/school.ts';
import { schoolTests as oneTableTests } from '../../docs/examples/onetable/school-tests.ts';

/** The tests of an application, by name. Each throws if it fails, and may run again and again. */
type Tests = Readonly<Record<string, () => Promise<void>>>;

/** The one line of an application that adopts Tierferry: returns the client that its library is given. */
export type Wrap = <C extends DynamoDBClient | DynamoDBDocumentClient>(client: C) => C;

/** An application of docs/examples. */
export interface Application {
  readonly name: string;
  readonly tests: (config: DynamoDBClientConfig, wrap: Wrap, district: string, neighbour: string) => Tests;
  /** Scans the table with the library. */
  readonly scan: (config: DynamoDBClientConfig, wrap: Wrap) => Promise<unknown>;
}

const documentsOf = (config: DynamoDBClientConfig, wrap: Wrap) =>
  wrap(DynamoDBDocumentClient.from(new DynamoDBClient(config)));

export const APPLICATIONS: readonly Application[] = [
  {
    name: 'lib-dynamodb',
    tests: (config, wrap, ...districts) => libTests(documentsOf(config, wrap), ...districts),
    scan: (config, wrap) => documentsOf(config, wrap).send(new ScanCommand({ TableName: 'school-data' })),
  },
  {
    name: 'electrodb',
    tests: (config, wrap, ...districts) => electroTests(documentsOf(config, wrap), ...districts),
    scan: (config, wrap) => createElectroSchool(documentsOf(config, wrap)).course.scan.go(),
  },
  {
    name: 'dynamodb-toolbox',
    tests: (config, wrap, ...districts) => toolboxTests(documentsOf(config, wrap), ...districts),
    scan: (config, wrap) => createToolboxSchool(documentsOf(config, wrap)).table.build(ToolboxScan).send(),
  },
  {
    name: 'onetable',
    tests: (config, wrap, ...districts) => oneTableTests(wrap(new DynamoDBClient(config)), ...districts),
    scan: (config, wrap) => createOneTableSchool(wrap(new DynamoDBClient(config))).course.scan(),
  },
  {
    name: 'dynamoose',
    tests: (config, wrap, ...districts) => dynamooseTests(wrap(new DynamoDB(config)), ...districts),
    scan: (config, wrap) => {
      connect(wrap(new DynamoDB(config)));
      return Course.scan().exec();
    },
  },
];
