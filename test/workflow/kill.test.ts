import { testKills } from './kills.ts';

// the project `slow` goes on with another dozen
testKills(8);
