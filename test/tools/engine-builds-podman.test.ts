import { testBuilds } from './engine-builds.ts';

testBuilds('podman');
