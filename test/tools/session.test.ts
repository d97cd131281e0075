import { hostEngine } from './engine-fixtures.ts';
import { testSessions } from './engine-sessions.ts';

testSessions(hostEngine);
