import { testContainers } from './engine-containers.ts';
import { containerEngine } from './engine-fixtures.ts';
import { testMockSessions } from './engine-mock-sessions.ts';
import { testSessions } from './engine-sessions.ts';

testSessions(() => containerEngine('podman'));
testContainers(() => containerEngine('podman'));
testMockSessions(() => containerEngine('podman'));
