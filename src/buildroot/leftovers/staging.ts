/** Folders in which something was being made that is not done: generations, layers, downloads. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { tryLock } from '../../lock.ts';
import { ownerOfName, ownerState } from '../../owner.ts';
import { removeMountedTree } from '../../remove-tree.ts';
import { downloadsFolder } from '../downloads/store.ts';
import { layersFolder } from '../layers/store.ts';
import { holdDead } from './hold.ts';
import { type FoundLeftover, found, type LeftoverKind } from './leftover.ts';

const isStaging = (name: string) => /^\.(?:new|old|current|smoke)-/.test(name);

/** Generations that were being made or removed: all under the lock of their buildroot. */
export async function* unfinishedGenerations(state: string): AsyncIterable<FoundLeftover> {
  const folder = path.join(state, 'buildroots');
  for (const buildroot of await readdir(folder).catch(() => [])) {
    const own = path.join(folder, buildroot);
    const names = (await readdir(own).catch(() => [])).filter(isStaging);
    if (names.length === 0) continue;
    const lock = await tryLock(path.join(own, 'lock'), { mode: 'exclusive', waitSeconds: 0, what: own }).catch(
      () => undefined,
    );
    // An update is at it, and removes them itself when it begins.
    if (lock === undefined) continue;
    try {
      for (const name of names)
        yield found('staging', path.join(own, name), () => removeMountedTree(path.join(own, name)));
    } finally {
      await lock.release();
    }
  }
}

/** Layers that were being made, and folders of downloads of a build: each under a lock of its own. */
export async function* unfinishedCaches(state: string): AsyncIterable<FoundLeftover> {
  const folders: readonly (readonly [LeftoverKind, string])[] = [
    ['staging', layersFolder(state)],
    ['download', downloadsFolder(state)],
  ];
  for (const [kind, folder] of folders) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (!isStaging(name)) continue;
      const place = path.join(folder, name);
      const lock = await holdDead(place, 0);
      if (lock === undefined) continue;
      yield found(kind, place, () => removeMountedTree(place), { release: () => lock.release() });
    }
  }
}

/** Parts of downloads of keys and tarballs, and trees that engines were tried with: their names tell their owners. */
export async function* unfinishedParts(state: string): AsyncIterable<FoundLeftover> {
  const folders: readonly (readonly [LeftoverKind, string])[] = [
    ['download', path.join(state, 'downloads', '.parts')],
    ['staging', path.join(state, 'probes')],
  ];
  for (const [kind, folder] of folders) {
    for (const name of await readdir(folder).catch(() => [])) {
      const owner = ownerOfName(name);
      if (owner === undefined || (await ownerState(owner)) !== 'dead') continue;
      yield found(kind, path.join(folder, name), () => removeMountedTree(path.join(folder, name)));
    }
  }
}
