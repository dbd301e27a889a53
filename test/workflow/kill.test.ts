import { testKills } from './kills.ts';

// the project `slow` continues with another dozen
testKills(8);
