import { testBuilds } from './engine-builds.ts';

testBuilds('docker');
