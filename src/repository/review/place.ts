/**
 * Where review repositories lie in the repository that they are layered over, and what they are called
 * (docs/review-repositories.md). Each is a repository of its own, below a folder that changes when it is begun anew;
 * what is served is a link to it.
 */
import { lstat, readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import { quote, UserError } from '../../errors.ts';
import { isSnapshotId, RepositoryPaths } from '../layout.ts';

/** The channel of a review repository. */
export const REVIEW_CHANNEL = 'latest';

const FOLDER = 'review';
const MAX_NAME = 64;

/** A plain name of a folder, which no other tool takes for something else. */
export function isReviewName(text: string): boolean {
  return text.length <= MAX_NAME && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text) && !text.includes('..');
}

/** @throws UserError for a name that `isReviewName` refuses. */
export function checkReviewName(text: string, where = 'input review'): string {
  if (isReviewName(text)) return text;
  throw new UserError({
    what: 'not a name of a review repository',
    where,
    found: quote(text),
    expected: `${MAX_NAME} characters at most: letters, digits, dots (not two in a row), _ and -, starting with a letter or digit, such as CR-123`,
  });
}

/** The places of one review, absolute. */
export class ReviewPlace {
  /** Root of the repository that it is layered over. */
  readonly root: string;
  readonly name: string;
  /** Holds the review's repositories: the one that is served, and what is being made or removed. */
  readonly folder: string;
  /** Locked by whoever changes anything of the review. */
  readonly lock: string;
  /** Folder of the links that are served. */
  readonly links: string;
  readonly link: string;

  /** @param name one that `checkReviewName` takes. */
  constructor(root: string, name: string) {
    if (!isReviewName(name)) throw new Error(`not a name of a review: ${quote(name)}`);
    this.root = root;
    this.name = name;
    this.folder = path.join(root, FOLDER, name);
    this.lock = path.join(this.folder, 'lock');
    this.links = linksOf(root);
    this.link = path.join(this.links, name);
  }

  /** The repository `unique`, which has the form of a snapshot's id. */
  repository(unique: string): RepositoryPaths {
    return new RepositoryPaths(path.join(this.folder, unique));
  }

  /** `target` of the link: relative, so that a move of the whole keeps it. */
  target(unique: string): string {
    return `../../${FOLDER}/${this.name}/${unique}/public`;
  }

  /** Address below that of the repository's `public/`. */
  url(release: string): string {
    return `${release}/${FOLDER}/${this.name}`;
  }
}

function linksOf(root: string): string {
  return path.join(root, 'public', FOLDER);
}

/**
 * The repository that the link of a review leads to.
 *
 * @returns its unique name; `undefined` where there is no link, or the repository is gone.
 * @throws UserError for a link that leads anywhere else, or something in its place.
 */
export async function currentOf(place: ReviewPlace): Promise<string | undefined> {
  await checkFolders(place);
  const unique = await linkedBy(place);
  if (unique === undefined) return undefined;
  return (await isFolder(path.join(place.folder, unique))) ? unique : undefined;
}

/** What the link says, whether that is there or not. */
export async function linkedBy(place: ReviewPlace): Promise<string | undefined> {
  const target = await readlink(place.link).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    if (error.code === 'EINVAL') throw strange(place.link, 'a file or folder', 'a link that the publisher made');
    throw error;
  });
  if (target === undefined) return undefined;
  const unique = target.split('/').at(-2) ?? '';
  if (isSnapshotId(unique) && target === place.target(unique)) return unique;
  throw strange(place.link, quote(target), place.target('<id>'));
}

/** Repositories in the folder of a review, linked or not. */
export async function uniquesOf(place: ReviewPlace): Promise<string[]> {
  return (await readFolder(place.folder)).filter(isSnapshotId).sort();
}

/** Whether anything of a review is there, be it a leftover. */
export async function isThere(place: ReviewPlace): Promise<boolean> {
  await checkFolders(place);
  const found = await Promise.all([place.folder, place.link].map((each) => lstat(each).catch(absent)));
  return found.some((stat) => stat !== undefined);
}

/** Names of all reviews of a repository, those of leftovers included. Names that are none of ours are left out. */
export async function reviewNames(root: string): Promise<string[]> {
  const names = new Set<string>();
  for (const folder of [path.join(root, FOLDER), linksOf(root)]) {
    await checkFolder(folder);
    for (const name of await readFolder(folder)) if (isReviewName(name)) names.add(name);
  }
  return [...names].sort();
}

/**
 * No part of the way to a review may be a link: what lies behind one is none of ours to write to or remove.
 *
 * @throws UserError
 */
export async function checkFolders(place: ReviewPlace): Promise<void> {
  for (const folder of [path.dirname(place.folder), place.folder, place.links]) await checkFolder(folder);
}

async function checkFolder(folder: string): Promise<void> {
  const stat = await lstat(folder).catch(absent);
  if (stat === undefined || stat.isDirectory()) return;
  throw strange(folder, stat.isSymbolicLink() ? 'a link' : 'a file', 'a folder');
}

function strange(where: string, found: string, expected: string): UserError {
  return new UserError({
    what: 'something else lies where review repositories belong',
    where,
    found,
    expected,
    remedy: 'look at what it is, and remove it',
  });
}

async function isFolder(folder: string): Promise<boolean> {
  return (await lstat(folder).catch(absent))?.isDirectory() === true;
}

async function readFolder(folder: string): Promise<string[]> {
  return await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
