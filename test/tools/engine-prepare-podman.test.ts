import { testPrepare } from './engine-prepare.ts';

testPrepare('podman');
